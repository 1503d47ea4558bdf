/** Relays that are nodes of a cluster, and who comes to them. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.cluster;
