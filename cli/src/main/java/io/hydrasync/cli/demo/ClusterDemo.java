package io.hydrasync.cli.demo;

import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.console.Wrapped;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * One run of the demo of a cluster: a producer, two consumers at each of three relays, and in the
 * middle the owner's relay is killed. Prints a line when something happens. For one thread.
 */
final class ClusterDemo {
  private static final int AT_EACH = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final double NANOS = 1e9;
  private static final int COLUMNS = 80;
  private static final String INDENT = "           ";

  private final LocalCluster cluster;
  private final double seconds;
  private final PrintWriter out;
  private final SessionSecrets session = SessionSecrets.generate();
  private final Tally producer = new Tally("producer", Stage.SENDING);
  private final List<Tally> consumers = new ArrayList<>();
  private final AtomicLong expected = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong arrived = new AtomicLong();
  private final long began = System.nanoTime();
  private volatile boolean over;

  ClusterDemo(LocalCluster cluster, double seconds, PrintWriter out) {
    this.cluster = cluster;
    this.seconds = seconds;
    this.out = out;
  }

  static List<String> introduction() {
    List<String> lines = new ArrayList<>();
    lines.add("hydra demo: one producer, three relays of a cluster, six consumers");
    lines.addAll(
        Wrapped.words(
            "Three relays share an address book, etcd; each is a process. Two consumers are at each"
                + " of them, the producer at one, the session's owner: the others mirror it. Then the"
                + " owner is killed. No relay has a session key. All of it runs here, over TCP.",
            COLUMNS));
    return lines;
  }

  /** True if each consumer has got what was sent. */
  boolean run() throws IOException, InterruptedException {
    say(
        "three relays are ready: "
            + cluster.relays().stream()
                .map(relay -> relay.name() + " at " + relay.address())
                .collect(Collectors.joining(", ")));
    RelayNode first = cluster.relays().get(0);
    List<Thread> threads = new ArrayList<>();
    threads.add(DemoThread.start(producer, () -> produce(first)));
    for (RelayNode relay : cluster.relays()) {
      for (int i = 1; i <= AT_EACH; i++) {
        Tally tally = new Tally("consumer " + i + " at " + relay.name(), Stage.THERE);
        consumers.add(tally);
        threads.add(DemoThread.start(tally, () -> consume(tally, relay)));
      }
    }
    await(() -> consumers.stream().allMatch(each -> each.messages() > 0));
    double flowing = elapsed();
    say(progress());
    await(() -> elapsed() > flowing + seconds / 2);
    Optional<RelayNode> owner = cluster.owner();
    if (owner.isPresent()) {
      takeOver(owner.get());
    }
    await(() -> elapsed() > flowing + seconds);
    over = true;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (Thread thread : threads) {
      thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
    }
    return summary(owner.isPresent());
  }

  private void takeOver(RelayNode owner) throws IOException, InterruptedException {
    long killed = System.nanoTime();
    owner.kill();
    expected.set(producer.messages());
    say(
        progress()
            + "; relay "
            + owner.name()
            + ", the owner, is killed (SIGKILL, process "
            + owner.process().pid()
            + ")");
    await(() -> arrived.get() != 0);
    if (arrived.get() == 0) {
      say("no message has come since then");
      return;
    }
    double millis = (arrived.get() - killed) / 1e6;
    Optional<RelayNode> next = awaitOwner();
    say(
        String.format(
            Locale.ROOT,
            "relay %s has taken over; the next message came at a consumer elsewhere %.0f ms after"
                + " the kill",
            next.map(RelayNode::name).orElse("(nobody)"),
            millis));
  }

  private Optional<RelayNode> awaitOwner() throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Optional<RelayNode> next = cluster.owner();
    while (next.isEmpty() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(POLL_NANOS);
      next = cluster.owner();
    }
    return next;
  }

  // ---- clients ----

  private void produce(RelayNode first) throws InterruptedException {
    try (HydraProducer to =
        HydraProducer.builder(cluster.addresses(first), session)
            .relayKey(first.key())
            .heartbeat(HEARTBEAT)
            .connect()) {
      to.awaitConsumers(AT_EACH * cluster.relays().size(), PATIENCE);
      DemoMessages messages = new DemoMessages();
      while (!over) {
        ByteBuffer message = messages.make(producer.messages());
        producer.digest().update(message.duplicate());
        int length = message.remaining();
        to.broadcast(message);
        producer.count(length);
        LockSupport.parkNanos(PACE_NANOS);
      }
    }
    producer.finish();
    producer.stage(Stage.ENDED);
  }

  private void consume(Tally tally, RelayNode relay) {
    try (HydraConsumer in =
        HydraConsumer.builder(cluster.addresses(relay), session)
            .relayKey(relay.key())
            .heartbeat(HEARTBEAT)
            .start(HydraConsumer.Start.BEGINNING)
            .connect()) {
      for (ByteBuffer message = in.receive(); message != null; message = in.receive()) {
        long number = DemoMessages.number(message);
        if (number != tally.messages()) {
          throw new IllegalStateException(
              "message " + number + " came where message " + tally.messages() + " was due");
        }
        if (number > expected.get() && relay.process().isAlive()) {
          arrived.compareAndSet(0, System.nanoTime());
        }
        int length = message.remaining();
        tally.digest().update(message);
        tally.count(length);
      }
      tally.finish();
      tally.stage(Stage.WHOLE);
    }
  }

  // ---- what is shown ----

  private interface Condition {
    boolean holds();
  }

  /** For as long as nobody has failed. */
  private void await(Condition condition) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.plusSeconds((long) seconds).toNanos();
    while (!condition.holds() && !hasFailed() && System.nanoTime() - deadline < 0) {
      TimeUnit.NANOSECONDS.sleep(POLL_NANOS);
    }
  }

  private boolean hasFailed() {
    return producer.failure().isPresent()
        || consumers.stream().anyMatch(each -> each.failure().isPresent());
  }

  private double elapsed() {
    return (System.nanoTime() - began) / NANOS;
  }

  private String progress() {
    // the consumers first, so that hardly anybody seems to have more than was sent
    String received =
        consumers.stream()
            .map(each -> String.format(Locale.ROOT, "%,d", each.messages()))
            .collect(Collectors.joining(" "));
    return "sent " + Units.count(producer.messages(), "message") + "; received " + received;
  }

  private void say(String what) {
    String first = String.format(Locale.ROOT, "%6.1f s  ", elapsed());
    for (String line : Wrapped.words(what, COLUMNS - first.length())) {
      out.println(first + line);
      first = " ".repeat(first.length());
    }
    out.flush();
  }

  private boolean summary(boolean killed) {
    long same = consumers.stream().filter(each -> each.equalTo(producer)).count();
    boolean good = producer.hash().isPresent() && same == consumers.size() && arrived.get() != 0;
    out.println();
    row("sent", Units.count(producer.messages(), "message") + ", " + Units.bytes(producer.bytes()));
    producer.failure().ifPresent(e -> row("", "failed: " + Failures.describe(e)));
    row(
        "delivered",
        same
            + " of "
            + consumers.size()
            + " consumers have every message, in order, with the same SHA-256 as the producer: "
            + producer.shortHash());
    for (Tally consumer : consumers) {
      if (!consumer.equalTo(producer)) {
        row(
            "",
            consumer.name()
                + " DIFFERS: "
                + Units.count(consumer.messages(), "message")
                + ", SHA-256 "
                + consumer.shortHash());
      }
      consumer.failure().ifPresent(e -> row("", "it failed: " + Failures.describe(e)));
    }
    out.println();
    row(
        good
            ? "A relay was killed, and nobody lost, repeated or reordered a message."
            : killed ? "FAILED: see above." : "FAILED: no relay had the producer.");
    out.flush();
    return good;
  }

  private void row(String words) {
    Wrapped.words(words, COLUMNS).forEach(out::println);
  }

  private void row(String name, String words) {
    String first = String.format(Locale.ROOT, "%-" + INDENT.length() + "s", name);
    for (String line : Wrapped.words(words, COLUMNS - INDENT.length())) {
      out.println(first + line);
      first = INDENT;
    }
  }
}
