package io.hydrasync.server.internal.admission;

import io.hydrasync.protocol.check.Arguments;
import java.util.function.Consumer;

/**
 * What a relay admits, as {@link Admission} goes by it: the numbers of the limits, which the
 * builder's and the operator's type documents one by one, and what they come to for a prefix.
 * Immutable.
 */
public record AdmissionRules(
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
  /** Those of a relay that was told nothing. */
  public static final AdmissionRules DEFAULT =
      new AdmissionRules(10_000, 1_000, 4_000, 64, 512, 2_048, 10_000, 1_000, 10_000, 10, 20, true);

  /** Checks that every limit admits somebody. */
  public AdmissionRules {
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

  // ---- the same with other numbers ----

  public AdmissionRules withMaxConnections(int value) {
    return changed(next -> next.maxConnections = value);
  }

  public AdmissionRules withConnectionsPerAddress(int value) {
    return changed(next -> next.connectionsPerAddress = value);
  }

  public AdmissionRules withMaxJoining(int value) {
    return changed(next -> next.maxJoining = value);
  }

  public AdmissionRules withJoining(int perAddress, int per56, int per48) {
    return changed(
        next -> {
          next.joiningPerAddress = perAddress;
          next.joiningPer56 = per56;
          next.joiningPer48 = per48;
        });
  }

  public AdmissionRules withSessions(int max, int perAddress) {
    return changed(
        next -> {
          next.maxSessions = max;
          next.sessionsPerAddress = perAddress;
        });
  }

  public AdmissionRules withConsumersPerSession(int value) {
    return changed(next -> next.consumersPerSession = value);
  }

  public AdmissionRules withHandshakes(int perSecond, int burst) {
    return changed(
        next -> {
          next.handshakesPerSecond = perSecond;
          next.handshakeBurst = burst;
        });
  }

  public AdmissionRules withLoopbackExempt(boolean value) {
    return changed(next -> next.loopbackExempt = value);
  }

  private AdmissionRules changed(Consumer<Draft> change) {
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

    Draft(AdmissionRules old) {
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

    AdmissionRules finish() {
      return new AdmissionRules(
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
