package io.hydrasync.cli.demo;

import io.hydrasync.cli.console.FullScreen;
import io.hydrasync.cli.process.WindowSize;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Shows the demo: on a terminal drawn again and again, elsewhere a line a second; and in the end
 * what came of it. For one thread.
 */
final class DemoView {
  private static final int PLAIN_COLUMNS = 80;
  private static final double LINE_SECONDS = 1;
  private static final double RATE_SECONDS = 0.5;

  private final PrintWriter out;
  private final Optional<FullScreen> screen;
  private final double seconds;
  private final Tally producer;
  private final List<Tally> consumers;
  private final HydraServer relay;
  private final WireTap tap;
  private final Map<Tally, Rate> rates = new HashMap<>();
  private double nextLine = LINE_SECONDS;

  /** Bytes per second over the last while. */
  private static final class Rate {
    private double since;
    private long bytesThen;
    private double value;

    double at(double now, long bytes) {
      if (now - since >= RATE_SECONDS) {
        value = (bytes - bytesThen) / (now - since);
        since = now;
        bytesThen = bytes;
      }
      return value;
    }
  }

  DemoView(
      PrintWriter out,
      Optional<FullScreen> screen,
      double seconds,
      Tally producer,
      List<Tally> consumers,
      HydraServer relay,
      WireTap tap) {
    this.out = out;
    this.screen = screen;
    this.seconds = seconds;
    this.producer = producer;
    this.consumers = consumers;
    this.relay = relay;
    this.tap = tap;
  }

  void begin() {
    if (screen.isEmpty()) {
      print(DemoLayout.introduction(HostPort.of(relay.address()).toString(), PLAIN_COLUMNS));
      print(List.of(""));
    }
  }

  /** Shows how far everybody is. */
  void update(double now) throws IOException {
    if (screen.isPresent()) {
      screen.get().draw(DemoLayout.lines(look(now), screen.get().size().now()));
    } else if (now >= nextLine) {
      print(List.of(DemoLayout.plain(look(now))));
      nextLine += LINE_SECONDS;
    }
  }

  private DemoLook look(double now) {
    // the consumers first, so that nobody seems to have more than was sent
    List<DemoLook.Part> received = consumers.stream().map(tally -> part(tally, now)).toList();
    return new DemoLook(
        HostPort.of(relay.address()).toString(),
        now,
        seconds,
        part(producer, now),
        received,
        tap.bytesToRelay(),
        tap.bytesFromRelay(),
        relay.logMemoryBytes(),
        tap.textFound());
  }

  private DemoLook.Part part(Tally tally, double now) {
    long bytes = tally.bytes();
    double rate = rates.computeIfAbsent(tally, t -> new Rate()).at(now, bytes);
    return new DemoLook.Part(tally.name(), tally.stage(), tally.messages(), bytes, rate);
  }

  /** Prints what came of it, on the first screen. True if it is as it should be. */
  boolean summary(double now) {
    DemoSummary summary = new DemoSummary(look(now), producer, consumers);
    int columns = PLAIN_COLUMNS;
    if (screen.isPresent()) {
      WindowSize.Size size = screen.get().size().now();
      columns = size.columns();
      screen.get().close();
      print(DemoLayout.introduction(summary.last().relay(), columns).subList(0, 1));
    }
    print(List.of(""));
    print(summary.lines(columns));
    return summary.isGood();
  }

  private void print(List<String> lines) {
    lines.forEach(out::println);
    out.flush();
  }
}
