package io.hydrasync.cli.completion;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The commands as two functions that bash and zsh read alike. */
final class ShTable {
  private final StringBuilder out = new StringBuilder();

  private ShTable() {}

  static String of(List<CompletedCommand> commands) {
    ShTable table = new ShTable();
    table.commands(commands);
    table.values(commands);
    return table.out.toString();
  }

  private void commands(List<CompletedCommand> commands) {
    out.append("# What may stand behind the commands in at.\n_hydra_command() {\n");
    out.append("  subcommands= flags= valued= parameters= stops=\n  case $at in\n");
    for (CompletedCommand one : commands) {
      out.append("    '").append(one.path()).append("')\n");
      set("subcommands", one.subcommands().keySet().stream());
      set("flags", names(one.options().stream()));
      set("valued", names(one.options().stream().filter(CompletedCommand::takesWord)));
      set("parameters", Stream.of("yes").filter(yes -> !one.parameters().isEmpty()));
      set("stops", Stream.of("yes").filter(yes -> one.stops()));
      out.append("      ;;\n");
    }
    out.append("  esac\n}\n\n");
  }

  private static Stream<String> names(Stream<OptionSpec> options) {
    return options.flatMap(option -> Stream.of(option.names()));
  }

  private void set(String name, Stream<String> words) {
    String all = words.collect(Collectors.joining(" "));
    if (!all.isEmpty()) {
      out.append("      ").append(name).append("='").append(all).append("'\n");
    }
  }

  private void values(List<CompletedCommand> commands) {
    out.append("# What may stand for an option's value, or a parameter of that number.\n");
    out.append("_hydra_value() {\n  case \"$at $1\" in\n");
    for (CompletedCommand one : commands) {
      for (OptionSpec option : one.options()) {
        if (option.arity().max() > 0) {
          String patterns =
              Stream.of(option.names())
                  .map(name -> "'" + one.path() + " " + name + "'")
                  .collect(Collectors.joining(" | "));
          value(patterns, Values.of(option));
        }
      }
      for (PositionalParamSpec parameter : one.parameters()) {
        boolean many = parameter.index().max() > parameter.index().min();
        String number = many ? " '[0-9]*" : " " + parameter.index().min() + "'";
        value("'" + one.path() + number, Values.of(parameter));
      }
    }
    out.append("  esac\n}\n");
  }

  private void value(String patterns, Values values) {
    if (!values.isEmpty()) {
      out.append("    ").append(patterns).append(") values='");
      out.append(values.table()).append("' ;;\n");
    }
  }
}
