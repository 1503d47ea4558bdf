package io.hydrasync.cli.relay;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.process.Inherited;
import io.hydrasync.cli.secret.Redaction;
import io.hydrasync.protocol.check.PlainText;
import io.hydrasync.protocol.check.Printable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.nio.file.Path;
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

  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern HEX_4 = Pattern.compile("[0-9a-fA-F]{4}");

  /** How the help tells a default that is not picocli's. */
  private static final Pattern DEFAULT = Pattern.compile("Default: ([0-9]\\S*)\\.$");

  private final Map<String, String> environment;
  private final Optional<Path> file;
  private final Properties properties = new Properties();
  private Optional<IllegalArgumentException> problem = Optional.empty();

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
      problem =
          Optional.of(
              new IllegalArgumentException(
                  "cannot read the configuration " + Failures.describe(e), e));
    } catch (IllegalArgumentException e) {
      problem = Optional.of(new IllegalArgumentException("the configuration " + e.getMessage(), e));
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

  /**
   * Checks what parsing does not.
   *
   * @throws IllegalArgumentException if the file cannot be read, or has a key that is no option
   */
  public void check(CommandSpec spec) {
    problem.ifPresent(
        e -> {
          throw e;
        });
    Set<String> unknown = new TreeSet<>(properties.stringPropertyNames());
    spec.options().forEach(option -> key(option).ifPresent(unknown::remove));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          Redaction.scrub(unknown.iterator().next())
              + " in "
              + file.orElseThrow()
              + " is not an option of the relay; --print-config shows all");
    }
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
    if (key.isEmpty()) {
      return Optional.empty();
    }
    String variable = "HYDRA_" + key.get().toUpperCase(Locale.ROOT).replace('-', '_');
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
      problem = Optional.of(e);
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
    return configured(option)
        .map(source -> entry(key, source))
        .orElseGet(() -> "#" + key + "=" + standard(option));
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
    return "# from " + Printable.line(source.from) + "\n" + key + "=" + value;
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
