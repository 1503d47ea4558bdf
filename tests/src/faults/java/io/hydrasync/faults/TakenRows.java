package io.hydrasync.faults;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** B7: what has been taken is sent once, and the call that took it returns. */
final class TakenRows {
  private static final int SMALL = 1_000;
  private static final int LARGE = 1 << 20;

  private TakenRows() {}

  static void addTo(Map<String, Row> rows) {
    rows.put("B7a", scene -> interrupted(scene, false, true));
    rows.put("B7b", scene -> interrupted(scene, false, false));
    rows.put("B7c", scene -> interrupted(scene, true, true));
    rows.put("B7d", TakenRows::failure);
  }

  /** A thread that sends until a call throws. */
  private static final class Writer {
    final List<Long> returned = new CopyOnWriteArrayList<>();
    final Attempt<Void> attempt;
    volatile long calling;
    volatile long threw = -1;

    Writer(HydraProducer producer, boolean virtual, boolean small) throws Exception {
      attempt = Attempt.start(virtual, () -> send(producer, small));
    }

    private Void send(HydraProducer producer, boolean small) {
      while (true) {
        byte[] message = Scene.message(calling, small ? SMALL : LARGE);
        try {
          if (small) {
            producer.write(message);
          } else {
            producer.broadcast(message);
          }
        } catch (HydraException e) {
          threw = calling;
          throw e;
        }
        returned.add(calling++);
      }
    }

    /** Waits until no call has returned for a while: it is stuck in the socket. */
    void awaitStuck() throws InterruptedException {
      long before;
      do {
        before = calling;
        Thread.sleep(400);
      } while (calling != before || calling == 0);
    }
  }

  private static Verdict interrupted(Scene scene, boolean virtual, boolean small) throws Exception {
    if (virtual && !Attempt.hasVirtualThreads()) {
      return new Verdict(Verdict.Outcome.SKIP, "needs a JDK 21");
    }
    Collector collector = scene.collector();
    HydraProducer producer = scene.producer().coalesce(false).connect();
    Scene.awaitConsumers(producer, 1);
    scene.gate().hold();
    Writer writer = new Writer(producer, virtual, small);
    writer.awaitStuck();
    relayDies(scene);
    Thread.sleep(300);
    writer.attempt.interrupt();
    boolean ends = writer.attempt.ends(10);
    scene.gate().release();
    scene.gate().door(RelayProxy.Door.OPEN);
    if (!ends) {
      return Verdict.fault("the writer is " + writer.attempt.seen());
    }
    Attempt<Boolean> flushed =
        Attempt.of(
            20,
            () -> {
              producer.flush();
              return producer.flush(Duration.ofSeconds(15));
            });
    Attempt<Void> closed =
        Attempt.of(
            10,
            () -> {
              producer.close();
              return null;
            });
    if (!collector.receiving().ends(10)) {
      return Verdict.fault("no end came; flush " + flushed.seen() + ", close " + closed.seen());
    }
    return judge(writer, collector.numbers());
  }

  private static void relayDies(Scene scene) throws IOException {
    scene.gate().door(RelayProxy.Door.REFUSING);
    scene.gate().cut(Link.Cut.FIN);
  }

  private static Verdict judge(Writer writer, List<Long> came) {
    Set<Long> once = new HashSet<>(came);
    int twice = came.size() - once.size();
    boolean thrownCame = once.contains(writer.threw);
    long missing = writer.returned.stream().filter(number -> !once.contains(number)).count();
    return Verdict.of(
        came.equals(writer.returned),
        writer.returned.size()
            + " calls returned, then "
            + writer.attempt.seen()
            + "; "
            + twice
            + " messages came twice, "
            + missing
            + " not"
            + (thrownCame ? ", and that of the call that threw came" : ""));
  }

  /** The connection is given up while a message is taken: its call returns, the next one throws. */
  private static Verdict failure(Scene scene) throws Exception {
    HydraProducer producer =
        scene.producer().coalesce(false).reconnectTimeout(Duration.ofSeconds(1)).connect();
    scene.gate().hold();
    Writer writer = new Writer(producer, false, false);
    writer.awaitStuck();
    long stuck = writer.calling;
    relayDies(scene);
    if (!writer.attempt.ends(15)) {
      return Verdict.fault("the writer is " + writer.attempt.seen());
    }
    Attempt<Void> closed =
        Attempt.of(
            5,
            () -> {
              producer.close();
              return null;
            });
    return Verdict.of(
        writer.returned.contains(stuck) && closed.thrown() instanceof HydraException,
        "the call whose message was taken "
            + (writer.threw == stuck ? "threw" : "returned")
            + "; close "
            + closed.seen());
  }
}
