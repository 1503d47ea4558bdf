package io.hydrasync.tests.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Fixture;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.zip.CRC32;

/** A client in a process with a heap of 32 MiB, which ends where it is full for once. */
final class SmallHeap {
  /** The whole process ends at the first OutOfMemoryError, whichever thread meets it. */
  static final List<String> OPTIONS =
      List.of("-XX:TieredStopAtLevel=1", "-Xmx32m", "-XX:+ExitOnOutOfMemoryError");

  private SmallHeap() {}

  /** A client that has begun; {@link ChildJvm#READY} has been read. */
  static ChildJvm start(
      String garbageCollector,
      Wire wire,
      InetSocketAddress relay,
      SessionSecrets session,
      String... work)
      throws Exception {
    List<String> options = new ArrayList<>(OPTIONS);
    options.add(garbageCollector);
    List<String> args =
        new ArrayList<>(
            List.of(
                wire.name(),
                Integer.toString(relay.getPort()),
                Base64.getEncoder().encodeToString(session.id().toBytes()),
                Base64.getEncoder().encodeToString(session.key().secretBytes())));
    args.addAll(List.of(work));
    ChildJvm child = ChildJvm.start(options, SmallHeap.class, args.toArray(new String[0]));
    child.awaitReady();
    return child;
  }

  /** A plain session, which both wires have. */
  static SessionSecrets session(long seed) {
    byte[] id = Fixture.message(seed, SessionId.LENGTH);
    return new SessionSecrets(
        SessionId.of(id), SessionKey.of(Fixture.message(seed + 1, SessionKey.LENGTH)));
  }

  /** What {@link #main} says of all messages that it sent or received. */
  static String sum(long messages, CRC32 crc) {
    return messages + " " + crc.getValue();
  }

  /**
   * The process. Answers {@code begin}, which lets a producer begin; {@code waiting} with the bytes
   * that it has not been able to get rid of; and {@code end}, once all is done, with the sum of the
   * messages or what was thrown.
   *
   * @param args wire, port, session id, session key; then {@code send}, how many bytes, and sizes
   *     of messages, or {@code recv}
   */
  public static void main(String[] args) throws Exception {
    InetSocketAddress relay =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1]));
    Base64.Decoder decoder = Base64.getDecoder();
    SessionSecrets session =
        new SessionSecrets(
            SessionId.of(decoder.decode(args[2])), SessionKey.of(decoder.decode(args[3])));
    Wire wire = Wire.valueOf(args[0]);
    if (args[4].equals("send")) {
      HydraProducer producer = HydraProducer.builder(relay, session).wire(wire).connect();
      int[] sizes = Arrays.stream(args).skip(6).mapToInt(Integer::parseInt).toArray();
      answer(producer::unacknowledgedBytes, () -> send(producer, Long.parseLong(args[5]), sizes));
    } else {
      HydraConsumer consumer = HydraConsumer.builder(relay, session).wire(wire).connect();
      answer(() -> 0L, () -> receive(consumer));
    }
  }

  private static void answer(Supplier<Long> waiting, Callable<String> work) throws Exception {
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    FutureTask<String> task = new FutureTask<>(work);
    System.out.println(ChildJvm.READY);
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      switch (line) {
        case "begin" -> {
          new Thread(task, "work").start();
          System.out.println("begun");
        }
        case "waiting" -> System.out.println(waiting.get());
        default -> System.out.println(task.get());
      }
    }
  }

  private static String send(HydraProducer producer, long bytes, int... sizes) {
    CRC32 crc = new CRC32();
    long count = 0;
    try {
      for (long sent = 0; sent < bytes; count++) {
        byte[] message = Fixture.message(count, sizes[(int) (count % sizes.length)]);
        producer.write(message);
        crc.update(message);
        sent += message.length;
      }
    } catch (ProtocolException e) {
      producer.broadcast(new byte[1]); // it goes on
      producer.abort();
      return e.code() + " " + e.getMessage();
    }
    producer.close();
    boolean quarter = producer.ringBytes() <= Runtime.getRuntime().maxMemory() / 4;
    return sum(count, crc) + (quarter ? "" : " ring too large");
  }

  private static String receive(HydraConsumer consumer) {
    CRC32 crc = new CRC32();
    long count = 0;
    try {
      for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
        crc.update(view);
        count++;
      }
    } catch (ProtocolException e) {
      return String.join(
          ";",
          Long.toString(count),
          consumer.position().map(Position::format).orElse("nowhere"),
          e.code() + " " + e.getMessage());
    }
    return sum(count, crc);
  }
}
