package io.hydrasync.cli.keys;

/**
 * Something that was typed, or that makes drawing necessary.
 *
 * @param kind what it is
 * @param character which one, if it is a {@link Kind#CHARACTER}; otherwise 0
 */
public record Key(Kind kind, char character) {
  /** Keys by what they do. */
  public enum Kind {
    CHARACTER,
    UP,
    DOWN,
    LEFT,
    PAGE_UP,
    PAGE_DOWN,
    HOME,
    END,
    ENTER,
    ESCAPE,
    BACKSPACE,
    /** A key that means nothing here. */
    OTHER,
    /** There is something new to draw. */
    NEWS,
    /** The terminal has another size. */
    RESIZED,
    /** Nothing has been typed in time. */
    NONE,
    /** Nothing will be typed any more. */
    CLOSED
  }

  public static Key of(Kind kind) {
    return new Key(kind, '\0');
  }

  public static Key of(char character) {
    return new Key(Kind.CHARACTER, character);
  }
}
