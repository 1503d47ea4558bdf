package io.hydrasync.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.client.ProducerState;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.testing.Link;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Consumer;

/** C8: what no background thread is prepared for. */
final class HangRows {
  private static final Duration CENTURIES = Duration.ofDays(200_000);
  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();
  private static final int THREADS = 16;
  private static final int ROUNDS = 20;

  private HangRows() {}

  static void addTo(Map<String, Row> rows) {
    rows.put(
        "C8.1a",
        scene ->
            listener(
                scene,
                state -> {
                  throw new AssertionError("a listener's");
                }));
    rows.put("C8.1b", scene -> listener(scene, state -> sneak(new Exception("a listener's"))));
    rows.put("C8.2a", scene -> producer(scene, FOREVER));
    rows.put("C8.2b", scene -> producer(scene, CENTURIES));
    rows.put("C8.3a", scene -> consumer(scene, FOREVER));
    rows.put("C8.3b", scene -> consumer(scene, CENTURIES));
    rows.put("C8.4a", HangRows::pinsAtOnce);
    rows.put("C8.4b", HangRows::forgetsAtOnce);
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void sneak(Throwable problem) throws E {
    throw (E) problem;
  }

  /** Whatever a listener throws, callers see an end. */
  private static Verdict listener(Scene scene, Consumer<ProducerState> listener) throws Exception {
    HydraProducer producer = scene.producer().onStateChange(listener).connect();
    scene.gate().cut(Link.Cut.FIN);
    Thread.sleep(300);
    return afterCut(producer);
  }

  private static Verdict afterCut(HydraProducer producer) throws Exception {
    Attempt<Void> later =
        Attempt.of(
            10,
            () -> {
              producer.broadcast(Scene.message(1, 8));
              if (!producer.flush(Duration.ofSeconds(9))) {
                throw new IllegalStateException("not in the relay's log");
              }
              return null;
            });
    return Verdict.of(
        later.returned() || later.thrown() instanceof HydraException,
        "a later broadcast " + later.seen());
  }

  /** A time beyond what adds up in nanoseconds: refused where it is given, or for ever. */
  private static Verdict producer(Scene scene, Duration timeout) throws Exception {
    HydraProducer.Builder builder = scene.producer();
    try {
      builder.reconnectTimeout(timeout);
    } catch (IllegalArgumentException e) {
      return Verdict.of(true, "refused where it is given");
    }
    HydraProducer producer = builder.connect();
    scene.gate().cut(Link.Cut.FIN);
    return afterCut(producer);
  }

  private static Verdict consumer(Scene scene, Duration timeout) throws Exception {
    HydraConsumer.Builder builder = scene.consumer();
    try {
      builder.reconnectTimeout(timeout);
    } catch (IllegalArgumentException e) {
      return Verdict.of(true, "refused where it is given");
    }
    HydraProducer producer = scene.producer(scene.relay().address()).connect();
    HydraConsumer consumer = builder.connect();
    Attempt<ByteBuffer> receiving = Attempt.start(consumer::receive);
    receiving.awaitStill();
    scene.gate().cut(Link.Cut.FIN);
    Thread.sleep(300);
    producer.broadcast(Scene.message(1, 8));
    receiving.ends(10);
    return Verdict.of(
        receiving.returned() || receiving.thrown() instanceof HydraException,
        "receive " + receiving.seen());
  }

  // ---- one file, many threads ----

  /** What sixteen threads do at once, twenty times; the first exception that is no typed one. */
  private static Verdict atOnce(Scene scene, Use use) throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      Path file = scene.file("known-" + round);
      CyclicBarrier barrier = new CyclicBarrier(THREADS);
      List<Attempt<Void>> attempts = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int number = i;
        attempts.add(
            Attempt.start(
                () -> {
                  barrier.await();
                  use.of(file, number);
                  return null;
                }));
      }
      for (Attempt<Void> attempt : attempts) {
        attempt.ends(20);
        if (!attempt.returned()) {
          return Verdict.fault("in round " + round + " a thread " + attempt.seen());
        }
      }
    }
    return Verdict.of(true, ROUNDS + " times " + THREADS + " threads at once");
  }

  private interface Use {
    void of(Path file, int number) throws Exception;
  }

  private static Verdict pinsAtOnce(Scene scene) throws Exception {
    var where = scene.relay().address();
    return atOnce(
        scene, (file, number) -> scene.consumer(where).knownRelays(file).connect().close());
  }

  private static Verdict forgetsAtOnce(Scene scene) throws Exception {
    RelayKey key = scene.relay().relayKey();
    return atOnce(
        scene,
        (file, number) -> {
          KnownRelays known = new KnownRelays(file);
          known.pin("relay" + number + ":1", key);
          if (!known.forget("relay" + number + ":1")) {
            throw new IllegalStateException("what was pinned is not there");
          }
        });
  }
}
