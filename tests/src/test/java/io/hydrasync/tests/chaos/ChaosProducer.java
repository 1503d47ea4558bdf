package io.hydrasync.tests.chaos;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.ProducerState;
import io.hydrasync.protocol.HydraException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A session's producer, a process of its own. It sends numbered messages at the session's pace and
 * writes down which were taken. When its standard input says so it ends its stream.
 */
final class ChaosProducer {
  private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long RING = 8 << 20;
  private static final Duration LAST = Duration.ofSeconds(60);

  private static volatile boolean ending;

  private ChaosProducer() {}

  /**
   * The process.
   *
   * @param args the run's directory, the session, the how manieth process of it this is, and to
   *     which relay it goes first
   */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    ChaosSession session = ChaosSession.read(directory).get(Integer.parseInt(args[1]));
    int incarnation = Integer.parseInt(args[2]);
    Thread end = new Thread(ChaosProducer::awaitEnd, "input");
    end.setDaemon(true);
    end.start();
    try (ClientLog log = new ClientLog(directory, session.producerLog())) {
      Witness.start(log);
      try {
        produce(session, incarnation, Integer.parseInt(args[3]), log);
      } catch (HydraException e) {
        log.say(Finding.Kind.REFUSED + " " + e.code() + " " + e);
      }
    }
    System.exit(0); // the witness would go on
  }

  /** A byte means the end of the stream; the end of the input, that nobody is left. */
  private static void awaitEnd() {
    try {
      if (System.in.read() >= 0) {
        ending = true;
        return;
      }
    } catch (IOException e) {
      // the same
    }
    Runtime.getRuntime().halt(0);
  }

  private static void produce(ChaosSession session, int incarnation, int relay, ClientLog log)
      throws InterruptedException {
    Payload payload = new Payload(session.index(), incarnation, session.shape().size);
    long acknowledged = 0;
    try (HydraProducer out = connect(session, relay, log)) {
      log.append(Entry.of(Entry.Kind.JOINED, incarnation));
      for (long number = 0; !ending; number++) {
        out.broadcast(payload.of(number, System.nanoTime()));
        log.append(Entry.of(Entry.Kind.TOOK, incarnation, number, 0, 0));
        if (out.acknowledged() != acknowledged) {
          acknowledged = out.acknowledged();
          log.append(Entry.of(Entry.Kind.ACKNOWLEDGED, incarnation, acknowledged, 0, 0));
        }
        LockSupport.parkNanos(session.shape().pace.toNanos());
      }
      boolean arrived = out.flush(LAST);
      out.close();
      if (arrived) {
        log.append(Entry.of(Entry.Kind.CLOSED, incarnation));
      }
    }
  }

  /**
   * The first attempt is not repeated by the library, and the session of a plain producer that has
   * been killed is not free at once.
   */
  private static HydraProducer connect(ChaosSession session, int relay, ClientLog log) {
    while (true) {
      try {
        return HydraProducer.builder(session.relaysFrom(relay), session.secrets())
            .relayKey(session.relayKey())
            .heartbeat(ChaosSession.heartbeat())
            .reconnectTimeout(ChaosSession.patience())
            .overflow(session.shape().overflow)
            .ring(RING)
            .coalesce(false) // a message is a frame
            .onStateChange(state -> look(state, log))
            .connect();
      } catch (HydraException e) {
        if (!e.isRetryable()) {
          throw e;
        }
        LockSupport.parkNanos(AGAIN_NANOS);
      }
    }
  }

  /** There is no other producer that could have superseded this one. */
  private static void look(ProducerState state, ClientLog log) {
    if (state == ProducerState.SUPERSEDED) {
      log.say(Finding.Kind.REFUSED + " SUPERSEDED");
    }
  }
}
