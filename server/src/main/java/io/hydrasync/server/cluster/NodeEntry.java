package io.hydrasync.server.cluster;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.check.Arguments;
import java.util.Optional;

/**
 * What a node says of itself. Immutable.
 *
 * @param link where other nodes reach it
 * @param client where clients reach it, if they are to be told so
 * @param version of its program, for people
 * @param maxFrame the longest frame that it takes, in bytes
 * @param draining whether it is on its way out
 * @param loadPercent how busy it is, 0 to 100, for people
 * @param relayKey the hash of the key that all relays of a cluster have
 */
public record NodeEntry(
    RelayAddress link,
    Optional<RelayAddress> client,
    String version,
    int maxFrame,
    boolean draining,
    int loadPercent,
    SecretHash relayKey) {
  /** The most characters of a version. */
  public static final int MAX_VERSION = 64;

  private static final int ALL = 100;

  /**
   * Checks what is given.
   *
   * @param link where other nodes reach it
   * @param client where clients reach it, if they are to be told so
   * @param version of its program, for people
   * @param maxFrame the longest frame that it takes, in bytes
   * @param draining whether it is on its way out
   * @param loadPercent how busy it is, 0 to 100, for people
   * @param relayKey the hash of the key that all relays of a cluster have
   * @throws IllegalArgumentException if a number is out of bounds or the version too long
   */
  public NodeEntry {
    Arguments.given(link, "the address for links");
    Arguments.given(client, "the address for clients");
    Arguments.given(relayKey, "the hash of the relay key");
    Arguments.between(Arguments.given(version, "a version").length(), "a version", 0, MAX_VERSION);
    Arguments.atLeast(maxFrame, "maxFrame", 1);
    Arguments.between(loadPercent, "loadPercent", 0, ALL);
  }

  /**
   * The same, busier or less.
   *
   * @param percent 0 to 100
   * @return the entry
   */
  public NodeEntry withLoadPercent(int percent) {
    return new NodeEntry(link, client, version, maxFrame, draining, percent, relayKey);
  }

  /**
   * The same with another relay key.
   *
   * @param hash of the key
   * @return the entry
   */
  public NodeEntry withRelayKey(SecretHash hash) {
    return new NodeEntry(link, client, version, maxFrame, draining, loadPercent, hash);
  }

  /**
   * The same, on its way out or not.
   *
   * @param out whether it is
   * @return the entry
   */
  public NodeEntry withDraining(boolean out) {
    return new NodeEntry(link, client, version, maxFrame, out, loadPercent, relayKey);
  }
}
