package io.hydrasync.server;

import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.internal.cluster.SessionRole;
import io.hydrasync.server.internal.session.Session;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as one of its nodes sees it. Immutable.
 *
 * @param self this node
 * @param listen where it takes links
 * @param leaseHeld whether the directory says that it is there
 * @param leaseLeft for how long it will say so if nothing is renewed, where that is known
 * @param directory how the directory is
 * @param nodes all nodes that the directory says of, this one, too
 * @param strangers how many other nodes do not show that they know the cluster's key
 * @param sessions how many sessions the directory knows
 * @param here what this node is to the sessions that it has
 */
public record ClusterStatus(
    NodeId self,
    InetSocketAddress listen,
    boolean leaseHeld,
    Optional<Duration> leaseLeft,
    DirectoryState directory,
    Map<NodeId, NodeEntry> nodes,
    int strangers,
    int sessions,
    List<SessionSeat> here) {
  /**
   * Copies what is given.
   *
   * @param self this node
   * @param listen where it takes links
   * @param leaseHeld whether the directory says that it is there
   * @param leaseLeft for how long it will say so if nothing is renewed, where that is known
   * @param directory how the directory is
   * @param nodes all nodes that the directory says of, this one, too
   * @param strangers how many other nodes do not show that they know the cluster's key
   * @param sessions how many sessions the directory knows
   * @param here what this node is to the sessions that it has
   */
  public ClusterStatus {
    nodes = Map.copyOf(nodes);
    here = List.copyOf(here);
  }

  /** On the session's owner loop; null if it is not one of a cluster. */
  static @Nullable SessionSeat seat(Session session) {
    return session
        .seat()
        .map(
            seat ->
                new SessionSeat(
                    session.name().logName(),
                    seat(seat.part()),
                    seat.owner(),
                    seat.linked(),
                    seat.links(),
                    seat.consumers(),
                    seat.consumersBehind()))
        .orElse(null);
  }

  private static Seat seat(SessionRole.Part part) {
    return switch (part) {
      case NOBODY -> Seat.NONE;
      case CLAIMING -> Seat.CLAIMING;
      case OWNER -> Seat.OWNER;
      case EDGE -> Seat.EDGE;
    };
  }

  /** What a node is to a session. */
  public enum Seat {
    /** Nothing is known of an owner: as at a relay alone. */
    NONE,
    /** A producer has come, and the directory is being asked. */
    CLAIMING,
    /** The session's producer is here, or was here last. */
    OWNER,
    /** The session's producer is at another node, and this one mirrors it, or is about to. */
    EDGE
  }

  /**
   * A session of this node.
   *
   * @param name its log name, 8 hex digits
   * @param seat what this node is to it
   * @param owner the node that owns it, if one is known
   * @param linked whether an edge has its link to the owner
   * @param links how many edges have a link to this owner
   * @param consumers how many consumers there are at this node, links not counted
   * @param consumersBehind how many there are behind the links to this owner
   */
  public record SessionSeat(
      String name,
      Seat seat,
      Optional<NodeId> owner,
      boolean linked,
      int links,
      int consumers,
      int consumersBehind) {}
}
