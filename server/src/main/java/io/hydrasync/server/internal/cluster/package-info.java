/**
 * What a relay decides as a node of a cluster: what it is to each session, whom it lets in, what it
 * writes into the directory and where it links. No I/O, no threads, no clocks: what happens is
 * told, what is to be done goes through {@link io.hydrasync.server.internal.cluster.SessionEffects}
 * and {@link io.hydrasync.server.internal.cluster.NodeEffects}, and what time it is comes with each
 * call. May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.cluster;
