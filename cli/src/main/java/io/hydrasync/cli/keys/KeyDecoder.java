package io.hydrasync.cli.keys;

import java.io.IOException;
import java.util.Map;

/**
 * Makes keys of what a terminal sends: a character, or a sequence that begins with ESC. Not
 * thread-safe.
 */
final class KeyDecoder {
  /** What {@link Input#read} gives at the end. */
  static final int CLOSED = -1;

  /** What {@link Input#read} gives if nothing has come in time. */
  static final int NOTHING = -2;

  /** ESC alone is a key, too: what belongs to a sequence comes at once. */
  private static final long SEQUENCE_MILLIS = 50;

  private static final int ESC = 0x1B;
  private static final int FIRST_FINAL = 0x40;
  private static final int LAST_FINAL = 0x7E;
  private static final int MOST_PARAMETERS = 16;

  private static final Map<String, Key.Kind> SEQUENCES =
      Map.ofEntries(
          Map.entry("A", Key.Kind.UP),
          Map.entry("B", Key.Kind.DOWN),
          Map.entry("D", Key.Kind.LEFT),
          Map.entry("H", Key.Kind.HOME),
          Map.entry("F", Key.Kind.END),
          Map.entry("M", Key.Kind.ENTER), // of the keypad
          Map.entry("1~", Key.Kind.HOME),
          Map.entry("7~", Key.Kind.HOME),
          Map.entry("4~", Key.Kind.END),
          Map.entry("8~", Key.Kind.END),
          Map.entry("5~", Key.Kind.PAGE_UP),
          Map.entry("6~", Key.Kind.PAGE_DOWN));

  private final Input in;

  /** Where characters come from. */
  interface Input {
    /** The next one, {@link #CLOSED} or {@link #NOTHING}. */
    int read(long millis) throws IOException;
  }

  KeyDecoder(Input in) {
    this.in = in;
  }

  /** The next key; waits for it so long. */
  Key next(long millis) throws IOException {
    int c = in.read(millis);
    return switch (c) {
      case NOTHING -> Key.of(Key.Kind.NONE);
      case CLOSED -> Key.of(Key.Kind.CLOSED);
      case ESC -> sequence();
      case '\r', '\n' -> Key.of(Key.Kind.ENTER);
      case 0x7F, '\b' -> Key.of(Key.Kind.BACKSPACE);
      default -> c >= ' ' && c <= LAST_FINAL ? Key.of((char) c) : Key.of(Key.Kind.OTHER);
    };
  }

  private Key sequence() throws IOException {
    int c = in.read(SEQUENCE_MILLIS);
    if (c < 0) {
      return Key.of(Key.Kind.ESCAPE);
    }
    if (c != '[' && c != 'O') {
      return Key.of(Key.Kind.OTHER); // with Alt
    }
    StringBuilder rest = new StringBuilder();
    do {
      c = in.read(SEQUENCE_MILLIS);
      if (c < 0) {
        return Key.of(Key.Kind.OTHER);
      }
      rest.append((char) c);
    } while ((c < FIRST_FINAL || c > LAST_FINAL) && rest.length() < MOST_PARAMETERS);
    return Key.of(SEQUENCES.getOrDefault(rest.toString(), Key.Kind.OTHER));
  }
}
