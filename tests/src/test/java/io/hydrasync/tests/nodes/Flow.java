package io.hydrasync.tests.nodes;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A producer that sends at a pace from a thread of its own, and its listeners. What is wrong is
 * thrown as {@link Fault}.
 */
final class Flow implements AutoCloseable {
  static final Duration HEARTBEAT = Duration.ofSeconds(1);

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final int HEADER = 2 * Long.BYTES;

  private final Nodes nodes;
  private final Plan plan;
  private final SessionSecrets session;
  private final List<Listener> listeners = new ArrayList<>();
  private final MessageDigest digest = sha256();
  private final Thread thread;
  private volatile long sent;
  private volatile boolean ending;
  private volatile Optional<Throwable> failure = Optional.empty();
  private volatile Optional<String> sum = Optional.empty();

  /** Something that does not hold. */
  static final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Fault(String what) {
      super(what);
    }
  }

  /**
   * How it flows.
   *
   * @param owned whether only an owner may produce
   * @param paceNanos between two messages
   * @param size of a message in bytes
   * @param overflow what happens to a slow consumer
   */
  record Plan(boolean owned, long paceNanos, int size, Overflow overflow) {
    static final Plan USUAL =
        new Plan(true, TimeUnit.MILLISECONDS.toNanos(2), 200, Overflow.BACKPRESSURE);

    static final Plan PLAIN =
        new Plan(false, TimeUnit.MILLISECONDS.toNanos(2), 200, Overflow.BACKPRESSURE);

    boolean isLossless() {
      return overflow != Overflow.DROP && overflow != Overflow.SKIP;
    }
  }

  Flow(Nodes nodes, Plan plan, int producerAt) {
    this.nodes = nodes;
    this.plan = plan;
    session = plan.owned() ? SessionSecrets.generate() : plain();
    thread = new Thread(() -> produce(producerAt), "flow");
    thread.setDaemon(true);
    thread.start();
  }

  private static SessionSecrets plain() {
    SecureRandom random = new SecureRandom();
    byte[] id = new byte[SessionId.LENGTH];
    random.nextBytes(id);
    return new SessionSecrets(SessionId.of(id), SessionKey.generate(random));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void produce(int at) {
    Random random = new Random(1);
    byte[] bytes = new byte[plan.size()];
    random.nextBytes(bytes);
    try (HydraProducer out =
        HydraProducer.builder(nodes.addressesFrom(at), session)
            .relayKey(nodes.key())
            .heartbeat(HEARTBEAT)
            .overflow(plan.overflow())
            .connect()) {
      while (!ending) {
        ByteBuffer message = ByteBuffer.wrap(bytes);
        message.putLong(0, sent).putLong(Long.BYTES, System.nanoTime());
        digest.update(bytes);
        out.broadcast(message.duplicate());
        sent++;
        if (plan.paceNanos() > 0) {
          LockSupport.parkNanos(plan.paceNanos());
        }
      }
      out.flush();
    } catch (RuntimeException e) {
      failure = Optional.of(e);
    }
    sum = Optional.of(HexFormat.of().formatHex(digest.digest()));
  }

  /** The session as logs and admins name it. */
  String name() {
    return session.id().logName();
  }

  long sent() {
    return sent;
  }

  /** A consumer that comes to a node first. */
  Listener listen(int node) {
    Listener listener =
        new Listener(
            "at " + (char) ('A' + node),
            nodes.addressesFrom(node),
            nodes.key(),
            session,
            HEARTBEAT,
            plan.isLossless());
    listeners.add(listener);
    return listener;
  }

  /** A consumer that knows one node only. */
  Listener listenOnlyAt(int node) {
    Listener listener =
        new Listener(
            "only at " + (char) ('A' + node),
            List.of(nodes.address(node)),
            nodes.key(),
            session,
            HEARTBEAT,
            plan.isLossless());
    listeners.add(listener);
    return listener;
  }

  /** One of its consumers, in the order in which they came. */
  Listener listener(int number) {
    return listeners.get(number);
  }

  /** Waits while nobody has failed. */
  void await(String what, Duration time, BooleanSupplier condition) {
    long until = System.nanoTime() + time.toNanos();
    while (!condition.getAsBoolean()) {
      check();
      if (System.nanoTime() - until > 0) {
        throw new Fault("after " + time.toMillis() + " ms still not: " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    check();
  }

  /** That nobody has failed. */
  void check() {
    failure.ifPresent(
        e -> {
          throw new Fault("the producer has failed: " + e);
        });
    for (Listener each : listeners) {
      each.failure()
          .ifPresent(
              e -> {
                throw new Fault("the consumer " + each.name() + " has failed: " + e);
              });
    }
  }

  /** Returns when everybody has got something. */
  void awaitFirst() {
    await("each has a message", PATIENCE, () -> listeners.stream().allMatch(l -> l.next() > 0));
  }

  /** Returns when everybody has got what has been sent by now. */
  void awaitCaughtUp(Duration time) {
    long now = sent;
    await("each has message " + now, time, () -> listeners.stream().allMatch(l -> l.next() >= now));
  }

  /**
   * Does something, and waits until some listeners have got a message that was sent after it.
   *
   * @return milliseconds from its beginning until the last of them had one
   */
  double millisUntilNext(List<Listener> waiting, Duration time, Disturbance what) throws Exception {
    long began = System.nanoTime();
    what.happen();
    long number = sent + 1;
    waiting.forEach(each -> each.mark(number));
    await(
        "the next message at " + waiting.stream().map(Listener::name).toList(),
        time,
        () -> waiting.stream().allMatch(each -> each.markAt() != 0));
    long last = waiting.stream().mapToLong(Listener::markAt).max().orElseThrow();
    return (last - began) / 1e6;
  }

  /** What is done to the cluster. */
  @FunctionalInterface
  interface Disturbance {
    void happen() throws Exception;
  }

  /** How late the latest message was since this was asked last, in milliseconds. */
  double takeLatestMillis() {
    return listeners.stream().mapToLong(Listener::takeLatestNanos).max().orElse(0) / 1e6;
  }

  /** How late messages have been by now, at all listeners. */
  Lateness.Counts lateness() {
    return listeners.stream()
        .map(each -> each.lateness().counts())
        .reduce(Lateness.Counts.none(), Lateness.Counts::plus);
  }

  /** Ends the stream; everybody has to have all of it, or what was announced is missing. */
  String finish() {
    ending = true;
    await("the producer ends", PATIENCE, () -> sum.isPresent());
    await("each has the end", PATIENCE, () -> listeners.stream().allMatch(Listener::isDone));
    long missing = 0;
    for (Listener each : listeners) {
      missing += each.missing();
      if (plan.isLossless() && !each.sum().equals(sum)) {
        throw new Fault("the consumer " + each.name() + " has another SHA-256");
      }
      if (each.next() > sent) {
        throw new Fault("the consumer " + each.name() + " has more than was sent");
      }
    }
    return String.format(
        Locale.ROOT,
        "%,d messages, %d consumers, %s",
        sent,
        listeners.size(),
        missing == 0 ? "same SHA-256" : String.format(Locale.ROOT, "%,d announced gaps", missing));
  }

  @Override
  public void close() {
    ending = true;
    listeners.forEach(Listener::close);
    thread.interrupt();
  }
}
