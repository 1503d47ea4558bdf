package io.hydrasync.operator;

import io.hydrasync.protocol.check.UnitText;
import io.hydrasync.server.ClusterStatus;
import io.hydrasync.server.cluster.DirectoryState;

/** What {@code /readyz} says of a node of a cluster, for people. Stateless. */
final class Readiness {
  /** Of one that has not looked around yet. */
  static final String STARTING = "starting: the directory has not been read yet\n";

  private Readiness() {}

  /**
   * Which node it is, and how the directory is. A node is ready while it serves: what flows goes on
   * without a directory, and so it would be wrong to send clients away from all nodes at once.
   */
  static String of(ClusterStatus cluster) {
    return "node "
        + cluster.self().toString().substring(0, 8)
        + " of "
        + UnitText.count(cluster.nodes().size(), "node")
        + "\n"
        + directory(cluster.directory())
        + "\n";
  }

  private static String directory(DirectoryState state) {
    if (!state.reachable()) {
      return "directory: cannot be reached; what flows goes on, new sessions wait" + why(state);
    }
    return state.writable()
        ? "directory: all is well" + why(state)
        : "directory: takes no writes; what flows goes on, new sessions wait" + why(state);
  }

  private static String why(DirectoryState state) {
    return state.problem().isEmpty() ? "" : " (" + state.problem() + ")";
  }
}
