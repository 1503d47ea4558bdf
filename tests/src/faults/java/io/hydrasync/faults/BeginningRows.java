package io.hydrasync.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** What the library says of a stream's beginning. */
final class BeginningRows {
  private static final int MESSAGES = 100;
  private static final int BYTES = 100_000;

  private BeginningRows() {}

  static void addTo(Map<String, Row> rows) {
    rows.put(
        "A1.13a",
        scene ->
            beginning(
                HydraConsumer.builder(late(scene), new SessionSecrets(id(scene), key(scene)))
                    .connect()));
    rows.put(
        "A1.13b",
        scene ->
            beginning(HydraConsumer.connect(late(scene), id(scene).toBytes(), scene.keyBytes())));
    rows.put("A1.13c", BeginningRows::missedBefore);
    rows.put("A1.13d", BeginningRows::unread);
  }

  private static SessionId id(Scene scene) {
    return scene.session().id();
  }

  private static SessionKey key(Scene scene) {
    return scene.session().key();
  }

  /** A relay that holds only the tail of what was sent. */
  private static InetSocketAddress late(Scene scene) {
    var relay = scene.relay(builder -> builder.retention(1 << 20));
    HydraProducer producer = scene.producer(relay.address()).coalesce(false).connect();
    for (int i = 0; i < MESSAGES; i++) {
      producer.broadcast(Scene.message(i, BYTES));
    }
    producer.close();
    return relay.address();
  }

  private static Verdict beginning(HydraConsumer consumer) throws Exception {
    Attempt<ByteBuffer> first = Attempt.of(10, consumer::receive);
    if (!(first.thrown() instanceof GapException gap)) {
      return Verdict.fault(
          first.returned()
              ? "the first receive() returned message " + number(first.result())
              : first.seen());
    }
    Attempt<ByteBuffer> next = Attempt.of(10, consumer::receive);
    boolean right =
        gap.from() == 0 && gap.to() > 0 && next.returned() && number(next.result()) == gap.to();
    return Verdict.of(
        right, "GapException " + gap.from() + " to " + gap.to() + ", then " + next.seen());
  }

  private static long number(ByteBuffer message) {
    return message == null ? -1 : message.getLong(message.position());
  }

  private static Verdict missedBefore(Scene scene) throws Exception {
    HydraConsumer consumer = scene.consumer(late(scene)).connect();
    Attempt<ByteBuffer> first = Attempt.of(10, consumer::receive);
    Object missed = HydraConsumer.class.getMethod("missedBefore").invoke(consumer);
    return Verdict.of(
        first.returned() && missed.equals(number(first.result())) && !missed.equals(0L),
        first.seen() + ", missedBefore() = " + missed);
  }

  private static Verdict unread(Scene scene) throws Exception {
    var relay = scene.relay(builder -> builder.retention(0));
    AtomicLong heard = new AtomicLong();
    HydraProducer.Builder builder = scene.producer(relay.address()).coalesce(false);
    Consumer<Object> listener = unread -> heard.set(frames(unread));
    HydraProducer.Builder.class.getMethod("onUnread", Consumer.class).invoke(builder, listener);
    HydraProducer producer = builder.connect();
    for (int i = 0; i < MESSAGES; i++) {
      producer.broadcast(Scene.message(i, BYTES));
    }
    producer.flush(Duration.ofSeconds(10));
    var method = HydraProducer.class.getMethod("unreadFrames");
    Scene.await(() -> heard.get() > MESSAGES / 2, 5, "onUnread");
    long said = (long) method.invoke(producer);
    return Verdict.of(
        said >= heard.get() && said <= MESSAGES,
        "unreadFrames() = " + said + ", the listener heard " + heard.get());
  }

  private static long frames(Object unread) {
    try {
      return (long) unread.getClass().getMethod("frames").invoke(unread);
    } catch (ReflectiveOperationException e) {
      return -1;
    }
  }
}
