package io.hydrasync.server.cluster;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.check.Arguments;
import java.net.URI;
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
 * @param http where operators look at it with a browser, if they are to be told so: {@code
 *     http://HOST:PORT} or {@code https://HOST:PORT}
 */
public record NodeEntry(
    RelayAddress link,
    Optional<RelayAddress> client,
    String version,
    int maxFrame,
    boolean draining,
    int loadPercent,
    SecretHash relayKey,
    Optional<URI> http) {
  /** The most characters of where a dashboard is. */
  public static final int MAX_HTTP = 255;

  /** The most characters of a version. */
  public static final int MAX_VERSION = 64;

  private static final int ALL = 100;
  private static final int MAX_PORT = 65_535;

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
   * @param http where operators look at it with a browser, if they are to be told so
   * @throws IllegalArgumentException if a number is out of bounds or the version too long
   */
  public NodeEntry {
    Arguments.given(link, "the address for links");
    Arguments.given(client, "the address for clients");
    Arguments.given(relayKey, "the hash of the relay key");
    Arguments.between(Arguments.given(version, "a version").length(), "a version", 0, MAX_VERSION);
    Arguments.atLeast(maxFrame, "maxFrame", 1);
    Arguments.between(loadPercent, "loadPercent", 0, ALL);
    Arguments.given(http, "where operators look").ifPresent(NodeEntry::checkedHttp);
  }

  /**
   * A node of which operators see nothing over HTTP.
   *
   * @param link where other nodes reach it
   * @param client where clients reach it, if they are to be told so
   * @param version of its program, for people
   * @param maxFrame the longest frame that it takes, in bytes
   * @param draining whether it is on its way out
   * @param loadPercent how busy it is, 0 to 100, for people
   * @param relayKey the hash of the key that all relays of a cluster have
   * @throws IllegalArgumentException as the other one
   */
  public NodeEntry(
      RelayAddress link,
      Optional<RelayAddress> client,
      String version,
      int maxFrame,
      boolean draining,
      int loadPercent,
      SecretHash relayKey) {
    this(link, client, version, maxFrame, draining, loadPercent, relayKey, Optional.empty());
  }

  /**
   * Checks where a dashboard is. What another node says becomes a link in an operator's browser, so
   * it is a place of a web server and nothing else.
   *
   * @param http {@code http://HOST:PORT} or {@code https://HOST}, no more behind it than a slash
   * @return the same
   * @throws IllegalArgumentException if it is something else, or longer than {@link #MAX_HTTP}
   */
  public static URI checkedHttp(URI http) {
    boolean plain =
        ("http".equals(http.getScheme()) || "https".equals(http.getScheme()))
            && http.getHost() != null
            && http.getRawUserInfo() == null
            && http.getRawQuery() == null
            && http.getRawFragment() == null
            && ("".equals(http.getRawPath()) || "/".equals(http.getRawPath()))
            && http.getPort() <= MAX_PORT
            && http.toString().length() <= MAX_HTTP;
    if (!plain) {
      throw new IllegalArgumentException(
          "a dashboard is at http://HOST:PORT or https://HOST:PORT, with nothing behind that");
    }
    return http;
  }

  /**
   * The same, busier or less.
   *
   * @param percent 0 to 100
   * @return the entry
   */
  public NodeEntry withLoadPercent(int percent) {
    return new NodeEntry(link, client, version, maxFrame, draining, percent, relayKey, http);
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
    return new NodeEntry(link, client, version, maxFrame, out, loadPercent, relayKey, http);
  }

  /**
   * The same, with a dashboard.
   *
   * @param where it is
   * @return the entry
   * @throws IllegalArgumentException as {@link #checkedHttp}
   */
  public NodeEntry withHttp(URI where) {
    return new NodeEntry(
        link, client, version, maxFrame, draining, loadPercent, relayKey, Optional.of(where));
  }
}
