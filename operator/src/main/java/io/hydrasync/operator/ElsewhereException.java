package io.hydrasync.operator;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.ClusterStatus;
import io.hydrasync.server.ClusterStatus.Seat;
import io.hydrasync.server.ClusterStatus.SessionSeat;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import java.util.Map;
import java.util.Optional;

/** What is asked for another node of the cluster has to do. */
final class ElsewhereException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient RelayAddress owner;

  private ElsewhereException(String message, RelayAddress owner) {
    super(message);
    this.owner = owner;
  }

  /** Where clients reach the node that is to be asked. */
  RelayAddress owner() {
    return owner;
  }

  /**
   * That a session is another node's.
   *
   * @param session its log name
   * @param status what this node is to its sessions
   * @return nothing if it is not, as far as this node knows
   */
  static Optional<IllegalArgumentException> of(String session, ClusterStatus status) {
    return status.here().stream()
        .filter(seat -> seat.name().equals(session) && seat.seat() == Seat.EDGE)
        .findFirst()
        .flatMap(SessionSeat::owner)
        .map(owner -> of(session, owner, status.nodes()));
  }

  private static IllegalArgumentException of(
      String session, NodeId owner, Map<NodeId, NodeEntry> nodes) {
    String what = "session " + session + " is the node " + owner.toString().substring(0, 8) + "'s";
    return Optional.ofNullable(nodes.get(owner))
        .flatMap(NodeEntry::client)
        .<IllegalArgumentException>map(
            at -> new ElsewhereException(what + "; ask that, at " + at, at))
        .orElseGet(
            () ->
                new IllegalArgumentException(
                    what + ", and where clients reach that is not known; ask it there"));
  }
}
