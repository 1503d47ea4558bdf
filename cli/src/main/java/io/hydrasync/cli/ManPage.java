package io.hydrasync.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A manual page of a command, in the language of {@code man(7)}, made from what picocli knows of
 * it: the same words as in its help. The build calls {@link #main}.
 */
final class ManPage {
  private static final int SECTION = 1;
  private static final int WIDE = 10_000;
  private static final String HELP = "help";
  private static final String[] NOTES = {"NOTES"};
  private static final Pattern ENVIRONMENT = Pattern.compile("\\bHYDRA_[A-Z_]+");

  private final StringBuilder page = new StringBuilder();
  private final CommandSpec command;

  private ManPage(CommandSpec command) {
    this.command = command;
  }

  /**
   * Writes the page of each command into a directory.
   *
   * @param args the directory, made when absent
   */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[0]));
    for (CommandSpec command : all(Main.commandLine().getCommandSpec())) {
      Files.writeString(
          directory.resolve(name(command) + "." + SECTION), of(command), StandardCharsets.US_ASCII);
    }
  }

  /** A command and all below it, without help. */
  static List<CommandSpec> all(CommandSpec command) {
    List<CommandSpec> found = new ArrayList<>();
    if (!command.name().equals(HELP)) {
      found.add(command);
      for (CommandLine below : command.subcommands().values()) {
        found.addAll(all(below.getCommandSpec()));
      }
    }
    return found;
  }

  /** The name of its page: {@code hydra-ticket-new}. */
  static String name(CommandSpec command) {
    return command.qualifiedName("-");
  }

  /** The page of a command. */
  static String of(CommandSpec command) {
    return new ManPage(command).write();
  }

  private String write() {
    List<String> description = lines(command.usageMessage().description());
    String title = name(command);
    // without a date: the same sources give the same page
    macro("TH", title.toUpperCase(Locale.ROOT), Integer.toString(SECTION), "", "hydra-sync", "");
    macro("SH", "NAME");
    text(title + " \\- " + escape(summary(description)));
    macro("SH", "SYNOPSIS");
    synopsis();
    macro("SH", "DESCRIPTION");
    paragraphs(description);
    parameters();
    options();
    commands();
    exitCodes();
    footer();
    environment();
    seeAlso();
    return page.toString();
  }

  private static String summary(List<String> description) {
    String first = description.isEmpty() ? "" : description.get(0);
    return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
  }

  private void synopsis() {
    command.usageMessage().autoWidth(false).width(WIDE); // man breaks the lines
    String text =
        command.commandLine().getHelp().synopsis(command.qualifiedName().length()).strip();
    macro("B", command.qualifiedName());
    text(escape(text.substring(command.qualifiedName().length()).replaceAll("\\s+", " ").strip()));
  }

  private void parameters() {
    List<PositionalParamSpec> all = command.positionalParameters();
    if (!all.isEmpty()) {
      macro("SH", "ARGUMENTS");
      for (PositionalParamSpec parameter : all) {
        macro("TP");
        macro("I", parameter.paramLabel());
        text(escape(join(parameter.description())));
      }
    }
  }

  private void options() {
    macro("SH", "OPTIONS");
    for (OptionSpec option : command.options()) {
      List<String> names = new ArrayList<>();
      for (String name : option.names()) {
        names.add("\\fB" + escape(name) + "\\fR");
      }
      String value =
          option.arity().max() == 0 ? "" : " \\fI" + escape(option.paramLabel()) + "\\fR";
      macro("TP");
      text(String.join(", ", names) + value);
      text(escape(join(option.description())));
    }
  }

  private void commands() {
    List<CommandSpec> below = new ArrayList<>();
    command.subcommands().values().forEach(each -> below.add(each.getCommandSpec()));
    below.removeIf(each -> each.name().equals(HELP));
    if (!below.isEmpty()) {
      macro("SH", "COMMANDS");
      for (CommandSpec each : below) {
        macro("TP");
        macro("B", each.name());
        text(escape(summary(lines(each.usageMessage().description()))));
      }
    }
  }

  private void exitCodes() {
    Map<String, String> codes = command.usageMessage().exitCodeList();
    if (!codes.isEmpty()) {
      macro("SH", "EXIT STATUS");
    }
    codes.forEach(
        (code, text) -> {
          macro("TP");
          macro("B", code);
          text(escape(text));
        });
  }

  /** Notes, and the examples, which stand as they are. */
  private void footer() {
    boolean example = false;
    boolean notes = false;
    for (String line : lines(command.usageMessage().footer())) {
      if (line.startsWith("Example")) {
        macro("SH", line.replace(":", "").toUpperCase(Locale.ROOT));
        example = true;
      } else if (example && line.startsWith("  ")) {
        verbatim(line);
      } else {
        macro(example || notes ? "PP" : "SH", example || notes ? new String[0] : NOTES);
        notes = true;
        text(escape(line));
      }
    }
  }

  /** The variables of which its help speaks. */
  private void environment() {
    List<String> names =
        ENVIRONMENT
            .matcher(command.commandLine().getUsageMessage(Ansi.OFF))
            .results()
            .map(found -> found.group())
            .filter(name -> !name.equals("HYDRA_MESSAGE"))
            .distinct()
            .sorted()
            .toList();
    if (!names.isEmpty()) {
      macro("SH", "ENVIRONMENT");
      for (String name : names) {
        macro("TP");
        macro("B", name);
        text("Used where it is not given; unlike an argument, it shows in no process list.");
      }
    }
  }

  private void seeAlso() {
    List<String> others = new ArrayList<>();
    if (command.parent() != null) {
      others.add(name(command.parent()));
    }
    command.subcommands().values().forEach(each -> others.add(name(each.getCommandSpec())));
    others.remove("hydra-" + HELP);
    Collections.sort(others);
    macro("SH", "SEE ALSO");
    text(
        String.join(
            ",\n", others.stream().map(each -> "\\fB" + escape(each) + "\\fR(1)").toList()));
  }

  private void paragraphs(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("  ")) {
        verbatim(lines.get(i));
      } else {
        if (i > 0) {
          macro("PP");
        }
        text(escape(lines.get(i)));
      }
    }
  }

  private void verbatim(String line) {
    macro("nf");
    text(escape(line.substring(2)));
    macro("fi");
  }

  private static String join(String[] description) {
    return String.join(" ", lines(description));
  }

  /** Without empty lines. */
  private static List<String> lines(String[] text) {
    List<String> lines = new ArrayList<>();
    for (String line : text) {
      if (!line.isBlank()) {
        lines.add(line);
      }
    }
    return lines;
  }

  private void macro(String name, String... arguments) {
    page.append('.').append(name);
    for (String argument : arguments) {
      page.append(" \"").append(escape(argument).replace("\"", "\\(dq")).append('"');
    }
    page.append('\n');
  }

  private void text(String escaped) {
    // a control character at the beginning of a line would make it a macro
    String safe = escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    page.append(safe).append('\n');
  }

  /** Every character as itself. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\' -> escaped.append("\\e");
                case '-' -> escaped.append("\\-");
                case '\'' -> escaped.append("\\(aq");
                case '`' -> escaped.append("\\(ga");
                case '^' -> escaped.append("\\(ha");
                case '~' -> escaped.append("\\(ti");
                default -> {
                  if (c < 0x80) {
                    escaped.appendCodePoint(c);
                  } else {
                    escaped.append(String.format(Locale.ROOT, "\\[u%04X]", c));
                  }
                }
              }
            });
    return escaped.toString();
  }
}
