package io.hydrasync.tests.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Fixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Writers in a process whose heap is smaller than the producer's ring: any call, and any thread of
 * the producer's, may find that there is no memory. Judged from outside, as {@link TakenOnce}.
 */
final class TakenSmallHeap {
  private static final int WRITERS = 16;
  private static final TakenWriters.Sizes SIZES = new TakenWriters.Sizes(500, 60_000, 2_000_000);
  private static final long BYTES = 48L << 20;
  private static final Duration STORM = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private TakenSmallHeap() {}

  /**
   * One round.
   *
   * @return empty if the process had no memory to report with
   */
  static Optional<TakenOnce.Result> round(long seed) throws Exception {
    Random random = new Random(seed * 0x9E3779B97F4A7C15L);
    byte[] id = new byte[SessionId.LENGTH];
    byte[] key = new byte[SessionKey.LENGTH];
    random.nextBytes(id);
    random.nextBytes(key);
    SessionSecrets session = session(id, key);
    try (HydraServer relay =
            HydraServer.builder().capacity(128L << 20).retention(128L << 20).bind();
        RelayProxy gate =
            RelayProxy.builder(relay.address()).socketBuffer(TakenOnce.SOCKET_BUFFER).start();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      TakenJudge judge = new TakenJudge(consumer, WRITERS);
      TakenWriters.Ledger[] ledgers = new TakenWriters.Ledger[WRITERS];
      int outOfMemory;
      try (ChildJvm child =
          ChildJvm.start(
              List.of("-XX:TieredStopAtLevel=1", "-Xmx20m"),
              TakenSmallHeap.class,
              Integer.toString(gate.address().getPort()),
              Base64.getEncoder().encodeToString(id),
              Base64.getEncoder().encodeToString(key),
              Long.toString(random.nextLong()))) {
        child.awaitReady();
        gate.hold(Link.Direction.TO_RELAY); // what is written piles up in the ring
        LockSupport.parkNanos(STORM.toNanos() / 2);
        gate.release();
        outOfMemory = Integer.parseInt(child.ask("end"));
        for (int i = 0; i < WRITERS; i++) {
          ledgers[i] = TakenWriters.Ledger.parse(child.ask("next"));
        }
      } catch (IOException e) { // no memory for the thread of the test itself
        return Optional.empty();
      }
      List<String> problems = judge.verdict(ledgers, relay.address(), session);
      return Optional.of(
          new TakenOnce.Result(
              problems, judge.messages(), "out of memory " + outOfMemory + " times"));
    }
  }

  private static SessionSecrets session(byte[] id, byte[] key) {
    return new SessionSecrets(SessionId.of(id), SessionKey.of(key));
  }

  /**
   * The process with the writers.
   *
   * @param args the relay's port, the session's id and key, and a seed
   */
  public static void main(String[] args) throws Exception {
    Random random = new Random(Long.parseLong(args[3]));
    InetSocketAddress relay =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
    Base64.Decoder decoder = Base64.getDecoder();
    HydraProducer producer =
        HydraProducer.builder(relay, session(decoder.decode(args[1]), decoder.decode(args[2])))
            .connect();
    TakenWriters writers = new TakenWriters(producer, WRITERS, SIZES, BYTES, random);
    byte[][] reserve = {new byte[3 << 20]}; // for what comes after the storm
    System.out.println(ChildJvm.READY); // while there is memory for it
    writers.start();
    long end = System.nanoTime() + STORM.toNanos();
    while (writers.isBusy() && System.nanoTime() - end < 0) {
      writers.interruptOne(random);
      LockSupport.parkNanos(random.nextInt(5_000_000));
    }
    writers.stop();
    try {
      writers.join(PATIENCE); // first: they would take the reserve as well
    } catch (AssertionError e) {
      reserve[0] = new byte[0];
      answer(e + " in " + List.of(e.getStackTrace())); // which the other side does not expect
      return;
    }
    reserve[0] = new byte[0];
    if (arrived(producer)) {
      writers.allArrived();
    }
    TakenWriters.Ledger[] ledgers = writers.ledgers();
    answer(Integer.toString(writers.outOfMemory()));
    for (TakenWriters.Ledger ledger : ledgers) {
      answer(ledger.toString());
    }
  }

  private static boolean arrived(HydraProducer producer) {
    try {
      producer.close(PATIENCE);
      return true;
    } catch (HydraException | OutOfMemoryError e) {
      return false; // the process was out of memory where it could not go on
    }
  }

  /** Answers the next line of the standard input. */
  private static void answer(String line) throws Exception {
    for (int c = System.in.read(); c >= 0 && c != '\n'; c = System.in.read()) {
      // up to the end of the line
    }
    System.out.println(line);
  }
}
