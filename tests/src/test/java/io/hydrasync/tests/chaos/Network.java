package io.hydrasync.tests.chaos;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.Passage;
import io.hydrasync.testing.RelayProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The proxies of a run: one in front of each address that anybody connects to, and a {@link Route}
 * from each process to each of them. Thread-safe.
 */
final class Network implements AutoCloseable {
  /** So little that what a slow link holds up is soon held up at its sender. */
  private static final int SOCKET_BYTES = 64 << 10;

  private static final Passage NONE =
      (link, bytes, length) -> {
        throw new IOException("nobody's connection");
      };

  private final Sources sources = new Sources();
  private final List<RelayProxy> proxies = new ArrayList<>();
  private final Map<String, Route> routes = new ConcurrentHashMap<>();

  /** Who connects. */
  Sources sources() {
    return sources;
  }

  /** A proxy in front of an address; returns its own. */
  RelayAddress front(String target, InetSocketAddress address) {
    Front front = new Front(target);
    RelayProxy proxy =
        RelayProxy.builder(address).passages(front::open).socketBuffer(SOCKET_BYTES).start();
    front.port = proxy.address().getPort();
    proxies.add(proxy);
    return new RelayAddress("127.0.0.1", front.port);
  }

  /** All connections of a process to an address. */
  Route route(String from, String to) {
    return routes.computeIfAbsent(from + ">" + to, name -> new Route());
  }

  /** Everything passes everywhere. */
  void clear() {
    routes.values().forEach(route -> route.weather(Route.Weather.CLEAR));
  }

  /** One proxy's connections. */
  private final class Front {
    private final String target;
    private volatile int port;

    Front(String target) {
      this.target = target;
    }

    Passage open(Link link) {
      return sources
          .of(link.client().getPort(), port)
          .map(from -> route(from, target).open(link))
          .orElseGet(
              () -> {
                link.cut(Link.Cut.RST); // its process has gone
                return NONE;
              });
    }
  }

  @Override
  public void close() {
    proxies.forEach(RelayProxy::close);
  }
}
