package io.hydrasync.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A shell in a terminal, that somebody types in. With a home of its own, and a short prompt. */
final class TypedShell implements AutoCloseable {
  private static final String PROMPT = "> ";
  private static final String BEHIND = "Q"; // typed behind a key, so that it is known to be done

  private final Tmux terminal;

  /**
   * Starts it.
   *
   * @param shell bash, zsh or fish; where it is absent the test is skipped, unless all tools are
   *     required
   * @param setUp what it runs first
   * @param home its home and its directory, without blanks in its name
   */
  TypedShell(String shell, String setUp, Path home) throws IOException, InterruptedException {
    boolean required = Boolean.parseBoolean(System.getenv("HYDRA_REQUIRE_TOOLS"));
    assumeTrue(required || isInstalled(shell), () -> "no " + shell);
    Path file = home.resolve(".zshrc"); // zsh takes no other name
    String command =
        switch (shell) {
          case "bash" -> "bash --noprofile --rcfile " + file + " -i";
          case "zsh" -> "zsh -d";
          default -> "fish --no-config -C 'source " + file + "'";
        };
    String prompt = shell.equals("fish") ? "function fish_prompt; echo '> '; end" : "PS1='> '";
    Files.writeString(file, setUp + "\n" + prompt + "\n");
    String own = "HOME=" + home + " ZDOTDIR=" + home + " LC_ALL=C.UTF-8 ";
    terminal = new Tmux(100, 20, "cd " + home + "; " + own + command);
    terminal.awaitText(PROMPT.strip());
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /**
   * What the shell makes of a line and a tabulator.
   *
   * @return the line behind the prompt
   */
  String complete(String line) throws IOException, InterruptedException {
    terminal.type("C-u", "C-l");
    terminal.await(List.of(PROMPT.strip())::equals);
    terminal.type("-l", line);
    terminal.type("Tab");
    terminal.type("-l", BEHIND);
    String typed =
        terminal.awaitText(BEHIND).stream()
            .map(String::stripTrailing)
            .filter(one -> one.startsWith(PROMPT) && one.endsWith(BEHIND))
            .findFirst()
            .orElseThrow();
    return typed.substring(PROMPT.length(), typed.length() - BEHIND.length());
  }

  @Override
  public void close() throws IOException {
    terminal.close();
  }
}
