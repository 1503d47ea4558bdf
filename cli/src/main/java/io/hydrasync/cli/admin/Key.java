package io.hydrasync.cli.admin;

/**
 * Something that was typed, or that makes drawing necessary.
 *
 * @param kind what it is
 * @param character which one, if it is a {@link Kind#CHARACTER}; otherwise 0
 */
record Key(Kind kind, char character) {
  /** Keys by what they do. */
  enum Kind {
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
    /** The terminal has another size. */
    RESIZED,
    /** Nothing has been typed in time. */
    NONE,
    /** Nothing will be typed any more. */
    CLOSED
  }

  static Key of(Kind kind) {
    return new Key(kind, '\0');
  }

  static Key of(char character) {
    return new Key(Kind.CHARACTER, character);
  }
}
