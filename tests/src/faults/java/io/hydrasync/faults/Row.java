package io.hydrasync.faults;

/** One fault, played. */
@FunctionalInterface
interface Row {
  /**
   * Plays it.
   *
   * @param scene its relays and clients
   * @return what has come of it
   * @throws Exception which is a fault as well
   */
  Verdict play(Scene scene) throws Exception;
}
