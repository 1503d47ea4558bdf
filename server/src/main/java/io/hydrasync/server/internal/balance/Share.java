package io.hydrasync.server.internal.balance;

/**
 * What one session makes one loop do.
 *
 * @param session which
 * @param loop where
 * @param home whether its producer is there
 * @param consumers how many of its consumers are there
 * @param busy the share of a processor that it takes there, 0 to 1
 * @param bytes that its consumers there were sent in the last window
 * @param <S> sessions
 * @param <L> loops
 */
record Share<S, L>(S session, L loop, boolean home, int consumers, double busy, long bytes) {}
