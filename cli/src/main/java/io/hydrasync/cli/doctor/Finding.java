package io.hydrasync.cli.doctor;

/**
 * What doctor found out about one thing.
 *
 * @param level how bad it is
 * @param what the thing
 * @param detail in one line, with what to do where something is wrong
 */
record Finding(Level level, String what, String detail) {
  /** How bad it is. */
  enum Level {
    /** As it should be. */
    OK,
    /** Cannot be known, or does not matter. */
    NOTE,
    /** Works, but could be better. */
    WARN,
    /** Does not work. */
    FAIL
  }

  static Finding ok(String what, String detail) {
    return new Finding(Level.OK, what, detail);
  }

  static Finding note(String what, String detail) {
    return new Finding(Level.NOTE, what, detail);
  }

  static Finding warn(String what, String detail) {
    return new Finding(Level.WARN, what, detail);
  }

  static Finding fail(String what, String detail) {
    return new Finding(Level.FAIL, what, detail);
  }
}
