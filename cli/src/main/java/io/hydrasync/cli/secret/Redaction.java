package io.hydrasync.cli.secret;

import java.util.regex.Pattern;

/** Takes what may be a ticket or a key out of texts that quote a command line. */
public final class Redaction {
  private static final Pattern SECRET =
      Pattern.compile("hydra(?:\\+[a-z]+)?://[^\\s']*|[0-9A-Fa-f]{32,}|[A-Za-z0-9_-]{43,}");

  /** What is shown instead. */
  public static final String MASK = "…";

  private Redaction() {}

  public static String scrub(String text) {
    return SECRET.matcher(text).replaceAll(MASK);
  }
}
