package io.hydrasync.tests.costs;

import io.hydrasync.protocol.Credential;
import io.hydrasync.tests.support.ChildJvm;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The process of {@link CostRelay}, and what can be asked of it. Not thread-safe. */
final class CostProbe implements Closeable {
  private final Credential admin = Credential.generate(new SecureRandom());
  private final ChildJvm process;
  private final InetSocketAddress address;
  private final InetSocketAddress http;
  private final Map<Integer, Long> opening = new HashMap<>();

  /**
   * What the loop has done so far.
   *
   * @param nanos processor time of its thread
   * @param received bytes that it has taken from clients
   */
  record Reading(long nanos, long received) {}

  /** What the rounds of the loop took that had something to do, in nanoseconds. */
  record Rounds(long count, long p99, long max) {}

  /**
   * Starts it.
   *
   * @param quick whether it need not be exact
   */
  CostProbe(boolean quick) throws IOException {
    process =
        ChildJvm.start(
            List.of("-Xmx512m", "-D" + OpeningCost.QUICK + "=" + quick),
            CostRelay.class,
            HexFormat.of().formatHex(admin.secretBytes()));
    process.awaitReady();
    String[] ports = process.ask("ports").split(" ");
    address = loopback(ports[0]);
    http = loopback(ports[1]);
  }

  private static InetSocketAddress loopback(String port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
  }

  InetSocketAddress address() {
    return address;
  }

  InetSocketAddress http() {
    return http;
  }

  Credential admin() {
    return admin;
  }

  private static Reading reading(String answer) {
    String[] words = answer.split(" ");
    return new Reading(Long.parseLong(words[0]), Long.parseLong(words[1]));
  }

  /** Waits until it has taken so many bytes, and has done what they ask for. */
  Reading received(long bytes) throws IOException {
    return reading(process.ask("received " + bytes));
  }

  /** Waits until there are no more connections than that. */
  Reading connections(int most) throws IOException {
    return reading(process.ask("connections " + most));
  }

  /** How many connections there are. */
  int connections() throws IOException {
    return Integer.parseInt(process.ask("count"));
  }

  /** What opening a record of that size takes there, in nanoseconds. */
  long opening(int bytes) throws IOException {
    Long known = opening.get(bytes);
    if (known == null) {
      known = Long.parseLong(process.ask("open " + bytes));
      opening.put(bytes, known);
    }
    return known;
  }

  void watch() throws IOException {
    process.ask("watch");
  }

  Rounds rounds() throws IOException {
    String[] words = process.ask("rounds").split(" ");
    return new Rounds(Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
  }

  @Override
  public void close() throws IOException {
    try {
      process.end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
