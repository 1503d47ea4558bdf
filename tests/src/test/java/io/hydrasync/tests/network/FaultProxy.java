package io.hydrasync.tests.network;

import io.hydrasync.testing.NetworkFaults;
import io.hydrasync.testing.RelayProxy;
import java.net.InetSocketAddress;

/** A bad network of its own between some clients and the relay. */
public final class FaultProxy implements AutoCloseable {
  /** What this network holds by itself, beside what the ends' own sockets do. */
  private static final int SOCKET_BUFFER = 256 << 10;

  private final NetworkFaults faults;
  private final RelayProxy proxy;

  /** A network in which these things happen; all, if none is named. */
  public FaultProxy(
      InetSocketAddress relay, long seed, NetworkFaults.Pace pace, NetworkFaults.Fault... kinds) {
    faults = new NetworkFaults(seed, pace, kinds);
    proxy = RelayProxy.builder(relay).socketBuffer(SOCKET_BUFFER).passages(faults).start();
  }

  public InetSocketAddress address() {
    return proxy.address();
  }

  /** No more faults from now on. */
  public void calm() {
    faults.calm();
  }

  /** How many faults there have been. */
  public int faults() {
    return faults.faults();
  }

  /** How many of a kind. */
  public int faults(NetworkFaults.Fault kind) {
    return faults.faults(kind);
  }

  @Override
  public void close() {
    proxy.close();
  }
}
