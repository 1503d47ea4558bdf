/**
 * What a relay needs of the directory that the relays of a cluster share: who they are, and which
 * of them owns which session. {@link io.hydrasync.server.cluster.Directory} is to be implemented;
 * it is never on the path of a frame. No I/O and no format in here: {@code
 * docs/reference/cluster-directory.md} has the keys and values of one in etcd.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.cluster;
