/**
 * Nodes of a cluster in virtual time: the real decisions ({@code
 * io.hydrasync.server.internal.cluster}) and the real directory in memory, with models of logs,
 * links, producers and consumers, and everything that can go wrong between them, from one seed.
 */
package io.hydrasync.cluster.simulation;
