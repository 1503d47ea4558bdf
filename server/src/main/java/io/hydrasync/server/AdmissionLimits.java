package io.hydrasync.server;

import io.hydrasync.protocol.check.Arguments;
import java.util.function.Consumer;

/**
 * What a relay admits ({@code wire2.md} section 7). May be changed while the relay runs; what is
 * connected already stays. Immutable.
 *
 * <p>An address is an IPv4 address or an IPv6 /64. An IPv6 /56 may have eight times as many
 * connections, sessions and handshakes as one address, and a /48 32 times as many, but, of
 * connections and sessions, no more than half of all unless one address may have more.
 *
 * <p>The last quarter of {@code maxJoining}, {@code maxConnections} and {@code maxSessions} is kept
 * for addresses that have little of it: no connection that has not joined, or fewer than 16 that
 * have joined, or sessions. (And, for IPv6, a /48 with fewer than eight times that.)
 *
 * @param maxConnections clients that have joined at a time; one more gets ERROR LIMIT, unless it is
 *     an admin
 * @param connectionsPerAddress connections of one address, be they joined or not; one more is
 *     closed at once
 * @param maxJoining connections that have not joined yet, all addresses together; one more is
 *     closed at once
 * @param joiningPerAddress of these from one address; one more is closed at once
 * @param joiningPer56 of these from one IPv6 /56; one more is closed at once
 * @param joiningPer48 of these from one IPv6 /48; one more is closed at once
 * @param maxSessions sessions known at a time; a join that would make one more gets ERROR LIMIT
 * @param sessionsPerAddress of them begun from one address; one more gets ERROR LIMIT
 * @param consumersPerSession one more gets ERROR LIMIT
 * @param handshakesPerSecond of one address, on average; one more is closed at once
 * @param handshakeBurst of one address, at a time
 * @param loopbackExempt whether loopback addresses are left out of the limits per address, and
 *     those of them that have not joined are counted apart from all others, {@code maxJoining} of
 *     them, so that a relay that strangers have filled can be looked at from its own machine
 */
public record AdmissionLimits(
    int maxConnections,
    int connectionsPerAddress,
    int maxJoining,
    int joiningPerAddress,
    int joiningPer56,
    int joiningPer48,
    int maxSessions,
    int sessionsPerAddress,
    int consumersPerSession,
    int handshakesPerSecond,
    int handshakeBurst,
    boolean loopbackExempt) {
  /** The limits of a relay that was told nothing. */
  public static final AdmissionLimits DEFAULT =
      new AdmissionLimits(
          10_000, 1_000, 4_000, 64, 512, 2_048, 10_000, 1_000, 10_000, 10, 20, true);

  /**
   * Checks that every limit admits somebody.
   *
   * @param maxConnections at least 1
   * @param connectionsPerAddress at least 1
   * @param maxJoining at least 1
   * @param joiningPerAddress at least 1
   * @param joiningPer56 at least 1
   * @param joiningPer48 at least 1
   * @param maxSessions at least 1
   * @param sessionsPerAddress at least 1
   * @param consumersPerSession at least 1
   * @param handshakesPerSecond at least 1
   * @param handshakeBurst at least 1
   * @param loopbackExempt any
   * @throws IllegalArgumentException if one is below 1
   */
  public AdmissionLimits {
    Arguments.atLeast(maxConnections, "maxConnections", 1);
    Arguments.atLeast(connectionsPerAddress, "connectionsPerAddress", 1);
    Arguments.atLeast(maxJoining, "maxJoining", 1);
    Arguments.atLeast(joiningPerAddress, "joiningPerAddress", 1);
    Arguments.atLeast(joiningPer56, "joiningPer56", 1);
    Arguments.atLeast(joiningPer48, "joiningPer48", 1);
    Arguments.atLeast(maxSessions, "maxSessions", 1);
    Arguments.atLeast(sessionsPerAddress, "sessionsPerAddress", 1);
    Arguments.atLeast(consumersPerSession, "consumersPerSession", 1);
    Arguments.atLeast(handshakesPerSecond, "handshakesPerSecond", 1);
    Arguments.atLeast(handshakeBurst, "handshakeBurst", 1);
  }

  /**
   * The same with another number of clients that have joined.
   *
   * @param value at least 1
   * @return the limits
   */
  public AdmissionLimits withMaxConnections(int value) {
    return changed(next -> next.maxConnections = value);
  }

  /**
   * The same with another number of connections that have not joined yet.
   *
   * @param value at least 1
   * @return the limits
   */
  public AdmissionLimits withMaxJoining(int value) {
    return changed(next -> next.maxJoining = value);
  }

  /**
   * The same with other numbers of connections from the same place that have not joined yet.
   *
   * @param perAddress of one IPv4 address or IPv6 /64, at least 1
   * @param per56 of one IPv6 /56, at least 1
   * @param per48 of one IPv6 /48, at least 1
   * @return the limits
   */
  public AdmissionLimits withJoining(int perAddress, int per56, int per48) {
    return changed(
        next -> {
          next.joiningPerAddress = perAddress;
          next.joiningPer56 = per56;
          next.joiningPer48 = per48;
        });
  }

  /**
   * The same with other numbers of sessions.
   *
   * @param max all addresses together, at least 1
   * @param perAddress begun from one address, at least 1
   * @return the limits
   */
  public AdmissionLimits withSessions(int max, int perAddress) {
    return changed(
        next -> {
          next.maxSessions = max;
          next.sessionsPerAddress = perAddress;
        });
  }

  /**
   * The same with loopback addresses exempt or not.
   *
   * @param value whether they are
   * @return the limits
   */
  public AdmissionLimits withLoopbackExempt(boolean value) {
    return changed(next -> next.loopbackExempt = value);
  }

  private AdmissionLimits changed(Consumer<Draft> change) {
    Draft next = new Draft(this);
    change.accept(next);
    return next.finish();
  }

  /** The same limits, of which some are about to be changed. */
  private static final class Draft {
    private int maxConnections;
    private int connectionsPerAddress;
    private int maxJoining;
    private int joiningPerAddress;
    private int joiningPer56;
    private int joiningPer48;
    private int maxSessions;
    private int sessionsPerAddress;
    private int consumersPerSession;
    private int handshakesPerSecond;
    private int handshakeBurst;
    private boolean loopbackExempt;

    Draft(AdmissionLimits old) {
      maxConnections = old.maxConnections;
      connectionsPerAddress = old.connectionsPerAddress;
      maxJoining = old.maxJoining;
      joiningPerAddress = old.joiningPerAddress;
      joiningPer56 = old.joiningPer56;
      joiningPer48 = old.joiningPer48;
      maxSessions = old.maxSessions;
      sessionsPerAddress = old.sessionsPerAddress;
      consumersPerSession = old.consumersPerSession;
      handshakesPerSecond = old.handshakesPerSecond;
      handshakeBurst = old.handshakeBurst;
      loopbackExempt = old.loopbackExempt;
    }

    AdmissionLimits finish() {
      return new AdmissionLimits(
          maxConnections,
          connectionsPerAddress,
          maxJoining,
          joiningPerAddress,
          joiningPer56,
          joiningPer48,
          maxSessions,
          sessionsPerAddress,
          consumersPerSession,
          handshakesPerSecond,
          handshakeBurst,
          loopbackExempt);
    }
  }

  // ---- what a prefix may have ----

  int joining(Prefix of) {
    return switch (of.length()) {
      case Prefix.IPV6_CUSTOMER -> joiningPer56;
      case Prefix.IPV6_SITE -> joiningPer48;
      default -> joiningPerAddress;
    };
  }

  int connections(Prefix of) {
    return within(connectionsPerAddress, of, maxConnections);
  }

  int sessions(Prefix of) {
    return within(sessionsPerAddress, of, maxSessions);
  }

  PrefixRates.Rate handshakes() {
    return new PrefixRates.Rate(handshakesPerSecond, handshakeBurst);
  }

  private static int within(int perAddress, Prefix of, int total) {
    return (int) Math.min((long) perAddress * of.factor(), Math.max(perAddress, total / 2));
  }
}
