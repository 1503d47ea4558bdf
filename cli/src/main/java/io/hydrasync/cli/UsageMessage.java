package io.hydrasync.cli;

import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.Nearest;
import io.hydrasync.cli.relay.RelayConfig;
import io.hydrasync.cli.secret.Redaction;
import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in the words of this program instead of picocli's. */
final class UsageMessage {
  private static final Pattern CHOICE =
      Pattern.compile("expected one of \\[(.*)] \\(case-insensitive\\) but was '(.*)'");

  private static final Pattern HELPED =
      Pattern.compile("Unknown subcommand '(.*)'\\.", Pattern.DOTALL);

  private static final int MAX_LENGTH = 2_000;
  private static final int MAX_NAME = 100;

  private UsageMessage() {}

  /** For picocli: a wrong command line. */
  static int report(ParameterException problem, String[] args) {
    CommandLine command = problem.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    err.println(name + ": " + Failures.oneLine(of(problem)) + " (see: " + name + " --help)");
    err.flush();
    return ExitCode.USAGE;
  }

  /** The message, without what may be a secret. */
  static String of(ParameterException problem) {
    if (problem instanceof UnmatchedArgumentException unmatched) {
      return unmatched.isUnknownOption() ? unknown(unmatched) : unmatched(unmatched);
    }
    String message = problem.getMessage();
    if (message == null) {
      return problem.toString();
    }
    if (problem instanceof Usage.Wrong) {
      return message;
    }
    Matcher helped = HELPED.matcher(message);
    if (helped.matches()) { // of hydra help
      CommandLine command = problem.getCommandLine();
      CommandLine parent = command.getParent();
      return noCommand(parent == null ? command : parent, helped.group(1));
    }
    // what is quoted in it may be as long as a command line
    String begin = message.substring(0, Math.min(message.length(), MAX_LENGTH));
    return Redaction.scrub(reword(begin)) + origin(problem);
  }

  private static String unmatched(UnmatchedArgumentException problem) {
    CommandLine command = problem.getCommandLine();
    if (!command.getSubcommands().isEmpty()) {
      return noCommand(command, problem.getUnmatched().get(0));
    }
    // what is too much may be a ticket
    return command.getCommandSpec().positionalParameters().isEmpty()
        ? "takes no arguments, only options"
        : "too many arguments";
  }

  private static String noCommand(CommandLine command, String name) {
    return "no such command: "
        + shortened(name)
        + Nearest.question(shortened(name), command.getSubcommands().keySet());
  }

  /** Of what picocli could not place only the options: the rest may be a ticket. */
  private static String unknown(UnmatchedArgumentException problem) {
    Set<String> known =
        new TreeSet<>(problem.getCommandLine().getCommandSpec().optionsMap().keySet());
    known.removeIf(name -> !name.startsWith("--"));
    Set<String> unknown = new LinkedHashSet<>();
    Set<String> meant = new LinkedHashSet<>();
    for (String argument : problem.getUnmatched()) {
      String name = shortened(argument.split("=", 2)[0]);
      if (name.startsWith("-") && name.length() > 1 && !known.contains(name)) {
        unknown.add("'" + name + "'");
        meant.addAll(Nearest.of(name, known));
      }
    }
    return (unknown.size() == 1 ? "unknown option: " : "unknown options: ")
        + String.join(", ", unknown)
        + (meant.isEmpty() ? "" : "; did you mean " + String.join(", ", meant) + "?");
  }

  private static String shortened(String name) {
    String shown = Redaction.scrub(name);
    return shown.substring(0, Math.min(shown.length(), MAX_NAME));
  }

  /** Picocli speaks of positions, of Java's types and of the names of its constants. */
  private static String reword(String message) {
    String text =
        message
            .replaceFirst("^Missing required ", "missing ")
            .replaceFirst("^Unknown ", "unknown ")
            .replaceFirst("^Invalid value for option '(\\S+)'", "$1")
            .replaceFirst("^Invalid value for positional parameter at index \\S+ \\((.*?)\\)", "$1")
            .replaceFirst(" is not an? (int|long)$", " is not a whole number")
            .replaceFirst(" is not a double$", " is not a number");
    Matcher choice = CHOICE.matcher(text);
    if (choice.find()) {
      String names = choice.group(1).toLowerCase(Locale.ROOT);
      text =
          text.substring(0, choice.start()) + "one of " + names + ", not '" + choice.group(2) + "'";
    }
    return text;
  }

  /** A wrong value may not be from the command line. */
  private static String origin(ParameterException problem) {
    CommandLine command = problem.getCommandLine();
    if (problem.getArgSpec() == null
        || !(command.getDefaultValueProvider() instanceof RelayConfig config)
        || command.getParseResult() != null
            && command.getParseResult().matchedArgs().contains(problem.getArgSpec())) {
      return "";
    }
    return config
        .configured(problem.getArgSpec())
        .map(source -> " (from " + source.from() + ")")
        .orElse("");
  }
}
