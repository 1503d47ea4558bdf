package io.hydrasync.bench.measure;

import io.hydrasync.bench.measure.Results.Sample;
import io.hydrasync.bench.process.Child;
import io.hydrasync.bench.relay.Brokers;
import io.hydrasync.bench.relay.HydraWire;
import io.hydrasync.bench.relay.Link;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What connections cost a relay: memory while they are idle, CPU while they are made. */
public final class ConnectionCost {
  public static final String FIGURE = "connections";
  public static final String IDLE = "KiB each";
  public static final String HANDSHAKES = "handshakes/s per core";

  private static final int LOOPBACKS = 8; // more ports than one address has

  private final Results results;
  private final Settings settings;

  public ConnectionCost(Results results, Settings settings) {
    this.results = results;
    this.settings = settings;
  }

  public void measure() throws IOException {
    Brokers.Broker relay = Brokers.hydra("auto", "backpressure");
    List<SocketChannel> open = new ArrayList<>();
    try (Child process = relay.process()) {
      connect(relay, Role.PRODUCER, open);
      connect(relay, Role.CONSUMER, open);
      long before = memory(process);
      int timed = Math.min(settings.handshakes(), settings.idle());
      for (int i = 0; i < settings.idle() - timed; i++) {
        connect(relay, Role.CONSUMER, open);
      }
      double cpu = process.cpuSeconds();
      for (int i = 0; i < timed; i++) {
        connect(relay, Role.CONSUMER, open);
      }
      cpu = process.cpuSeconds() - cpu;
      double each = (memory(process) - before) / 1024.0 / settings.idle();
      String parameter = settings.idle() + " idle consumers";
      results.add(new Sample(FIGURE, relay.name(), parameter, IDLE, 1, each));
      results.add(
          new Sample(FIGURE, relay.name(), "handshake and join", HANDSHAKES, 1, timed / cpu));
    } finally {
      for (SocketChannel channel : open) {
        channel.close();
      }
    }
  }

  private static void connect(Brokers.Broker relay, Role role, List<SocketChannel> open)
      throws IOException {
    byte[] host = {127, 0, 0, (byte) (1 + open.size() % LOOPBACKS)};
    Link.Socket link =
        Link.Socket.connect(
            new InetSocketAddress(InetAddress.getByAddress(host), relay.address().getPort()));
    open.add(link.channel());
    byte[] id = new byte[SessionId.LENGTH];
    Arrays.fill(id, (byte) 1);
    HydraWire.join(link, role, id);
  }

  private static long memory(Child process) throws IOException {
    String[] parts = process.ask("memory").split(" ");
    return Long.parseLong(parts[0]) + Long.parseLong(parts[1]);
  }
}
