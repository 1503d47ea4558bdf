package io.hydrasync.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.server.HydraServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** C8: what is wrong is refused where it is given, by an exception that says so. */
final class ArgumentRows {
  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

  private ArgumentRows() {}

  /** Gives something to a builder. */
  private interface Giving {
    void give() throws Exception;
  }

  static void addTo(Map<String, Row> rows) {
    rows.put("C8.5a", scene -> refused(() -> scene.producer().reconnectTimeout(null)));
    rows.put("C8.5b", scene -> refused(() -> scene.consumer().reconnectTimeout(null)));
    rows.put("C8.5c", scene -> refused(() -> scene.consumer().onGap(null)));
    rows.put(
        "C8.5d", scene -> refused(() -> scene.producer().reconnectTimeout(Duration.ofSeconds(-1))));
    rows.put("C8.6a", scene -> refused(() -> HydraServer.builder().linger(Duration.ofSeconds(-5))));
    rows.put(
        "C8.6b", scene -> refused(() -> HydraServer.builder().handshakeTimeout(Duration.ZERO)));
    rows.put(
        "C8.6c", scene -> refused(() -> HydraServer.builder().idleTimeout(Duration.ofMillis(-1))));
    rows.put("C8.6d", scene -> refused(() -> HydraServer.builder().address(null)));
    rows.put(
        "C8.7a",
        scene -> refused(() -> HydraConsumer.builder((InetSocketAddress) null, scene.session())));
    rows.put(
        "C8.7b",
        scene -> refused(() -> HydraProducer.builder((InetSocketAddress) null, scene.session())));
    rows.put("C8.7c", scene -> forEver(() -> scene.producer().connectTimeout(FOREVER).connect()));
    rows.put("C8.7d", scene -> forEver(() -> HydraServer.builder().linger(FOREVER).bind().close()));
  }

  private static Verdict refused(Giving giving) throws Exception {
    try {
      giving.give();
    } catch (NullPointerException e) {
      boolean named = e.getMessage() != null && !e.getMessage().startsWith("Cannot invoke");
      return Verdict.of(named, "NullPointerException: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      return Verdict.of(e.getMessage() != null, "IllegalArgumentException: " + e.getMessage());
    }
    return Verdict.fault("taken without a word");
  }

  /** Longer than can be counted: it works, or is refused in so many words. */
  private static Verdict forEver(Giving giving) throws Exception {
    try {
      giving.give();
    } catch (IllegalArgumentException e) {
      return Verdict.of(true, "IllegalArgumentException: " + e.getMessage());
    } catch (ArithmeticException e) {
      return Verdict.fault("ArithmeticException: " + e.getMessage());
    }
    return Verdict.of(true, "taken, and it works");
  }
}
