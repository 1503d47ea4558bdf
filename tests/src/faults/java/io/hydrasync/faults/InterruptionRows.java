package io.hydrasync.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Wire;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;

/** C9: {@code receive} and {@code connect}, interrupted. */
final class InterruptionRows {
  /** What the table allows, in seconds. */
  private static final double BOUND = 1;

  static final String INTERRUPTED = "InterruptedOperationException";

  private InterruptionRows() {}

  /** A way to receive. */
  private interface Receiving {
    ByteBuffer by(HydraConsumer consumer);
  }

  static void addTo(Map<String, Row> rows) {
    rows.put("C9.1a", scene -> receive(scene, false, false, HydraConsumer::receive));
    rows.put("C9.1b", scene -> receive(scene, false, true, HydraConsumer::receive));
    rows.put("C9.1c", scene -> receive(scene, false, false, InterruptionRows::withTimeout));
    rows.put("C9.1d", scene -> receive(scene, true, false, HydraConsumer::receive));
    rows.put("C9.1e", scene -> receive(scene, true, true, InterruptionRows::withTimeout));
    rows.put("C9.1f", InterruptionRows::handsOutWhatIsHere);
    rows.put("C9.1g", InterruptionRows::whileReconnecting);
    rows.put("C9.1h", InterruptionRows::classic);
    rows.put("C9.5a", scene -> connect(scene, false, true, true));
    rows.put("C9.5b", scene -> connect(scene, false, true, false));
    rows.put("C9.5c", scene -> connect(scene, true, true, false));
    rows.put("C9.5d", scene -> connect(scene, false, false, true));
  }

  private static ByteBuffer withTimeout(HydraConsumer consumer) {
    return consumer.receive(Duration.ofSeconds(60));
  }

  static Verdict needsVirtual() {
    return new Verdict(Verdict.Outcome.SKIP, "needs a JDK 21");
  }

  /** Whether an interrupted call ended as the table says: in time, by that type, with its flag. */
  static boolean isInterrupted(Attempt<?> attempt) {
    return attempt.threw(INTERRUPTED) && attempt.flag() && inTime(attempt);
  }

  static boolean inTime(Attempt<?> attempt) {
    return attempt.seconds() <= BOUND + Machine.slack();
  }

  private static long number(Attempt<ByteBuffer> attempt) {
    return number(attempt.result());
  }

  private static long number(ByteBuffer message) {
    return message == null ? -1 : message.getLong(message.position());
  }

  /**
   * Interrupted while it waits, at a relay that answers or at one that is stopped; the next call
   * gets what comes. Where the relay answers and the thread is a platform one the connection stays.
   */
  private static Verdict receive(Scene scene, boolean virtual, boolean stopped, Receiving receiving)
      throws Exception {
    if (virtual && !Attempt.hasVirtualThreads()) {
      return needsVirtual();
    }
    HydraProducer producer = scene.producer(scene.relay().address()).connect();
    HydraConsumer consumer = scene.consumer().connect();
    Attempt<ByteBuffer> waiting = Attempt.start(virtual, () -> receiving.by(consumer));
    waiting.awaitStill();
    if (stopped) {
      scene.gate().hold();
    }
    waiting.interrupt();
    if (!waiting.ends(5)) {
      return Verdict.fault(waiting.seen());
    }
    scene.gate().release();
    int before = scene.gate().connections();
    producer.broadcast(Scene.message(1, 8));
    Attempt<ByteBuffer> next = Attempt.of(20, consumer::receive);
    boolean stays = virtual || stopped || (before == 1 && scene.gate().connections() == 1);
    return Verdict.of(
        isInterrupted(waiting) && next.returned() && number(next) == 1 && stays,
        waiting.seen() + "; the next call " + next.seen() + (stays ? "" : ", reconnected"));
  }

  /** The flag is set before: what is here is handed out all the same. */
  private static Verdict handsOutWhatIsHere(Scene scene) throws Exception {
    HydraConsumer consumer = scene.consumer().connect();
    HydraProducer producer =
        scene.producer(scene.relay().address()).linger(Duration.ofMinutes(1)).connect();
    for (int i = 0; i < 5; i++) {
      producer.write(Scene.message(i, 8));
    }
    producer.flush();
    Attempt<ByteBuffer> last =
        Attempt.start(
            () -> {
              consumer.receive();
              Thread.currentThread().interrupt();
              for (int i = 1; i < 5; i++) {
                if (number(consumer.receive()) != i) {
                  throw new IllegalStateException("not message " + i);
                }
              }
              return consumer.receive();
            });
    last.clock();
    last.ends(5);
    return Verdict.of(
        last.threw(INTERRUPTED) && last.flag(), "behind the five messages: " + last.seen());
  }

  /** In the pause between attempts, and in an attempt that nobody answers. */
  private static Verdict whileReconnecting(Scene scene) throws Exception {
    HydraConsumer consumer = scene.consumer().connect();
    Attempt<ByteBuffer> waiting = Attempt.start(consumer::receive);
    waiting.awaitStill();
    scene.gate().door(RelayProxy.Door.SILENT);
    scene.gate().cut(Link.Cut.FIN);
    Scene.await(
        () -> {
          try {
            return scene.gate().connections() > 1;
          } catch (IOException e) {
            return false;
          }
        },
        5,
        "another attempt");
    Thread.sleep(300);
    waiting.interrupt();
    waiting.ends(5);
    return Verdict.of(isInterrupted(waiting), waiting.seen());
  }

  private static Verdict classic(Scene scene) throws Exception {
    HydraProducer producer = scene.producer(scene.relay().address()).wire(Wire.CLASSIC).connect();
    HydraConsumer consumer =
        HydraConsumer.builder(scene.gate().address(), scene.session()).wire(Wire.CLASSIC).connect();
    Attempt<ByteBuffer> waiting = Attempt.start(consumer::receive);
    waiting.awaitStill();
    waiting.interrupt();
    waiting.ends(5);
    producer.abort();
    return Verdict.of(isInterrupted(waiting), waiting.seen());
  }

  // ---- connect ----

  /** A relay that accepts and never answers, or one that does not even accept. */
  private static Verdict connect(Scene scene, boolean virtual, boolean accepts, boolean consumer)
      throws Exception {
    if (virtual && !Attempt.hasVirtualThreads()) {
      return needsVirtual();
    }
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress where = (InetSocketAddress) listener.getLocalSocketAddress();
      if (!accepts) {
        fill(where);
      }
      Callable<Object> call =
          () -> consumer ? scene.consumer(where).connect() : scene.producer(where).connect();
      Attempt<Object> attempt = Attempt.start(virtual, call);
      Socket peer = accepts ? listener.accept() : null;
      attempt.awaitStill();
      attempt.interrupt();
      if (!attempt.ends(5)) {
        return Verdict.fault(attempt.seen());
      }
      String open = peer == null || isClosed(peer) ? "" : "; its connection stays open";
      return Verdict.of(isInterrupted(attempt) && open.isEmpty(), attempt.seen() + open);
    }
  }

  /** Fills the listener's backlog, so that further connections get no answer at all. */
  private static void fill(InetSocketAddress where) throws IOException {
    try {
      for (int i = 0; i < 8; i++) {
        new Socket().connect(where, 200);
      }
    } catch (IOException e) {
      // it is full
    }
  }

  private static boolean isClosed(Socket peer) throws IOException {
    peer.setSoTimeout(3_000);
    try {
      while (peer.getInputStream().read() >= 0) {
        // what it has said before
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset
    }
  }
}
