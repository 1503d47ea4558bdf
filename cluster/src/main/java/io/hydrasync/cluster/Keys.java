package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionHash;
import java.util.Optional;
import java.util.regex.Pattern;

/** The directory's keys: {@code /NAME/1/node/ID} and {@code /NAME/1/session/HASH}. Immutable. */
final class Keys {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private final String all;
  private final String nodes;
  private final String sessions;

  Keys(String cluster) {
    if (!NAME.matcher(Arguments.given(cluster, "a cluster's name")).matches()) {
      throw new IllegalArgumentException(
          "a cluster's name has 1 to 64 letters, digits, '.', '_' and '-'");
    }
    all = "/" + cluster + "/1/";
    nodes = all + "node/";
    sessions = all + "session/";
  }

  byte[] first() {
    return all.getBytes(UTF_8);
  }

  /** Behind the last key: the first one that does not begin as all do. */
  byte[] end() {
    byte[] end = first();
    end[end.length - 1]++;
    return end;
  }

  byte[] firstNode() {
    return nodes.getBytes(UTF_8);
  }

  /** Behind the last node. */
  byte[] endOfNodes() {
    byte[] end = firstNode();
    end[end.length - 1]++;
    return end;
  }

  byte[] node(NodeId id) {
    return (nodes + id).getBytes(UTF_8);
  }

  byte[] session(SessionHash hash) {
    return (sessions + hash).getBytes(UTF_8);
  }

  /** Whose key it is, if it is a node's. */
  Optional<NodeId> node(String key) {
    try {
      return key.startsWith(nodes)
          ? Optional.of(NodeId.parse(key.substring(nodes.length())))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Which session's key it is, if it is one's. */
  Optional<SessionHash> session(String key) {
    try {
      return key.startsWith(sessions)
          ? Optional.of(SessionHash.parse(key.substring(sessions.length())))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
