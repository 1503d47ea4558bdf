package io.hydrasync.cli;

import static io.hydrasync.cli.exit.ExitCode.AUTHENTICATION;
import static io.hydrasync.cli.exit.ExitCode.BROKEN_PIPE;
import static io.hydrasync.cli.exit.ExitCode.GAP;
import static io.hydrasync.cli.exit.ExitCode.INSIDE;
import static io.hydrasync.cli.exit.ExitCode.NOT_RUN;
import static io.hydrasync.cli.exit.ExitCode.NO_CONSUMERS;
import static io.hydrasync.cli.exit.ExitCode.OK;
import static io.hydrasync.cli.exit.ExitCode.OTHER;
import static io.hydrasync.cli.exit.ExitCode.TRUNCATED;
import static io.hydrasync.cli.exit.ExitCode.USAGE;

import io.hydrasync.cli.exit.ExitCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/**
 * The exit codes in the help of each command: those rows of {@link ExitCode#TABLE} that it has,
 * with its own words where it means something narrower. Stateless.
 */
final class ExitCodeHelp {
  private static final String HEADING = "%nExit codes:%n";

  /** What every command may end with. */
  private static final List<Integer> ALWAYS = List.of(OK, OTHER, USAGE, INSIDE);

  /** What a command below hydra may end with beside that; those below it have the same. */
  private static final Map<String, List<Integer>> MORE =
      Map.of(
          "relay", List.of(GAP),
          "send", List.of(AUTHENTICATION, NO_CONSUMERS),
          "recv", List.of(GAP, TRUNCATED, AUTHENTICATION, BROKEN_PIPE),
          "share", List.of(AUTHENTICATION, NO_CONSUMERS, NOT_RUN),
          "admin", List.of(AUTHENTICATION),
          "top", List.of(AUTHENTICATION, BROKEN_PIPE),
          "bench", List.of(AUTHENTICATION),
          "doctor", List.of(AUTHENTICATION));

  /** What a number means in particular. */
  private static final Map<String, Map<Integer, String>> WORDS =
      Map.of(
          "relay",
          Map.of(
              OK,
              "drained",
              OTHER,
              "a second signal, or other",
              GAP,
              "no memory, where the JVM was first to know: start it again, as after 70"),
          "send",
          Map.of(OK, "all is with the relay"),
          "share",
          Map.of(OK, "as the command, as all codes are where it ran and all is with the relay"),
          "top",
          Map.of(OK, "all looks are done"),
          "bench",
          Map.of(OK, "everybody got everything"),
          "doctor",
          Map.of(OK, "nothing fails", OTHER, "something does"),
          "demo",
          Map.of(OK, "each consumer got what was sent"),
          "recv",
          Map.of());

  private static final Map<Integer, String> USUAL = Map.of(OK, "done");

  private ExitCodeHelp() {}

  /** Adds them to hydra and all its commands. */
  static void addTo(CommandLine hydra) {
    Map<String, String> all = new LinkedHashMap<>();
    ExitCode.TABLE.forEach(row -> all.put(Integer.toString(row.code()), row.text()));
    show(hydra, all);
    hydra.getSubcommands().forEach((name, command) -> addTo(command, name));
  }

  private static void addTo(CommandLine command, String name) {
    Map<String, String> rows = new LinkedHashMap<>();
    for (ExitCode.Meaning row : ExitCode.TABLE) {
      int code = row.code();
      if (ALWAYS.contains(code) || MORE.getOrDefault(name, List.of()).contains(code)) {
        String text = WORDS.getOrDefault(name, USUAL).getOrDefault(code, row.text());
        rows.put(Integer.toString(code), text);
      }
    }
    show(command, rows);
    command.getSubcommands().values().forEach(below -> addTo(below, name));
  }

  private static void show(CommandLine command, Map<String, String> rows) {
    command.getCommandSpec().usageMessage().exitCodeListHeading(HEADING).exitCodeList(rows);
  }
}
