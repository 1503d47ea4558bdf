package io.hydrasync.tests.crowd;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.tests.peer.RawClient;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.KernelMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;

/**
 * Thousands of consumers of one session that stall one after another, each at another place of the
 * stream: what that costs the relay, and what the consumers feel that do not stall. Started by
 * {@code tests/bin/crowd}.
 *
 * <p>The relay runs in a process of its own. The producer, the crowd ({@link CrowdReaders}) and the
 * witnesses ({@link CrowdWitness}) are in this one.
 */
final class Crowd {
  private static final long PATIENCE_SECONDS = 120;
  private static final long ASK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** What happens, in this order; each begins when every witness has all of the one before. */
  enum Phase {
    /** Nothing to be judged. */
    WARM_UP,
    /** The witnesses only. */
    ALONE,
    /** The crowd is there and reads. */
    ALL_READ,
    /** One after another of the crowd stalls. */
    STALLING,
    /** Nobody of the crowd reads, until each is further behind than the log reaches. */
    ALL_STALLED,
    /** The crowd's connections are closed. */
    GONE
  }

  private final CrowdPlan plan;
  private final CrowdReport report;
  private final KernelMemory kernel = new KernelMemory();
  private final CrowdRelay relay;
  private final CrowdReaders readers;
  private final HydraProducer producer;
  private final List<CrowdWitness> witnesses;
  private long sent;

  private Crowd(
      CrowdPlan plan,
      CrowdRelay relay,
      CrowdReaders readers,
      HydraProducer producer,
      List<CrowdWitness> witnesses)
      throws IOException {
    this.plan = plan;
    this.relay = relay;
    this.readers = readers;
    this.producer = producer;
    this.witnesses = witnesses;
    report = new CrowdReport(plan);
  }

  /** Does what is planned, and judges. Throws if it could not be done. */
  static CrowdReport run(CrowdPlan plan) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    List<CrowdWitness> witnesses = new ArrayList<>();
    try (CrowdRelay relay = CrowdRelay.start(plan);
        CrowdReaders readers = new CrowdReaders();
        HydraProducer producer =
            HydraProducer.builder(address(relay), session).overflow(plan.policy()).connect()) {
      for (int i = 0; i < plan.witnesses(); i++) {
        HydraConsumer consumer = Fixture.consume(address(relay), session);
        witnesses.add(new CrowdWitness(consumer, Phase.values().length));
      }
      return new Crowd(plan, relay, readers, producer, witnesses).run(session);
    } finally {
      witnesses.forEach(CrowdWitness::close);
    }
  }

  private static InetSocketAddress address(CrowdRelay relay) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), relay.port());
  }

  private CrowdReport run(SessionSecrets session) throws Exception {
    phase(Phase.WARM_UP, forAWhile());
    phase(Phase.ALONE, forAWhile());
    RawClient client = new RawClient(relay.port(), plan.receiveBuffer());
    for (int i = 0; i < plan.consumers(); i++) {
      readers.add(client.join(i, Role.CONSUMER, session.id().toBytes(), JoinMessage.START_LIVE));
    }
    phase(Phase.ALL_READ, forAWhile());
    readers.stallOneByOne(plan.step());
    phase(Phase.STALLING, () -> readers.stalledOrGone() == plan.consumers());
    long enough = sent + behindEverything() / plan.message();
    BooleanSupplier aWhile = forAWhile();
    phase(Phase.ALL_STALLED, () -> aWhile.getAsBoolean() && sent > enough);
    if (plan.isDisconnecting()) {
      awaitFewerThan(plan.consumers() + plan.witnesses() + 1);
    }
    readers.close();
    awaitFewerThan(plan.witnesses() + 2);
    phase(Phase.GONE, forAWhile());
    producer.close();
    List<Long> got = new ArrayList<>();
    for (CrowdWitness witness : witnesses) {
      got.add(witness.messages());
    }
    report.judge(sent, got);
    return report;
  }

  private BooleanSupplier forAWhile() {
    long end = System.nanoTime() + plan.measured().toNanos();
    return () -> System.nanoTime() - end > 0;
  }

  /** So many bytes are more than the log, a consumer's share and its sockets hold. */
  private long behindEverything() {
    return plan.capacity()
        + CrowdPlan.BYTES_PER_CONSUMER
        + 2L * (plan.sendBuffer() + plan.receiveBuffer());
  }

  // ---- a phase ----

  private void phase(Phase phase, BooleanSupplier isOver) throws Exception {
    long taken = readers.bytes();
    long first = sent;
    long began = System.nanoTime();
    produce(phase, isOver);
    double sending = secondsSince(began);
    for (CrowdWitness witness : witnesses) {
      witness.awaitEndOf(phase.ordinal(), PATIENCE_SECONDS);
    }
    readers.checkHealth();
    int number = phase.ordinal();
    report.add(
        phase,
        new CrowdReport.Row(
            relay.use(),
            kernel.tcpBytes(),
            sending,
            (sent - first) / sending,
            witnesses.stream().mapToDouble(witness -> witness.perSecond(number)).min().orElse(0),
            witnesses.stream()
                .flatMapToLong(witness -> LongStream.of(witness.latencies(number)))
                .toArray(),
            readers.bytes() - taken));
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / (double) TimeUnit.SECONDS.toNanos(1);
  }

  /** Sends at the planned rate, whatever becomes of it; the last message says that it is that. */
  private void produce(Phase phase, BooleanSupplier isOver) {
    long step = TimeUnit.SECONDS.toNanos(1) * plan.message() / plan.rate();
    long due = System.nanoTime();
    boolean last = false;
    while (!last) {
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      last = isOver.getAsBoolean();
      CrowdMessage message = new CrowdMessage(sent++, due, phase.ordinal(), last);
      producer.broadcast(message.toBytes(plan.message()));
      due += step;
    }
  }

  /** A connection that the relay ends is there for a while, so that its client hears why. */
  private void awaitFewerThan(int connections) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (relay.use().connections() >= connections) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("the relay still has " + connections + " connections or more");
      }
      LockSupport.parkNanos(ASK_AGAIN_NANOS);
    }
  }

  /**
   * The command.
   *
   * @param args as {@link CrowdPlan#of} reads them
   */
  public static void main(String[] args) throws Exception {
    CrowdPlan plan = CrowdPlan.of(args);
    System.out.println(plan);
    CrowdReport report = run(plan);
    System.out.print(report);
    System.exit(report.holds() ? 0 : 1);
  }
}
