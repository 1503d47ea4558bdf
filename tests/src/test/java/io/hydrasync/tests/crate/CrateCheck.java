package io.hydrasync.tests.crate;

/**
 * Something that the crate and this project do together.
 *
 * @param end whose relay it is at
 * @param what the roles, who plays them, and the order in which they come
 */
record CrateCheck(CrateVersion version, Side end, String what, Check check) {

  /** Who plays a part. */
  enum Side {
    OURS("ours"),
    THEIRS("the crate's");

    private final String words;

    Side(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** Throws what it finds wrong. */
  interface Check {
    void run() throws Exception;
  }

  void run() throws Exception {
    check.run();
  }

  /** The row of a table; its column is the version. */
  String row() {
    return "relay " + end + ": " + what;
  }

  @Override
  public String toString() {
    return version + ", " + row();
  }
}
