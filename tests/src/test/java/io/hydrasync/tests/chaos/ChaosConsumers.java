package io.hydrasync.tests.chaos;

import io.hydrasync.client.Gap;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.StreamTruncatedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A host of consumers, a process of its own: one of each session, which goes to the host's own
 * relay first. They judge nothing and write everything down.
 */
final class ChaosConsumers {
  private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private ChaosConsumers() {}

  /**
   * The process; it ends with its standard input, or when all have got their ends.
   *
   * @param args the run's directory, and which host it is
   */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    int host = Integer.parseInt(args[1]);
    List<ChaosSession> sessions = ChaosSession.read(directory);
    boolean witnessed = false;
    Thread[] all = new Thread[sessions.size()];
    for (ChaosSession session : sessions) {
      ClientLog log = new ClientLog(directory, session.consumerLog(host));
      if (!witnessed) { // what it sees is of all of them
        Witness.start(log);
        witnessed = true;
      }
      all[session.index()] = new Thread(() -> consume(session, host, log), "consumer");
      all[session.index()].start();
    }
    Thread end = new Thread(ChaosConsumers::awaitEndOfInput, "input");
    end.setDaemon(true);
    end.start();
    for (Thread each : all) {
      each.join();
    }
    System.exit(0); // the witness would go on
  }

  /** Whoever started this process has gone. */
  private static void awaitEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // nothing is said
      }
    } catch (IOException e) {
      // the same
    }
    Runtime.getRuntime().halt(0);
  }

  private static void consume(ChaosSession session, int host, ClientLog log) {
    try (HydraConsumer in = connect(session, session.relaysFrom(host), log)) {
      while (true) {
        try {
          ByteBuffer message = in.receive();
          if (message == null) {
            log.append(Entry.of(Entry.Kind.END, 0));
            return;
          }
          Position position = in.position().orElseThrow();
          log.append(Payload.entry(message, position.stream(), position.next() - 1));
        } catch (StreamTruncatedException e) {
          log.append(Entry.of(Entry.Kind.TRUNCATED, 0));
        }
      }
    } catch (HydraException e) {
      log.say(Finding.Kind.REFUSED + " " + e.code() + " " + e);
    }
  }

  /** The first attempt is not repeated by the library. */
  private static HydraConsumer connect(
      ChaosSession session, List<RelayAddress> relays, ClientLog log) {
    while (true) {
      try {
        return HydraConsumer.builder(relays, session.secrets())
            .relayKey(session.relayKey())
            .heartbeat(ChaosSession.heartbeat())
            .reconnectTimeout(ChaosSession.patience())
            .onGap(gap -> log.append(entry(gap)))
            .connect();
      } catch (HydraException e) {
        if (!e.isRetryable()) {
          throw e;
        }
        LockSupport.parkNanos(AGAIN_NANOS);
      }
    }
  }

  private static Entry entry(Gap gap) {
    return Entry.of(Entry.Kind.GAP, gap.kind().ordinal(), gap.from(), gap.stream(), gap.to());
  }
}
