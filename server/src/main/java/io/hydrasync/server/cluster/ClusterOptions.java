package io.hydrasync.server.cluster;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.check.Arguments;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * How a relay is a node of a cluster. Immutable.
 *
 * <pre>{@code
 * ClusterKey key = ClusterKey.read(Path.of("cluster.key"));
 * Directory etcd = EtcdDirectory.builder(List.of(URI.create("http://10.0.0.9:2379")), key).build();
 * HydraServer relay =
 *     HydraServer.builder()
 *         .keyFile(Path.of("relay.key")) // the same at all nodes
 *         .cluster(ClusterOptions.of(etcd, key.linkCredential(), new InetSocketAddress("10.0.0.1", 4371)))
 *         .bind();
 * }</pre>
 *
 * @param directory what the nodes share, not started yet; the relay starts it, and closes it when
 *     it closes
 * @param link what this relay shows where it links to another one, and demands
 * @param alsoAccepted a second one that it accepts from others, while the key of a cluster changes
 * @param listen where other nodes reach it, port 0 = chosen
 * @param advertiseLink where other nodes are told to reach it; if absent, where it is bound, which
 *     must not be a wildcard then
 * @param advertiseClient where clients are told to reach it; if absent, where the relay is bound
 *     for them, and nowhere if that is a wildcard
 * @param version of the program, for people
 */
public record ClusterOptions(
    Directory directory,
    Credential link,
    Optional<Credential> alsoAccepted,
    InetSocketAddress listen,
    Optional<RelayAddress> advertiseLink,
    Optional<RelayAddress> advertiseClient,
    String version) {
  /**
   * Checks what is given.
   *
   * @param directory what the nodes share, not started yet; the relay starts it, and closes it when
   *     it closes
   * @param link what this relay shows where it links to another one, and demands
   * @param alsoAccepted a second one that it accepts from others, while the key of a cluster
   *     changes
   * @param listen where other nodes reach it, port 0 = chosen
   * @param advertiseLink where other nodes are told to reach it; if absent, where it is bound,
   *     which must not be a wildcard then
   * @param advertiseClient where clients are told to reach it; if absent, where the relay is bound
   *     for them, and nowhere if that is a wildcard
   * @param version of the program, for people
   * @throws IllegalArgumentException if {@code listen} has not been resolved, or is a wildcard
   *     while nothing is to be told instead, or the version is too long
   */
  public ClusterOptions {
    Arguments.given(directory, "a directory");
    Arguments.given(link, "the credential of links");
    Arguments.given(alsoAccepted, "the second credential of links");
    Arguments.given(advertiseLink, "the address for other nodes");
    Arguments.given(advertiseClient, "the address for clients");
    Arguments.between(
        Arguments.given(version, "a version").length(), "a version", 0, NodeEntry.MAX_VERSION);
    if (Arguments.given(listen, "the address for links").isUnresolved()) {
      throw new IllegalArgumentException(
          "the address for links cannot be resolved: " + listen.getHostString());
    }
    if (listen.getAddress().isAnyLocalAddress() && advertiseLink.isEmpty()) {
      throw new IllegalArgumentException(
          "links are taken at every address ("
              + listen.getAddress().getHostAddress()
              + "), so say which one other nodes are to use (advertiseLink)");
    }
  }

  /**
   * The options that a node cannot do without.
   *
   * @param directory what the nodes share, not started yet
   * @param link what this relay shows where it links to another one, and demands
   * @param listen where other nodes reach it, port 0 = chosen; no wildcard
   * @return the options
   * @throws IllegalArgumentException if {@code listen} has not been resolved, or is a wildcard
   */
  public static ClusterOptions of(Directory directory, Credential link, InetSocketAddress listen) {
    return new ClusterOptions(
        directory, link, Optional.empty(), listen, Optional.empty(), Optional.empty(), "");
  }

  /**
   * The same, with another address told to other nodes than where it is bound.
   *
   * @param address what they are told
   * @return the options
   */
  public ClusterOptions withAdvertiseLink(RelayAddress address) {
    return new ClusterOptions(
        directory, link, alsoAccepted, listen, Optional.of(address), advertiseClient, version);
  }

  /**
   * The same, with another address told to clients than where it is bound.
   *
   * @param address what they are told
   * @return the options
   */
  public ClusterOptions withAdvertiseClient(RelayAddress address) {
    return new ClusterOptions(
        directory, link, alsoAccepted, listen, advertiseLink, Optional.of(address), version);
  }

  /**
   * The same, accepting a second credential of links.
   *
   * @param credential what others may show
   * @return the options
   */
  public ClusterOptions withAlsoAccepted(Credential credential) {
    return new ClusterOptions(
        directory, link, Optional.of(credential), listen, advertiseLink, advertiseClient, version);
  }

  /**
   * The same, with a version.
   *
   * @param text at most {@link NodeEntry#MAX_VERSION} characters
   * @return the options
   */
  public ClusterOptions withVersion(String text) {
    return new ClusterOptions(
        directory, link, alsoAccepted, listen, advertiseLink, advertiseClient, text);
  }
}
