package io.hydrasync.cluster;

import io.hydrasync.server.cluster.NodeId;
import java.time.Duration;

/**
 * What happens to what nodes and a {@link MemoryCluster} say to each other: asked for each request,
 * each answer and each event, so that a simulation decides by its own randomness. Called on the
 * cluster's thread. Every method has a harmless answer of its own.
 */
public interface MemoryFaults {
  /** Nothing happens, and everything takes no time. */
  MemoryFaults NONE = new MemoryFaults() {};

  /**
   * How long a request is on its way. One that takes longer than {@link MemoryCluster#DEADLINE} is
   * answered {@code UNREACHABLE} before it is done.
   *
   * @param node who asks
   * @return until it is done
   */
  default Duration requestDelay(NodeId node) {
    return Duration.ZERO;
  }

  /**
   * How long its answer is.
   *
   * @param node who has asked
   * @return until it has come
   */
  default Duration answerDelay(NodeId node) {
    return Duration.ZERO;
  }

  /**
   * Whether a request gets lost.
   *
   * @param node who asks
   * @return true if it is never done
   */
  default boolean losesRequest(NodeId node) {
    return false;
  }

  /**
   * Whether an answer gets lost.
   *
   * @param node who has asked
   * @return true if it never comes, while the request is done
   */
  default boolean losesAnswer(NodeId node) {
    return false;
  }

  /**
   * How long an event is on its way. A node gets its events in order, whatever is said here; those
   * of different nodes do not wait for each other.
   *
   * @param node who watches
   * @return until it has come
   */
  default Duration eventDelay(NodeId node) {
    return Duration.ZERO;
  }

  /**
   * How often an event comes.
   *
   * @param node who watches
   * @return 1, or more, or 0 for one that gets lost: then the node is in doubt, and gets a snapshot
   */
  default int eventCopies(NodeId node) {
    return 1;
  }
}
