package io.hydrasync.cli.relay;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.option.Nearest;
import io.hydrasync.cli.process.Inherited;
import io.hydrasync.cli.secret.Redaction;
import io.hydrasync.protocol.check.PlainText;
import io.hydrasync.protocol.check.Printable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What options of {@code hydra relay} are where the command line does not say: from the
 * environment, {@code HYDRA_MAX_SESSIONS} for {@code --max-sessions}, or else from the file, {@code
 * max-sessions}. For one command line; not thread-safe.
 */
public final class RelayConfig implements IDefaultValueProvider {
  private static final String CONFIG = "--config";
  private static final Set<String> NOT_SETTINGS =
      Set.of("config", "check-config", "print-config", "help", "verbose");

  private static final String PREFIX = "HYDRA_";

  /** What the launchers and other commands read. */
  private static final Set<String> OTHERS =
      Set.of(
          "HYDRA_ADMIN_CREDENTIAL",
          "HYDRA_CONFIG",
          "HYDRA_CREDENTIAL",
          "HYDRA_JAVA_HOME",
          "HYDRA_JAVA_OPTS",
          "HYDRA_MESSAGE",
          "HYDRA_OWNER_KEY",
          "HYDRA_RELAY",
          "HYDRA_REQUIRE_TOOLS",
          "HYDRA_SESSION_KEY",
          "HYDRA_TICKET",
          "HYDRA_WYCHEPROOF");

  /** What Kubernetes sets for services whose name begins with hydra. */
  private static final Pattern OF_SERVICES =
      Pattern.compile("HYDRA_(.+_)?(SERVICE_(HOST|PORT)(_.+)?|PORT(_[0-9]+_.+)?)");

  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern HEX_4 = Pattern.compile("[0-9a-fA-F]{4}");

  /** How the help tells a default that is not picocli's. */
  private static final Pattern DEFAULT = Pattern.compile("Default: ([0-9]\\S*)\\.$");

  /** And one that is no value. */
  private static final Pattern MEANING = Pattern.compile("Default: (.+?)\\.?$");

  private final Map<String, String> environment;
  private final Optional<Path> file;
  private final Properties properties = new Properties();
  private final Set<String> problems = new LinkedHashSet<>();
  private final Set<String> leftOut = new HashSet<>();

  /** Where a value is from. */
  public record Source(String value, String from) {}

  public RelayConfig(List<String> args, Map<String, String> environment) {
    this.environment = environment;
    file = fileOf(args).or(() -> Optional.ofNullable(variable("HYDRA_CONFIG"))).map(Path::of);
    file.ifPresent(this::load);
  }

  /** Before the command line is parsed: the file gives defaults to the rest of it. */
  private static Optional<String> fileOf(List<String> args) {
    Optional<String> found = Optional.empty();
    for (int i = 0; i < args.size(); i++) {
      if (args.get(i).equals(CONFIG) && i + 1 < args.size()) {
        found = Optional.of(args.get(i + 1));
      } else if (args.get(i).startsWith(CONFIG + "=")) {
        found = Optional.of(args.get(i).substring(CONFIG.length() + 1));
      }
    }
    return found;
  }

  private void load(Path from) {
    try {
      String text = PlainText.read(from, MAX_BYTES);
      checkEscapes(from, text);
      properties.load(new StringReader(withoutBlanksAtEnds(text)));
    } catch (IOException e) {
      problems.add("cannot read the configuration " + Failures.describe(e));
    } catch (IllegalArgumentException e) {
      problems.add("the configuration " + e.getMessage());
    }
  }

  /** Of what is not right the JDK would not say where it is. */
  private static void checkEscapes(Path from, String text) {
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (hasWrongEscape(lines.get(i).strip())) {
        throw new IllegalArgumentException(
            from
                + ", line "
                + (i + 1)
                + ": \\u is not followed by 4 hex digits; a backslash is written as \\\\");
      }
    }
  }

  private static boolean hasWrongEscape(String line) {
    if (line.startsWith("#") || line.startsWith("!")) {
      return false;
    }
    for (int i = line.indexOf('\\');
        i >= 0 && i + 1 < line.length();
        i = line.indexOf('\\', i + 2)) {
      boolean unicode = line.charAt(i + 1) == 'u';
      if (unicode && !HEX_4.matcher(line).region(i + 2, line.length()).lookingAt()) {
        return true;
      }
    }
    return false;
  }

  /** Of which nobody knows; those that are meant are escaped. */
  private static String withoutBlanksAtEnds(String text) {
    return text.lines().map(RelayConfig::withoutBlanksAtEnd).collect(Collectors.joining("\n"));
  }

  private static String withoutBlanksAtEnd(String line) {
    String stripped = line.stripTrailing();
    int backslashes = 0;
    while (backslashes < stripped.length()
        && stripped.charAt(stripped.length() - 1 - backslashes) == '\\') {
      backslashes++;
    }
    boolean escaped = backslashes % 2 == 1 && stripped.length() < line.length();
    return escaped ? line.substring(0, stripped.length() + 1) : stripped;
  }

  /** What parsing does not notice: a file that cannot be read, keys that are no options. */
  public List<String> problems(CommandSpec spec) {
    List<String> all = new ArrayList<>(problems);
    Set<String> known = keys(spec);
    Set<String> unknown = new TreeSet<>(properties.stringPropertyNames());
    unknown.removeAll(known);
    for (String key : unknown) {
      String shown = Redaction.scrub(key);
      all.add(
          shown
              + " in "
              + file.orElseThrow()
              + " is not an option of the relay"
              + guess(shown, known));
    }
    return all;
  }

  /** Variables that look like an option of the relay and are none, perhaps by a slip. */
  List<String> unknownVariables(CommandSpec spec) {
    Set<String> known = new TreeSet<>(OTHERS);
    keys(spec).forEach(key -> known.add(variableOf(key)));
    return new TreeSet<>(environment.keySet())
        .stream()
            .filter(name -> name.startsWith(PREFIX) && !known.contains(name))
            .filter(name -> !OF_SERVICES.matcher(name).matches())
            .map(Redaction::scrub)
            .map(name -> name + " in the environment is not an option" + guess(name, known))
            .toList();
  }

  private static String guess(String name, Set<String> known) {
    String question = Nearest.question(name, known);
    return question.isEmpty() ? "; --print-config shows all" : question;
  }

  private static Set<String> keys(CommandSpec spec) {
    Set<String> keys = new TreeSet<>();
    spec.options().forEach(option -> key(option).ifPresent(keys::add));
    return keys;
  }

  private static String variableOf(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /** From now on nothing is said about an option. */
  void leaveOut(OptionSpec option) {
    key(option).ifPresent(leftOut::add);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    return configured(argument)
        .map(source -> source.value.replace("$", "$$")) // picocli would put variables in
        .orElse(null);
  }

  /** What environment and file say. */
  public Optional<Source> configured(ArgSpec argument) {
    Optional<String> key = argument instanceof OptionSpec option ? key(option) : Optional.empty();
    if (key.isEmpty() || leftOut.contains(key.get())) {
      return Optional.empty();
    }
    String variable = variableOf(key.get());
    String fromEnvironment = variable(variable);
    if (fromEnvironment != null) {
      return Optional.of(new Source(fromEnvironment.strip(), variable));
    }
    return Optional.ofNullable(properties.getProperty(key.get()))
        .map(value -> new Source(value, String.valueOf(file.orElseThrow())));
  }

  private @Nullable String variable(String name) {
    try {
      return Inherited.variable(environment, name);
    } catch (IllegalArgumentException e) {
      problems.add(Failures.describe(e));
      return null;
    }
  }

  private static Optional<String> key(OptionSpec option) {
    String name = option.longestName().replaceFirst("^-+", "");
    return NOT_SETTINGS.contains(name) ? Optional.empty() : Optional.of(name);
  }

  /**
   * The configuration in force, as a properties file; what is not set stands in a comment. A secret
   * that somebody has put where a file's name belongs is masked.
   */
  void print(CommandSpec spec, PrintWriter out) {
    out.println("# hydra relay: flags before HYDRA_* before the configuration file");
    for (OptionSpec option : spec.options()) {
      key(option).ifPresent(key -> out.println(line(spec, option, key)));
    }
    out.flush();
  }

  private String line(CommandSpec spec, OptionSpec option, String key) {
    var parsed = spec.commandLine().getParseResult();
    if (parsed.hasMatchedOption(option)) {
      List<String> values = option.originalStringValues();
      String value = values.isEmpty() ? "true" : String.join(",", values);
      return entry(key, new Source(value, "the command line"));
    }
    return configured(option).map(source -> entry(key, source)).orElseGet(() -> unset(option, key));
  }

  private static String unset(OptionSpec option, String key) {
    String standard = standard(option);
    Matcher meaning = MEANING.matcher(String.join(" ", option.description()));
    String told = meaning.find() ? meaning.group(1) : "none";
    return (standard.isEmpty() ? "# not set: " + told + "\n" : "") + "#" + key + "=" + standard;
  }

  /** What holds where nothing is said, if that is a value: some defaults belong to the relay. */
  private static String standard(OptionSpec option) {
    if (option.defaultValue() != null) {
      return option.defaultValue();
    }
    if (option.arity().max() == 0) {
      return "false";
    }
    Matcher told = DEFAULT.matcher(String.join(" ", option.description()));
    return told.find() ? told.group(1) : "";
  }

  private static String entry(String key, Source source) {
    String shown = Redaction.scrub(source.value);
    String value =
        shown.equals(source.value)
            ? escaped(shown)
            : escaped(shown).replace(escaped(Redaction.MASK), Redaction.MASK);
    String empty = source.value.isEmpty() ? ", where it is empty" : "";
    return "# from " + Printable.line(source.from) + empty + "\n" + key + "=" + value;
  }

  /** As {@link Properties} reads it again, whatever the encoding that it is printed in. */
  private static String escaped(String value) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean atEnd = i == 0 || i == value.length() - 1;
      if (c == '\\') {
        text.append("\\\\");
      } else if (c < ' ' || c > '~' || c == ' ' && atEnd) {
        text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
