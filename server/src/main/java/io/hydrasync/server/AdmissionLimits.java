package io.hydrasync.server;

import io.hydrasync.server.internal.admission.AdmissionRules;

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
 * <p>There are {@link #DEFAULT} ones, and the same with other numbers: {@code
 * DEFAULT.withMaxConnections(100)}.
 */
public final class AdmissionLimits {
  /** The limits of a relay that was told nothing. */
  public static final AdmissionLimits DEFAULT = new AdmissionLimits(AdmissionRules.DEFAULT);

  private final AdmissionRules rules;

  AdmissionLimits(AdmissionRules rules) {
    this.rules = rules;
  }

  /** What the relay goes by. */
  AdmissionRules rules() {
    return rules;
  }

  /**
   * How many clients may have joined.
   *
   * @return clients that have joined at a time; one more gets ERROR LIMIT, unless it is an admin
   */
  public int maxConnections() {
    return rules.maxConnections();
  }

  /**
   * How many connections one address may have.
   *
   * @return connections of one address, be they joined or not; one more is closed at once
   */
  public int connectionsPerAddress() {
    return rules.connectionsPerAddress();
  }

  /**
   * How many may be connected that have not joined yet.
   *
   * @return connections that have not joined yet, all addresses together; one more is closed at
   *     once
   */
  public int maxJoining() {
    return rules.maxJoining();
  }

  /**
   * How many of these may be from one address.
   *
   * @return connections; one more is closed at once
   */
  public int joiningPerAddress() {
    return rules.joiningPerAddress();
  }

  /**
   * How many of these may be from one IPv6 /56.
   *
   * @return connections; one more is closed at once
   */
  public int joiningPer56() {
    return rules.joiningPer56();
  }

  /**
   * How many of these may be from one IPv6 /48.
   *
   * @return connections; one more is closed at once
   */
  public int joiningPer48() {
    return rules.joiningPer48();
  }

  /**
   * How many sessions there may be.
   *
   * @return sessions known at a time; a join that would make one more gets ERROR LIMIT
   */
  public int maxSessions() {
    return rules.maxSessions();
  }

  /**
   * How many sessions may have been begun from one address.
   *
   * @return sessions; one more gets ERROR LIMIT
   */
  public int sessionsPerAddress() {
    return rules.sessionsPerAddress();
  }

  /**
   * How many consumers a session may have.
   *
   * @return consumers; one more gets ERROR LIMIT
   */
  public int consumersPerSession() {
    return rules.consumersPerSession();
  }

  /**
   * How many handshakes one address may begin.
   *
   * @return handshakes a second, on average; one more is closed at once
   */
  public int handshakesPerSecond() {
    return rules.handshakesPerSecond();
  }

  /**
   * How many handshakes one address may begin at a time.
   *
   * @return handshakes
   */
  public int handshakeBurst() {
    return rules.handshakeBurst();
  }

  /**
   * Whether loopback addresses are exempt.
   *
   * @return whether loopback addresses are left out of the limits per address, and those of them
   *     that have not joined are counted apart from all others, {@code maxJoining} of them, so that
   *     a relay that strangers have filled can be looked at from its own machine
   */
  public boolean loopbackExempt() {
    return rules.loopbackExempt();
  }

  /**
   * The same with another number of clients that have joined.
   *
   * @param most at least 1
   * @return the limits
   * @throws IllegalArgumentException if a number is below 1
   */
  public AdmissionLimits withMaxConnections(int most) {
    return new AdmissionLimits(rules.withMaxConnections(most));
  }

  /**
   * The same with another number of connections from one address.
   *
   * @param most at least 1
   * @return the limits
   * @throws IllegalArgumentException if a number is below 1
   */
  public AdmissionLimits withConnectionsPerAddress(int most) {
    return new AdmissionLimits(rules.withConnectionsPerAddress(most));
  }

  /**
   * The same with another number of connections that have not joined yet.
   *
   * @param most at least 1
   * @return the limits
   * @throws IllegalArgumentException if a number is below 1
   */
  public AdmissionLimits withMaxJoining(int most) {
    return new AdmissionLimits(rules.withMaxJoining(most));
  }

  /**
   * The same with other numbers of connections from the same place that have not joined yet.
   *
   * @param perAddress of one IPv4 address or IPv6 /64, at least 1
   * @param per56 of one IPv6 /56, at least 1
   * @param per48 of one IPv6 /48, at least 1
   * @return the limits
   * @throws IllegalArgumentException if a number is below 1
   */
  public AdmissionLimits withJoining(int perAddress, int per56, int per48) {
    return new AdmissionLimits(rules.withJoining(perAddress, per56, per48));
  }

  /**
   * The same with other numbers of sessions.
   *
   * @param max all addresses together, at least 1
   * @param perAddress begun from one address, at least 1
   * @return the limits
   * @throws IllegalArgumentException if a number is below 1
   */
  public AdmissionLimits withSessions(int max, int perAddress) {
    return new AdmissionLimits(rules.withSessions(max, perAddress));
  }

  /**
   * The same with another number of consumers of a session.
   *
   * @param most at least 1
   * @return the limits
   * @throws IllegalArgumentException if a number is below 1
   */
  public AdmissionLimits withConsumersPerSession(int most) {
    return new AdmissionLimits(rules.withConsumersPerSession(most));
  }

  /**
   * The same with other numbers of handshakes of one address.
   *
   * @param perSecond on average, at least 1
   * @param burst at a time, at least 1
   * @return the limits
   * @throws IllegalArgumentException if a number is below 1
   */
  public AdmissionLimits withHandshakes(int perSecond, int burst) {
    return new AdmissionLimits(rules.withHandshakes(perSecond, burst));
  }

  /**
   * The same with loopback addresses exempt or not.
   *
   * @param exempt whether they are
   * @return the limits
   */
  public AdmissionLimits withLoopbackExempt(boolean exempt) {
    return new AdmissionLimits(rules.withLoopbackExempt(exempt));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AdmissionLimits limits && rules.equals(limits.rules);
  }

  @Override
  public int hashCode() {
    return rules.hashCode();
  }

  @Override
  public String toString() {
    return rules.toString();
  }
}
