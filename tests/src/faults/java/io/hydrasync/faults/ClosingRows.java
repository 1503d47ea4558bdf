package io.hydrasync.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** C9: close, leave, abort, a second thread, and what comes after. */
final class ClosingRows {
  private static final int LARGE = 12 << 20;

  private ClosingRows() {}

  /** A way to end. */
  private interface Ending {
    void of(HydraProducer producer) throws Exception;
  }

  static void addTo(Map<String, Row> rows) {
    rows.put("C9.6a", scene -> flagBefore(scene, HydraProducer::close));
    rows.put("C9.6b", scene -> flagBefore(scene, HydraProducer::leave));
    rows.put("C9.6c", scene -> interruptedIn(scene, HydraProducer::close));
    rows.put("C9.6d", scene -> interruptedIn(scene, HydraProducer::leave));
    rows.put("C9.7a", scene -> bounded(scene, false, 1, ClosingRows::closeInOneSecond));
    rows.put("C9.7b", scene -> bounded(scene, true, 1, ClosingRows::closeInOneSecond));
    rows.put("C9.7c", scene -> bounded(scene, true, 2, HydraProducer::abort));
    rows.put("C9.7d", scene -> whileReconnecting(scene, 2, HydraProducer::abort));
    rows.put("C9.7e", scene -> whileReconnecting(scene, 1, ClosingRows::closeInOneSecond));
    rows.put("C9.7f", ClosingRows::consumerWhileReconnecting);
    rows.put("C9.8a", scene -> secondThread(scene, HydraConsumer::receive));
    rows.put(
        "C9.8b", scene -> secondThread(scene, consumer -> consumer.receive(Duration.ofSeconds(3))));
    rows.put("C9.9a", ClosingRows::producerAfterClose);
    rows.put("C9.9b", ClosingRows::consumerAfterClose);
    rows.put("C9.9c", ClosingRows::receiveDuringClose);
    rows.put("C9.9d", ClosingRows::producerAfterAbort);
  }

  private static Attempt<Void> ending(HydraProducer producer, Ending way) throws Exception {
    return Attempt.start(
        () -> {
          way.of(producer);
          return null;
        });
  }

  private static void closeInOneSecond(HydraProducer producer) throws Exception {
    Method close = HydraProducer.class.getMethod("close", Duration.class);
    close.invoke(producer, Duration.ofSeconds(1));
  }

  // ---- not shortened by an interrupt ----

  private static Verdict flagBefore(Scene scene, Ending way) throws Exception {
    Collector collector = scene.collector();
    HydraProducer producer = scene.producer().linger(Duration.ofMinutes(1)).connect();
    Scene.awaitConsumers(producer, 1);
    scene.gate().hold(); // so that there is something to wait for
    Attempt<Void> ending =
        Attempt.start(
            () -> {
              for (int i = 0; i < 5; i++) {
                producer.write(Scene.message(i, 8));
              }
              Thread.currentThread().interrupt();
              way.of(producer);
              return null;
            });
    Thread.sleep(700);
    return judge(scene, collector, ending);
  }

  private static Verdict interruptedIn(Scene scene, Ending way) throws Exception {
    Collector collector = scene.collector();
    HydraProducer producer = scene.producer().linger(Duration.ofMinutes(1)).connect();
    Scene.awaitConsumers(producer, 1);
    scene.gate().hold();
    for (int i = 0; i < 5; i++) {
      producer.write(Scene.message(i, 8));
    }
    Attempt<Void> ending = ending(producer, way);
    ending.awaitStill();
    ending.interrupt();
    Thread.sleep(700);
    return judge(scene, collector, ending);
  }

  private static Verdict judge(Scene scene, Collector collector, Attempt<Void> ending)
      throws Exception {
    boolean shortened = ending.hasEnded();
    scene.gate().release();
    ending.ends(8);
    boolean whole = true;
    try {
      collector.awaitNumber(4, 5);
    } catch (IllegalStateException e) {
      whole = false;
    }
    return Verdict.of(
        !shortened && ending.returned() && ending.flag() && whole,
        (shortened ? "cut short: " : "") + ending.seen() + ", " + (whole ? "all came" : "not all"));
  }

  // ---- bounds ----

  private static boolean inTime(Attempt<Void> ending, double bound) throws InterruptedException {
    ending.ends(bound + 6);
    boolean typed = ending.returned() || isHydra(ending.thrown());
    return ending.hasEnded() && typed && ending.seconds() <= bound + 1 + Machine.slack();
  }

  private static boolean isHydra(Throwable problem) {
    return problem instanceof HydraException;
  }

  /** The relay does not read any more; another thread is stuck in the socket, or there is much. */
  private static Verdict bounded(Scene scene, boolean another, double bound, Ending way)
      throws Exception {
    HydraProducer producer = scene.producer().coalesce(false).connect();
    scene.gate().hold();
    Attempt<Void> stuck =
        Attempt.start(
            () -> {
              producer.broadcast(Scene.message(1, another ? LARGE : 100_000));
              return null;
            });
    stuck.awaitStill();
    Attempt<Void> ending = ending(producer, way);
    boolean right = inTime(ending, bound);
    boolean freed = stuck.ends(2);
    return Verdict.of(
        right && freed, ending.seen() + (freed ? "" : "; the other thread is still blocked"));
  }

  private static Verdict whileReconnecting(Scene scene, double bound, Ending way) throws Exception {
    HydraProducer producer = scene.producer().coalesce(false).connect();
    producer.broadcast(Scene.message(1, 8));
    silence(scene);
    Attempt<Void> waiting =
        Attempt.start(
            () -> {
              producer.broadcast(Scene.message(2, 8));
              return null;
            });
    waiting.awaitStill();
    Attempt<Void> ending = ending(producer, way);
    boolean right = inTime(ending, bound);
    boolean freed = waiting.ends(2);
    return Verdict.of(
        right && freed, ending.seen() + (freed ? "" : "; the other thread is still blocked"));
  }

  /** The connection is lost, and the next one is never answered. */
  private static void silence(Scene scene) throws IOException, InterruptedException {
    int before = scene.gate().connections();
    scene.gate().door(RelayProxy.Door.SILENT);
    scene.gate().cut(Link.Cut.FIN);
    RelayProxy gate = scene.gate();
    Scene.await(() -> gate.connections() > before, 5, "another attempt");
    Thread.sleep(200);
  }

  private static Verdict consumerWhileReconnecting(Scene scene) throws Exception {
    HydraConsumer consumer = scene.consumer().connect();
    Attempt<ByteBuffer> receiving = Attempt.start(consumer::receive);
    receiving.awaitStill();
    silence(scene);
    receiving.clock();
    Attempt<Void> closing =
        Attempt.of(
            8,
            () -> {
              consumer.close();
              return null;
            });
    receiving.ends(8);
    return Verdict.of(
        closing.returned()
            && closing.seconds() <= 1 + Machine.slack()
            && receiving.threw("ClosedException")
            && receiving.seconds() <= 1 + Machine.slack(),
        "close " + closing.seen() + ", receive " + receiving.seen());
  }

  // ---- a second thread ----

  private interface Receiving {
    ByteBuffer by(HydraConsumer consumer);
  }

  private static Verdict secondThread(Scene scene, Receiving way) throws Exception {
    HydraConsumer consumer = scene.consumer().connect();
    HydraProducer producer = scene.producer(scene.relay().address()).connect();
    Attempt<ByteBuffer> first = Attempt.start(consumer::receive);
    first.awaitStill();
    Attempt<ByteBuffer> second = Attempt.of(5, () -> way.by(consumer));
    producer.broadcast(Scene.message(1, 8));
    first.ends(5);
    return Verdict.of(
        second.threw("IllegalStateException") && first.returned(),
        "the second thread " + second.seen() + ", the first " + first.seen());
  }

  // ---- after the end ----

  private static Callable<Void> run(Runnable task) {
    return () -> {
      task.run();
      return null;
    };
  }

  /** What each call does; empty if all throw ClosedException at once. */
  private static List<String> notClosed(Map<String, Callable<?>> calls) throws Exception {
    List<String> wrong = new ArrayList<>();
    for (var call : calls.entrySet()) {
      Attempt<?> attempt = Attempt.of(2, call.getValue());
      if (!attempt.threw("ClosedException")) {
        wrong.add(call.getKey() + " " + attempt.seen());
      }
    }
    return wrong;
  }

  private static Verdict verdict(List<String> wrong) {
    return Verdict.of(
        wrong.isEmpty(), wrong.isEmpty() ? "all throw ClosedException" : String.join("; ", wrong));
  }

  private static Map<String, Callable<?>> sending(HydraProducer producer) {
    return Map.of(
        "broadcast",
        run(() -> producer.broadcast(new byte[8])),
        "write",
        run(() -> producer.write(new byte[8])),
        "tryBroadcast",
        () -> producer.tryBroadcast(ByteBuffer.allocate(8)),
        "flush",
        run(producer::flush),
        "flush(Duration)",
        () -> producer.flush(Duration.ofSeconds(1)),
        "awaitConsumers",
        () -> producer.awaitConsumers(9, Duration.ofSeconds(1)));
  }

  private static Verdict producerAfterClose(Scene scene) throws Exception {
    HydraProducer producer = scene.producer().coalesce(false).connect();
    producer.broadcast(Scene.message(1, 8));
    producer.close();
    List<String> wrong = notClosed(sending(producer));
    if (producer.acknowledged() < 1) {
      wrong.add("acknowledged() = " + producer.acknowledged());
    }
    return verdict(wrong);
  }

  private static Verdict producerAfterAbort(Scene scene) throws Exception {
    HydraProducer producer = scene.producer().coalesce(false).connect();
    producer.abort();
    return verdict(notClosed(sending(producer)));
  }

  private static Verdict consumerAfterClose(Scene scene) throws Exception {
    HydraProducer producer = scene.producer(scene.relay().address()).connect();
    HydraConsumer consumer = scene.consumer().connect();
    producer.broadcast(Scene.message(1, 8));
    consumer.receive();
    consumer.close();
    List<String> wrong =
        notClosed(
            Map.of(
                "receive",
                consumer::receive,
                "receive(Duration)",
                () -> consumer.receive(Duration.ofSeconds(1))));
    if (consumer.position().isEmpty() || consumer.isEnded()) {
      wrong.add("position() = " + consumer.position());
    }
    return verdict(wrong);
  }

  private static Verdict receiveDuringClose(Scene scene) throws Exception {
    HydraConsumer consumer = scene.consumer().connect();
    Attempt<ByteBuffer> receiving = Attempt.start(consumer::receive);
    receiving.awaitStill();
    receiving.clock();
    consumer.close();
    receiving.ends(5);
    return Verdict.of(receiving.threw("ClosedException"), "receive " + receiving.seen());
  }
}
