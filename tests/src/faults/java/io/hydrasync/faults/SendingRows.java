package io.hydrasync.faults;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** C9: {@code broadcast}, {@code write} and {@code flush}, interrupted. */
final class SendingRows {
  private static final int LARGE = 12 << 20;
  private static final int MEDIUM = 1 << 20;

  private SendingRows() {}

  /** A way to send. */
  private interface Sending {
    void by(HydraProducer producer, byte[] message);
  }

  static void addTo(Map<String, Row> rows) {
    rows.put("C9.2a", scene -> notTaken(scene, false, HydraProducer::broadcast));
    rows.put("C9.2b", scene -> notTaken(scene, false, HydraProducer::write));
    rows.put("C9.2c", scene -> notTaken(scene, true, HydraProducer::broadcast));
    rows.put("C9.2d", SendingRows::behindAnother);
    rows.put("C9.3a", scene -> taken(scene, false, HydraProducer::broadcast));
    rows.put("C9.3b", scene -> taken(scene, false, HydraProducer::write));
    rows.put("C9.3c", scene -> taken(scene, true, HydraProducer::broadcast));
    rows.put("C9.4a", scene -> flush(scene, false));
    rows.put("C9.4b", scene -> flush(scene, true));
  }

  private static Attempt<Void> sending(boolean virtual, HydraProducer producer, Sending way, int n)
      throws Exception {
    return Attempt.start(
        virtual,
        () -> {
          way.by(producer, Scene.message(n, n == 0 ? 8 : MEDIUM));
          return null;
        });
  }

  /** Not connected: it waits, and is interrupted. Then it is not sent, and later ones are. */
  private static Verdict notTaken(Scene scene, boolean virtual, Sending way) throws Exception {
    if (virtual && !Attempt.hasVirtualThreads()) {
      return InterruptionRows.needsVirtual();
    }
    Collector collector = scene.collector();
    HydraProducer producer = scene.producer().coalesce(false).connect();
    Scene.awaitConsumers(producer, 1);
    producer.broadcast(Scene.message(0, 8));
    producer.flush(Duration.ofSeconds(5));
    scene.gate().door(RelayProxy.Door.REFUSING);
    scene.gate().cut(Link.Cut.FIN);
    Thread.sleep(300);
    Attempt<Void> waiting = sending(virtual, producer, way, 1);
    waiting.awaitStill();
    if (waiting.hasEnded()) {
      return Verdict.fault("it does not wait: " + waiting.seen());
    }
    waiting.interrupt();
    waiting.ends(5);
    scene.gate().door(RelayProxy.Door.OPEN);
    Attempt<Void> later = sendsTheLast(producer, 30);
    collector.receiving().ends(10);
    return Verdict.of(
        InterruptionRows.isInterrupted(waiting)
            && later.returned()
            && collector.numbers().equals(List.of(0L, 2L)),
        waiting.seen() + "; what came: " + collector.numbers());
  }

  private static Attempt<Void> sendsTheLast(HydraProducer producer, int seconds) throws Exception {
    return Attempt.of(
        seconds,
        () -> {
          producer.broadcast(Scene.message(2, 8));
          producer.close();
          return null;
        });
  }

  /** Stuck in the socket with a message that is in the ring; it comes once. */
  private static Verdict taken(Scene scene, boolean virtual, Sending way) throws Exception {
    if (virtual && !Attempt.hasVirtualThreads()) {
      return InterruptionRows.needsVirtual();
    }
    Collector collector = scene.collector();
    HydraProducer producer = scene.producer().coalesce(false).connect();
    Scene.awaitConsumers(producer, 1);
    scene.gate().hold();
    Attempt<Void> stuck =
        Attempt.start(
            virtual,
            () -> {
              way.by(producer, Scene.message(1, LARGE));
              return null;
            });
    stuck.awaitStill();
    if (stuck.hasEnded()) {
      return Verdict.fault("it is not stuck: " + stuck.seen());
    }
    stuck.interrupt();
    boolean ends = stuck.ends(4);
    String seen = stuck.seen();
    boolean right = ends && stuck.returned() && stuck.flag() && InterruptionRows.inTime(stuck);
    scene.gate().release();
    Attempt<Void> later = sendsTheLast(producer, 20);
    collector.receiving().ends(10);
    return Verdict.of(
        right && later.returned() && collector.numbers().equals(List.of(1L, 2L)),
        seen + "; what came: " + collector.numbers());
  }

  /** Waits for another thread, which is stuck in the socket. */
  private static Verdict behindAnother(Scene scene) throws Exception {
    HydraProducer producer = scene.producer().coalesce(false).connect();
    scene.gate().hold();
    Attempt<Void> stuck =
        Attempt.start(
            () -> {
              producer.broadcast(Scene.message(1, LARGE));
              return null;
            });
    stuck.awaitStill();
    Attempt<Void> behind = sending(false, producer, HydraProducer::broadcast, 2);
    behind.awaitStill();
    behind.interrupt();
    behind.ends(4);
    return Verdict.of(InterruptionRows.isInterrupted(behind), behind.seen());
  }

  /** Stuck in the socket, or behind another thread that is: it throws, and nothing is lost. */
  private static Verdict flush(Scene scene, boolean behind) throws Exception {
    Collector collector = scene.collector();
    HydraProducer producer = scene.producer().linger(Duration.ofMinutes(5)).connect();
    Scene.awaitConsumers(producer, 1);
    scene.gate().hold();
    AtomicLong written = new AtomicLong();
    if (behind) {
      Attempt<Void> stuck =
          Attempt.start(
              () -> {
                producer.broadcast(Scene.message(written.getAndIncrement(), LARGE));
                return null;
              });
      stuck.awaitStill();
    }
    Attempt<Void> flushing =
        Attempt.start(
            () -> {
              while (true) {
                if (!behind) {
                  producer.write(Scene.message(written.getAndIncrement(), 40_000));
                }
                producer.flush();
              }
            });
    flushing.awaitStill();
    flushing.interrupt();
    boolean ends = flushing.ends(4);
    scene.gate().release();
    if (!ends) {
      return Verdict.fault(flushing.seen());
    }
    Attempt<Void> closed =
        Attempt.of(
            20,
            () -> {
              producer.close();
              return null;
            });
    collector.receiving().ends(10);
    boolean all = collector.numbers().size() == written.get();
    return Verdict.of(
        InterruptionRows.isInterrupted(flushing) && closed.returned() && all,
        flushing.seen()
            + "; "
            + collector.numbers().size()
            + " of "
            + written.get()
            + " messages came");
  }
}
