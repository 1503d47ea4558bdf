package io.hydrasync.tests.crate;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A version of the crate.
 *
 * @param beta its last number: 6 is 1.0.0-beta.6
 */
record CrateVersion(int beta) {
  private static final int FIRST = 2;
  private static final int FIRST_WITH_PACKETS = 7;
  private static final int FIRST_WITH_OBSERVERS = 9;

  /** The last one of either wire. */
  private static final String USUAL = "6,9";

  /** All that crates.io has with a wire that is described. */
  static List<CrateVersion> all() {
    return IntStream.rangeClosed(FIRST, FIRST_WITH_OBSERVERS).mapToObj(CrateVersion::new).toList();
  }

  /** Those of the ordinary tests; {@code -Dhydra.crate=2,3} names others. */
  static List<CrateVersion> tested() {
    return of(List.of(System.getProperty("hydra.crate", USUAL).split(",")));
  }

  /** By their last numbers. */
  static List<CrateVersion> of(List<String> betas) {
    return betas.stream().map(beta -> new CrateVersion(Integer.parseInt(beta))).toList();
  }

  /** As its package in {@code src/crate} is called. */
  String name() {
    return "beta" + beta;
  }

  String number() {
    return "1.0.0-beta." + beta;
  }

  /** Whether it speaks the later wire: packets of one length, and an answer to a join. */
  boolean hasPackets() {
    return beta >= FIRST_WITH_PACKETS;
  }

  boolean hasObservers() {
    return beta >= FIRST_WITH_OBSERVERS;
  }

  @Override
  public String toString() {
    return "beta." + beta;
  }
}
