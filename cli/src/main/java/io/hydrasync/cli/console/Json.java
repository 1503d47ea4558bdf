package io.hydrasync.cli.console;

import io.hydrasync.protocol.check.Printable;
import java.util.Locale;

/**
 * Writes a JSON object, one line. Events are made for every line that a command says, so this must
 * cost less at the start than loading a library. Not thread-safe.
 */
public final class Json {
  private final StringBuilder text = new StringBuilder("{");

  /** An object that begins with the name of an event. */
  public static Json event(String name) {
    return new Json().with("event", name);
  }

  public Json with(String name, String value) {
    key(name);
    quote(value);
    return this;
  }

  public Json with(String name, long value) {
    key(name);
    text.append(value);
    return this;
  }

  public Json with(String name, boolean value) {
    key(name);
    text.append(value);
    return this;
  }

  /** With at most three digits behind the point; what is no number becomes null. */
  public Json with(String name, double value) {
    key(name);
    text.append(Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "null");
    return this;
  }

  public Json with(String name, Json value) {
    key(name);
    text.append(value);
    return this;
  }

  private void key(String name) {
    if (text.length() > 1) {
      text.append(',');
    }
    quote(name);
    text.append(':');
  }

  /** Whatever the escaping leaves is valid in a JSON string: the escapes are JSON's own. */
  private void quote(String value) {
    text.append('"').append(Printable.quoted(value)).append('"');
  }

  @Override
  public String toString() {
    return text + "}";
  }
}
