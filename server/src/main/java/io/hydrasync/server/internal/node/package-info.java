/**
 * What makes a relay a node of a cluster: what the directory has said, and what it is told of this
 * relay.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.node;
