package io.hydrasync.cluster;

import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import java.util.Optional;

/**
 * A node's key in etcd, whoever has written it. Immutable.
 *
 * @param id in its name
 * @param entry what it says, empty if that cannot be read; it may be anybody's
 * @param proven whether it shows that its node knows the cluster's key, or the second one
 */
public record EtcdNode(NodeId id, Optional<NodeEntry> entry, boolean proven) {}
