package io.hydrasync.tests.cluster;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import java.net.InetSocketAddress;

/** A relay of a cluster. What it owns, and what it mirrors, is lost when it is closed. */
interface ClusterNode extends AutoCloseable {
  /** Where clients reach it. */
  InetSocketAddress clients();

  /** Where other nodes reach it. */
  InetSocketAddress links();

  /** The key that all nodes have. */
  RelayKey key();

  default RelayAddress address() {
    return RelayAddress.of(clients());
  }

  /** Ends it at once, without a word to anybody. */
  @Override
  void close() throws Exception;
}
