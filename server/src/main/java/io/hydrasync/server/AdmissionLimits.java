package io.hydrasync.server;

import io.hydrasync.protocol.check.Arguments;

/**
 * What a relay admits ({@code wire2.md} section 7). May be changed while the relay runs; what is
 * connected already stays. Immutable.
 *
 * @param maxConnections clients connected at a time; one more gets ERROR LIMIT
 * @param maxJoining of them that have not joined yet, all addresses together; one more is closed at
 *     once, be it an admin
 * @param connectionsPerAddress of all of them from one IPv4 address or IPv6 /64; one more is closed
 *     at once
 * @param maxSessions sessions known at a time; a join that would make one more gets ERROR LIMIT
 * @param consumersPerSession one more gets ERROR LIMIT
 * @param handshakesPerSecond of one address, on average; one more is closed at once
 * @param handshakeBurst of one address, at a time
 * @param loopbackExempt whether the limits per address leave loopback addresses out
 */
public record AdmissionLimits(
    int maxConnections,
    int maxJoining,
    int connectionsPerAddress,
    int maxSessions,
    int consumersPerSession,
    int handshakesPerSecond,
    int handshakeBurst,
    boolean loopbackExempt) {
  /** The limits of a relay that was told nothing. */
  public static final AdmissionLimits DEFAULT =
      new AdmissionLimits(10_000, 4_000, 1_000, 10_000, 10_000, 10, 20, true);

  /**
   * Checks that every limit admits somebody.
   *
   * @param maxConnections at least 1
   * @param maxJoining at least 1
   * @param connectionsPerAddress at least 1
   * @param maxSessions at least 1
   * @param consumersPerSession at least 1
   * @param handshakesPerSecond at least 1
   * @param handshakeBurst at least 1
   * @param loopbackExempt any
   * @throws IllegalArgumentException if one is below 1
   */
  public AdmissionLimits {
    Arguments.atLeast(maxConnections, "maxConnections", 1);
    Arguments.atLeast(maxJoining, "maxJoining", 1);
    Arguments.atLeast(connectionsPerAddress, "connectionsPerAddress", 1);
    Arguments.atLeast(maxSessions, "maxSessions", 1);
    Arguments.atLeast(consumersPerSession, "consumersPerSession", 1);
    Arguments.atLeast(handshakesPerSecond, "handshakesPerSecond", 1);
    Arguments.atLeast(handshakeBurst, "handshakeBurst", 1);
  }

  /**
   * The same with another number of connections.
   *
   * @param value at least 1
   * @return the limits
   */
  public AdmissionLimits withMaxConnections(int value) {
    return new AdmissionLimits(
        value,
        maxJoining,
        connectionsPerAddress,
        maxSessions,
        consumersPerSession,
        handshakesPerSecond,
        handshakeBurst,
        loopbackExempt);
  }

  /**
   * The same with another number of connections that have not joined yet.
   *
   * @param value at least 1
   * @return the limits
   */
  public AdmissionLimits withMaxJoining(int value) {
    return new AdmissionLimits(
        maxConnections,
        value,
        connectionsPerAddress,
        maxSessions,
        consumersPerSession,
        handshakesPerSecond,
        handshakeBurst,
        loopbackExempt);
  }

  /**
   * The same with loopback addresses exempt or not.
   *
   * @param value whether they are
   * @return the limits
   */
  public AdmissionLimits withLoopbackExempt(boolean value) {
    return new AdmissionLimits(
        maxConnections,
        maxJoining,
        connectionsPerAddress,
        maxSessions,
        consumersPerSession,
        handshakesPerSecond,
        handshakeBurst,
        value);
  }
}
