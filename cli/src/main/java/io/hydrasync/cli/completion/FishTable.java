package io.hydrasync.cli.completion;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The commands as fish reads them. */
final class FishTable {
  private final StringBuilder out = new StringBuilder();

  private FishTable() {}

  static String of(List<CompletedCommand> commands) {
    FishTable table = new FishTable();
    table.function(commands);
    commands.forEach(table::complete);
    return table.out.toString();
  }

  private void function(List<CompletedCommand> commands) {
    out.append("# What may stand behind the commands in at.\n");
    out.append("function __hydra_command --no-scope-shadowing\n");
    out.append("    set subcommands\n    set valued\n    set stops no\n    switch $at\n");
    for (CompletedCommand one : commands) {
      out.append("        case '").append(one.path()).append("'\n");
      set("subcommands", one.subcommands().keySet());
      set(
          "valued",
          one.options().stream()
              .filter(CompletedCommand::takesWord)
              .flatMap(option -> Stream.of(option.names()))
              .toList());
      if (one.stops()) {
        set("stops", List.of("yes"));
      }
    }
    out.append("    end\nend\n\n");
  }

  private void set(String name, Collection<String> words) {
    if (!words.isEmpty()) {
      out.append("            set ").append(name);
      out.append(' ').append(String.join(" ", words)).append('\n');
    }
  }

  private void complete(CompletedCommand command) {
    command
        .subcommands()
        .forEach(
            (name, help) -> {
              begin("__hydra_parameter " + quoted(command.path()) + " 0");
              out.append(" -a ").append(name);
              end(help);
            });
    command.options().forEach(option -> option(command, option));
    command.parameters().forEach(parameter -> parameter(command, parameter));
  }

  private void option(CompletedCommand command, OptionSpec option) {
    begin("__hydra_at " + quoted(command.path()));
    for (String name : option.names()) {
      boolean isLong = name.startsWith("--");
      out.append(isLong ? " -l " : " -s ").append(name.substring(isLong ? 2 : 1));
    }
    if (option.arity().max() > 0) {
      Values values = Values.of(option);
      if (CompletedCommand.takesWord(option)) {
        out.append(values.files() == Values.Files.FILE ? " -r" : " -x");
      }
      values(values);
    }
    String[] description = option.description();
    end(description.length == 0 ? "" : CompletedCommand.firstSentence(description[0]));
  }

  private void parameter(CompletedCommand command, PositionalParamSpec parameter) {
    Values values = Values.of(parameter);
    if (values.isEmpty()) {
      return;
    }
    boolean many = parameter.index().max() > parameter.index().min();
    boolean other = values.files() == Values.Files.COMMAND;
    String number = many && !other ? "'*'" : String.valueOf(parameter.index().min());
    begin("__hydra_parameter " + quoted(command.path()) + " " + number);
    values(values);
    end("");
    if (many && other) { // what belongs to that command is a file, as far as is known here
      begin("__hydra_parameter " + quoted(command.path()) + " '*'");
      out.append(" -F");
      end("");
    }
  }

  private void values(Values values) {
    String words = values.words().stream().collect(Collectors.joining(" "));
    switch (values.files()) {
      case FILE -> out.append(" -F");
      case DIRECTORY -> words += " (__fish_complete_directories (commandline -ct))";
      case AT_FILE -> words += " (__hydra_at_files)";
      case COMMAND -> words += " (__fish_complete_command)";
      case NONE -> {
        // words alone
      }
    }
    if (!words.isEmpty()) {
      out.append(" -a ").append(quoted(words.strip()));
    }
  }

  private void begin(String condition) {
    out.append("complete -c hydra -n ").append(quoted(condition));
  }

  private void end(String description) {
    if (!description.isEmpty()) {
      out.append(" -d ").append(quoted(description));
    }
    out.append('\n');
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
