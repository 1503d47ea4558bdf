/**
 * The directory that the relays of a cluster share: {@link io.hydrasync.cluster.EtcdDirectory}
 * keeps it in etcd, {@link io.hydrasync.cluster.MemoryCluster} in memory, for tests and
 * simulations. {@link io.hydrasync.cluster.ClusterKey} is what all relays of a cluster know.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cluster;
