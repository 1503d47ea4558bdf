package io.hydrasync.server.internal.session;

import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.internal.cluster.SessionRole;
import java.util.Optional;

/**
 * What a node of a cluster is to a session, at one moment.
 *
 * @param part what it is
 * @param owner as the directory says
 * @param linked whether there is a link to the owner
 * @param links of other nodes to this one
 * @param consumers at this node
 * @param consumersBehind the links of other nodes
 */
public record ClusterSeat(
    SessionRole.Part part,
    Optional<NodeId> owner,
    boolean linked,
    int links,
    int consumers,
    int consumersBehind) {}
