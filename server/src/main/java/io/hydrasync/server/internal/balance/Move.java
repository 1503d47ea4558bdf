package io.hydrasync.server.internal.balance;

/**
 * Who is to be brought elsewhere.
 *
 * @param <S> sessions
 * @param <L> loops
 */
sealed interface Move<S, L> {
  /** The session to which they belong. */
  S session();

  /** The producer, if it is there, and all consumers that are on one loop go to another. */
  record Whole<S, L>(S session, L from, L to) implements Move<S, L> {}

  /**
   * Some of the consumers that are on one loop go to another.
   *
   * @param busy what they are to take with them, as a share of a processor
   */
  record Spread<S, L>(S session, L from, L to, double busy) implements Move<S, L> {}

  /** All consumers come to their producer's loop. */
  record Gather<S, L>(S session, L home) implements Move<S, L> {}
}
