package io.hydrasync.cli.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this process has from who started it: arguments and the environment. Java has changed what
 * is no text in its encoding, and nothing that was changed is used, for it would name another file
 * or run another command.
 */
public final class Inherited {
  private static final char CHANGED = '\uFFFD';
  private static final Path ARGUMENTS = Path.of("/proc/self/cmdline");
  private static final String ENCODING = "sun.jnu.encoding";
  private static final String LOCALE = "LC_ALL";

  /** Set by the launchers, which start Java in a locale that has UTF-8: the caller's LC_ALL. */
  private static final String CALLERS_LOCALE = "hydra.lc_all";

  private static final String LAUNCHED = "hydra.closed";

  private Inherited() {}

  /**
   * Checks arguments, and where the log goes, which is looked up where nobody could tell.
   *
   * @throws IllegalArgumentException if one is not what was given
   */
  public static void require(String... arguments) {
    variable(System.getenv(), "LOG_FILE");
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].indexOf(CHANGED) >= 0 && !areExact()) {
        throw new IllegalArgumentException(
            "argument " + (i + 1) + " " + why() + ", so that nothing is done"); // perhaps a secret
      }
    }
  }

  /**
   * The value of a variable, or null if it is not set.
   *
   * @throws IllegalArgumentException if it is not what was given
   */
  public static @Nullable String variable(Map<String, String> environment, String name) {
    String value = environment.get(name);
    if (value != null) {
      require(name, value);
    }
    return value;
  }

  private static void require(String name, String value) {
    if (value.indexOf(CHANGED) >= 0) {
      throw new IllegalArgumentException("the environment's " + name + " " + why());
    }
  }

  private static String why() {
    String encoding = System.getProperty(ENCODING, "");
    return encoding.equals(StandardCharsets.UTF_8.name())
        ? "is no valid UTF-8"
        : "has characters that are not in the locale's encoding "
            + encoding
            + " (set LC_ALL to a locale that has UTF-8)";
  }

  /** Whoever gives the character itself means it. */
  private static boolean areExact() {
    if (!System.getProperty(ENCODING, "").equals(StandardCharsets.UTF_8.name())) {
      return false;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(ARGUMENTS)));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    } catch (IOException e) {
      return false; // not this system; it cannot be told
    }
  }

  /**
   * Gives a command that is run the locale of this process's caller.
   *
   * @param environment of the command
   */
  public static void restoreLocale(Map<String, String> environment) {
    String locale = System.getProperty(CALLERS_LOCALE);
    if (locale != null) {
      require(LOCALE, locale);
      environment.put(LOCALE, locale);
    } else if (System.getProperty(LAUNCHED) != null) {
      environment.remove(LOCALE);
    }
  }
}
