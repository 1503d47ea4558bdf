package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Types {@code docs/tutorial/first-use.md} into a shell, in a network of its own, since its ports
 * are fixed. Some twenty commands, each a JVM, one after the other: half a minute.
 */
@Tag("foreign")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FirstUseTest {
  private static final String COMMAND = "$ ";
  private static final Pattern KEYS = Pattern.compile("\\((.)\\)");
  private static final String HOME = "/home/me";

  /** What runs in the background there ends with its shell. */
  private static final String UNSHARE = "unshare -rnpf --kill-child";

  /** What is another one each time: numbers with their units, ids, keys, what is cut short. */
  private static final Pattern VARYING =
      Pattern.compile(
          "(?<size>[0-9.]+ [KMG]?i?B\\b(/s)?)|(?<word>[\\w.:+/=-]*[0-9…][\\w.:+/=…-]*)|(?<blank> +)");

  @TempDir private Path directory = Path.of("");

  /** What is typed, and what is seen then. */
  private record Step(String typed, boolean isKey, List<String> seen) {}

  private static List<Step> steps() throws IOException {
    List<Step> steps = new ArrayList<>();
    boolean inBlock = false;
    for (String line : Files.readAllLines(Path.of("../docs/tutorial/first-use.md"))) {
      if (line.startsWith("```")) {
        inBlock = !inBlock;
      } else if (inBlock && line.startsWith(COMMAND)) {
        steps.add(new Step(line.substring(COMMAND.length()), false, new ArrayList<>()));
      } else if (inBlock && KEYS.matcher(line).matches()) {
        steps.add(new Step(line.substring(1, line.length() - 1), true, new ArrayList<>()));
      } else if (inBlock && !line.isBlank()) {
        steps.get(steps.size() - 1).seen.add(line);
      }
    }
    return steps;
  }

  private Pattern pattern(String line) {
    StringBuilder regex = new StringBuilder();
    Matcher varying = VARYING.matcher(line);
    int from = 0;
    while (varying.find()) {
      regex.append(literally(line.substring(from, varying.start())));
      if (varying.group("blank") != null) {
        regex.append(" +");
      } else {
        regex.append(varying.group("size") != null ? "[0-9.]+ [KMG]?i?B(/s)?" : "\\S+");
      }
      from = varying.end();
    }
    return Pattern.compile(regex.append(literally(line.substring(from))).toString());
  }

  private String literally(String text) {
    return text.isEmpty() ? "" : Pattern.quote(text.replace(HOME, directory.toString()));
  }

  /** Whether the lines have all of it; what runs in the background comes when it comes. */
  private boolean isSeen(List<String> lines, List<String> expected) {
    return expected.stream()
        .map(this::pattern)
        .allMatch(one -> lines.stream().anyMatch(line -> one.matcher(line).find()));
  }

  private String shell() throws IOException {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path hydra = bin.resolve("hydra");
    Files.writeString(hydra, "#!/bin/sh\nexec " + Tmux.hydra() + " \"$@\"\n");
    Files.setPosixFilePermissions(hydra, PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(directory.resolve("folder"));
    String inside =
        "ip link set lo up; cd "
            + directory
            + "/folder; PS1='[\\#]$ ' exec bash --norc --noprofile -i";
    return "env -u HYDRA_RELAY -u HYDRA_ADMIN_CREDENTIAL -u XDG_CONFIG_HOME -u PROMPT_COMMAND HOME="
        + directory
        + " PATH="
        + bin
        + ":\"$PATH\" LC_ALL=C.UTF-8 "
        + UNSHARE
        + " sh -c \""
        + inside.replace("\\", "\\\\").replace("$", "\\$")
        + "\"";
  }

  private static boolean hasNetworksOfItsOwn() {
    return Stream.of(UNSHARE + " ip link set lo up", "curl --version", "bash --version")
        .allMatch(FirstUseTest::works);
  }

  private static boolean works(String command) {
    try {
      return new ProcessBuilder(command.split(" "))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Test
  void canBeFollowedToTheLetter() throws IOException, InterruptedException {
    boolean required = Boolean.parseBoolean(System.getenv("HYDRA_REQUIRE_TOOLS"));
    assumeTrue(required || hasNetworksOfItsOwn(), "no unshare, ip, curl or bash");
    List<Step> steps = steps();
    assertThat(steps).hasSizeGreaterThan(20);
    Path ended = directory.resolve("ended");
    try (Tmux pane = new Tmux(80, 40, shell() + "; : > " + ended)) {
      int commands = 1;
      int before = 0;
      pane.awaitText("[1]$");
      for (Step step : steps) {
        pane.type("-l", step.typed);
        if (!step.isKey) {
          pane.type("Enter");
          commands++;
        }
        boolean draws = step.typed.equals("hydra top");
        String prompt = draws ? "" : "[" + commands + "]$";
        int from = draws ? 0 : before;
        pane.awaitAll(
            step.typed,
            lines ->
                lines.stream().anyMatch(line -> line.contains(prompt))
                    && isSeen(
                        lines.subList(Math.min(from, lines.size()), lines.size()), step.seen));
        before = draws ? before : pane.history().size() - 1;
      }
      pane.type("exit", "Enter");
      Eventually.await("all to end that writes into the directory", () -> Files.exists(ended));
    }
  }
}
