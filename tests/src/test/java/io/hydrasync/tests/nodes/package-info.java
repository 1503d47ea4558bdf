/**
 * Relays of a cluster as processes of the command, with a real etcd: what holds where something of
 * it fails. Skipped where etcd is not.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.nodes;
