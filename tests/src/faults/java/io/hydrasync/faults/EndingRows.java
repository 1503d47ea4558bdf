package io.hydrasync.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;

/** C10 to C13: deadlines, truncation, what can be tried again, draining, the timer. */
final class EndingRows {
  /** Shorter than any retry time that a relay names when it shuts down. */
  private static final Duration SHORT = Duration.ofMillis(990);

  private EndingRows() {}

  static void addTo(Map<String, Row> rows) {
    rows.put("C10a", EndingRows::producerComesBack);
    rows.put("C10b", EndingRows::consumerComesBack);
    rows.put("C10c", EndingRows::givesUpAtItsDeadline);
    rows.put("C11.1a", EndingRows::sessionTruncated);
    rows.put("C11.1b", EndingRows::streamTruncated);
    rows.put("C11.2a", EndingRows::tooBig);
    rows.put("C11.2b", EndingRows::wrongKey);
    rows.put("C11.2c", scene -> notRetryable(ErrorCode.STALE_EPOCH));
    rows.put("C11.2d", scene -> notRetryable(ErrorCode.BAD_SIGNATURE));
    rows.put("C12a", EndingRows::drainWithIdleConsumer);
    rows.put("C12b", EndingRows::drainWithStrangers);
    rows.put("C13a", EndingRows::timerThread);
    rows.put("C13b", EndingRows::classLoader);
    rows.put("C13c", EndingRows::timerThreadAfterFailures);
  }

  // ---- C10: a relay that shuts down ----

  /** The relay says that it shuts down; whoever connects from then on comes to the next one. */
  private static void shutDown(Scene scene, HydraServer next) throws IOException {
    if (next == null) {
      scene.gate().door(RelayProxy.Door.REFUSING);
    } else {
      scene.gate().lead(next.address());
    }
    scene.relay().drain(Duration.ZERO, Duration.ofMillis(100));
  }

  private static Verdict producerComesBack(Scene scene) throws Exception {
    HydraServer next = Scene.another(builder -> {});
    Collector collector = new Collector(scene.consumer(next.address()).connect());
    HydraProducer producer = scene.producer().reconnectTimeout(SHORT).connect();
    producer.broadcast(Scene.message(1, 8));
    producer.flush(Duration.ofSeconds(5));
    shutDown(scene, next);
    Thread.sleep(300);
    Attempt<Void> later =
        Attempt.of(
            10,
            () -> {
              producer.broadcast(Scene.message(2, 8));
              producer.close();
              return null;
            });
    collector.receiving().ends(5);
    return Verdict.of(later.returned() && collector.numbers().equals(List.of(1L, 2L)), said(later));
  }

  private static String said(Attempt<?> attempt) {
    Throwable problem = attempt.thrown();
    return attempt.seen() + (problem == null ? "" : ": " + problem.getMessage());
  }

  private static Verdict consumerComesBack(Scene scene) throws Exception {
    HydraServer next = Scene.another(builder -> {});
    HydraConsumer consumer = scene.consumer().reconnectTimeout(SHORT).connect();
    HydraProducer producer = scene.producer(next.address()).connect();
    producer.broadcast(Scene.message(1, 8));
    Attempt<ByteBuffer> receiving = Attempt.start(consumer::receive);
    receiving.awaitStill();
    shutDown(scene, next);
    receiving.ends(10);
    return Verdict.of(receiving.returned(), said(receiving));
  }

  /** Nobody is there any more: it gives up at its deadline, not before. */
  private static Verdict givesUpAtItsDeadline(Scene scene) throws Exception {
    HydraConsumer consumer = scene.consumer().reconnectTimeout(SHORT).connect();
    Attempt<ByteBuffer> receiving = Attempt.start(consumer::receive);
    receiving.awaitStill();
    receiving.clock();
    shutDown(scene, null);
    receiving.ends(10);
    return Verdict.of(
        receiving.thrown() instanceof TruncatedException
            && receiving.seconds() > 0.9
            && receiving.seconds() < 3 + Machine.slack(),
        said(receiving));
  }

  // ---- C11: truncation, and what can be tried again ----

  private static Verdict sessionTruncated(Scene scene) throws Exception {
    HydraProducer producer = scene.producer().connect();
    HydraConsumer consumer = scene.consumer().connect();
    producer.broadcast(Scene.message(1, 8));
    consumer.receive();
    producer.abort();
    Attempt<ByteBuffer> over = Attempt.of(10, consumer::receive);
    boolean isFinal = over.threw("SessionTruncatedException") && !isRetryable(over.thrown());
    Attempt<ByteBuffer> again = Attempt.of(2, consumer::receive);
    return Verdict.of(
        isFinal && again.threw("SessionTruncatedException"),
        "the session is over: " + over.seen() + retryable(over.thrown()));
  }

  private static Verdict streamTruncated(Scene scene) throws Exception {
    InetSocketAddress where = scene.relay().address();
    SessionSecrets owned = SessionSecrets.generate();
    HydraConsumer consumer = HydraConsumer.builder(where, owned).connect();
    HydraProducer first = HydraProducer.builder(where, owned).connect();
    first.broadcast(Scene.message(1, 8));
    consumer.receive();
    HydraProducer second = HydraProducer.builder(where, owned).connect();
    second.broadcast(Scene.message(2, 8));
    Attempt<ByteBuffer> cut = Attempt.of(10, consumer::receive);
    Attempt<ByteBuffer> next = Attempt.of(10, consumer::receive);
    return Verdict.of(
        cut.threw("StreamTruncatedException") && isRetryable(cut.thrown()) && next.returned(),
        "another stream follows: " + cut.seen() + retryable(cut.thrown()));
  }

  private static boolean isRetryable(Throwable problem) {
    return problem instanceof HydraException e && e.isRetryable();
  }

  private static String retryable(Throwable problem) {
    return ", isRetryable() = " + isRetryable(problem);
  }

  private static Verdict tooBig(Scene scene) throws Exception {
    HydraProducer producer = scene.producer().connect();
    byte[] message = new byte[producer.maxMessageBytes() + 1];
    Attempt<Void> sending =
        Attempt.of(
            10,
            () -> {
              producer.broadcast(message);
              return null;
            });
    return judge(sending, ErrorCode.TOO_BIG);
  }

  private static Verdict wrongKey(Scene scene) throws Exception {
    HydraProducer producer = scene.producer().connect();
    producer.broadcast(Scene.message(1, 8));
    HydraConsumer consumer =
        HydraConsumer.builder(
                scene.gate().address(), new SessionSecrets(scene.session().id(), Scene.otherKey()))
            .connect();
    return judge(Attempt.of(20, consumer::receive), ErrorCode.WRONG_KEY);
  }

  private static Verdict judge(Attempt<?> attempt, ErrorCode code) {
    return Verdict.of(
        attempt.thrown() instanceof HydraException e && e.code() == code && !e.isRetryable(),
        attempt.seen() + " " + code + retryable(attempt.thrown()));
  }

  private static Verdict notRetryable(ErrorCode code) {
    HydraException problem =
        code == ErrorCode.PROTOCOL
            ? new ProtocolException(code, "made for this")
            : new AuthenticationException(code, "made for this");
    return Verdict.of(!problem.isRetryable(), code + retryable(problem));
  }

  // ---- C12: draining ----

  private static Verdict drain(Scene scene) throws Exception {
    Attempt<Boolean> draining =
        Attempt.of(
            15, () -> scene.relay().drain(Duration.ofMillis(100), Duration.ofSeconds(1)).get());
    return Verdict.of(
        draining.returned() && draining.seconds() < 1.6 + Machine.slack(),
        "drain(100 ms, 1 s) " + draining.seen());
  }

  private static Verdict drainWithIdleConsumer(Scene scene) throws Exception {
    HydraProducer producer = scene.producer(scene.relay().address()).connect();
    scene.consumer(scene.relay().address()).connect();
    Scene.awaitConsumers(producer, 1);
    return drain(scene);
  }

  /** Connections that never got so far as to join, and one that has said nothing. */
  private static Verdict drainWithStrangers(Scene scene) throws Exception {
    InetSocketAddress where = scene.relay().address();
    List<Socket> strangers = new ArrayList<>();
    for (String hello : List.of("", "HYDRA2\r\n")) {
      Socket socket = new Socket(where.getAddress(), where.getPort());
      socket.getOutputStream().write(hello.getBytes(US_ASCII));
      strangers.add(socket);
    }
    scene.consumer(where).connect();
    HydraConsumer second = scene.consumer(where).connect();
    Scene.await(() -> scene.relay().connections() == 4, 5, "the connections");
    Verdict verdict = drain(scene);
    second.close();
    for (Socket stranger : strangers) {
      stranger.close();
    }
    return verdict;
  }

  // ---- C13: the timer ----

  private static boolean timerRuns() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.isAlive() && thread.getName().startsWith("hydra-timer"));
  }

  private static Verdict timerEnds(boolean ran) throws InterruptedException {
    long began = System.nanoTime();
    while (timerRuns() && System.nanoTime() - began < 8e9) {
      Thread.sleep(50);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    return Verdict.of(
        ran && !timerRuns(),
        String.format(
            Locale.ROOT,
            timerRuns() ? "hydra-timer is still there after %.1f s" : "hydra-timer ended in %.1f s",
            seconds));
  }

  private static Verdict timerThread(Scene scene) throws Exception {
    new Lodger().accept(scene.relay().address().getPort());
    HydraProducer last = scene.producer().connect();
    boolean ran = timerRuns();
    last.close();
    return timerEnds(ran);
  }

  /** Clients that gave up by themselves and were never closed do not need it either. */
  private static Verdict timerThreadAfterFailures(Scene scene) throws Exception {
    HydraProducer producer = scene.producer().reconnectTimeout(Duration.ZERO).connect();
    boolean ran = timerRuns();
    scene.gate().door(RelayProxy.Door.REFUSING);
    scene.gate().cut(Link.Cut.FIN);
    Attempt.of(5, () -> producer.flush(Duration.ofSeconds(4)));
    producer.abort();
    return timerEnds(ran);
  }

  private static Verdict classLoader(Scene scene) throws Exception {
    int port = scene.relay().address().getPort();
    List<URL> urls = new ArrayList<>();
    for (String part : System.getProperty("java.class.path").split(":")) {
      urls.add(Path.of(part).toUri().toURL());
    }
    var gone = new WeakReference<>(visit(urls.toArray(URL[]::new), port));
    long began = System.nanoTime();
    while (gone.get() != null && System.nanoTime() - began < 45e9) {
      System.gc();
      Thread.sleep(200);
    }
    return Verdict.of(
        gone.get() == null,
        String.format(
            Locale.ROOT,
            "the class loader is %s after %.0f s",
            gone.get() == null ? "gone" : "still held",
            (System.nanoTime() - began) / 1e9));
  }

  private static ClassLoader visit(URL[] urls, int port) throws Exception {
    URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
    Class<?> lodger = loader.loadClass(Lodger.class.getName());
    ((IntConsumer) lodger.getDeclaredConstructor().newInstance()).accept(port);
    loader.close();
    return loader;
  }
}
