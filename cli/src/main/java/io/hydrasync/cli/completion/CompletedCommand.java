package io.hydrasync.cli.completion;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * What may stand behind some commands, {@code ticket new} for example. Immutable.
 *
 * @param path the commands, apart by blanks; empty for hydra itself
 * @param subcommands by name, with what the help says
 * @param options those that are shown in the help
 * @param parameters in their order
 * @param stops whether what is behind the first parameter belongs to a command of its own
 */
record CompletedCommand(
    String path,
    Map<String, String> subcommands,
    List<OptionSpec> options,
    List<PositionalParamSpec> parameters,
    boolean stops) {

  /** All commands, hydra itself first. */
  static List<CompletedCommand> all(CommandLine root) {
    List<CompletedCommand> all = new ArrayList<>();
    add(root, "", all);
    return all;
  }

  private static void add(CommandLine command, String path, List<CompletedCommand> all) {
    CommandSpec spec = command.getCommandSpec();
    Map<String, CommandLine> below = shown(command);
    Map<String, String> subcommands = new LinkedHashMap<>();
    (spec.helpCommand() ? shown(command.getParent()) : below)
        .forEach((name, one) -> subcommands.put(name, help(one)));
    all.add(
        new CompletedCommand(
            path,
            subcommands,
            spec.options().stream().filter(option -> !option.hidden()).toList(),
            spec.positionalParameters().stream().filter(one -> !one.hidden()).toList(),
            command.isStopAtPositional()));
    below.forEach((name, one) -> add(one, (path + " " + name).strip(), all));
  }

  private static Map<String, CommandLine> shown(CommandLine command) {
    Map<String, CommandLine> shown = new LinkedHashMap<>(command.getSubcommands());
    shown.values().removeIf(one -> one.getCommandSpec().usageMessage().hidden());
    return shown;
  }

  private static String help(CommandLine command) {
    String[] lines = command.getCommandSpec().usageMessage().description();
    return lines.length == 0 ? "" : firstSentence(lines[0]);
  }

  /** Of a description; a line of a script has no room for more. */
  static String firstSentence(String text) {
    String plain = CommandLine.Help.Ansi.OFF.string(text.replace("%%", "%").replace("%n", " "));
    int end = plain.indexOf(". ");
    String first = end < 0 ? plain : plain.substring(0, end);
    return first.replaceAll("\\s+", " ").replaceAll("[.:;]$", "").strip();
  }

  /** Whether an option takes the next word, whatever that is. */
  static boolean takesWord(OptionSpec option) {
    return option.arity().min() > 0;
  }
}
