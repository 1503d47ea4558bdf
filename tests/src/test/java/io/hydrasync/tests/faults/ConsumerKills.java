package io.hydrasync.tests.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.ChildJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Kills a consumer that saves its position, at random moments, and starts it again. What it has not
 * recorded stays within what the relay retains, however long a new process takes to come up.
 */
final class ConsumerKills {
  /** What a consumer that was killed may have to catch up with. */
  private static final int RETENTION_BYTES = 64 << 20;

  /** Characters of a number, a size, a checksum and a position, and more. */
  private static final int LONGEST_RECORD = 256;

  private ConsumerKills() {}

  /** Throws unless every message was recorded once, in order and unchanged. */
  static Kills.Result run(int kills, long seed) throws Exception {
    long began = System.nanoTime();
    Random random = new Random(seed);
    SessionSecrets session = SessionSecrets.generate();
    Path file = Files.createTempDirectory("hydra-kills").resolve("records");
    Sent sent = new Sent();
    try (HydraServer relay = HydraServer.builder().retention(RETENTION_BYTES).bind()) {
      String ticket =
          session
              .ticket(new RelayAddress("127.0.0.1", relay.address().getPort()), relay.relayKey())
              .format();
      ChildJvm consumer = ChildJvm.start(RecordingConsumer.class, ticket, file.toString());
      try (HydraProducer producer = HydraProducer.connect(relay.address(), session)) {
        for (int kill = 0; kill < kills; kill++) {
          long grown = size(file) + 20_000 + random.nextInt(200_000);
          while (size(file) < grown) {
            Kills.check(consumer.isAlive(), "the consumer ended by itself");
            if (sent.bytes - sent.bytesOf(recorded(file)) < RETENTION_BYTES / 2) {
              send(producer, sent, random);
            } else {
              Thread.sleep(1);
            }
          }
          consumer.kill();
          consumer = ChildJvm.start(RecordingConsumer.class, ticket, file.toString());
        }
        send(producer, sent, random);
      }
      Await.until("the consumer has the end", () -> endsWithEnd(file));
      consumer.close();
    }
    List<String> lines = Files.readAllLines(file, US_ASCII);
    int count = sent.records.size();
    Kills.check(lines.size() == count + 1, lines.size() - 1 + " records of " + count);
    for (int i = 0; i < count; i++) {
      String record = sent.records.get(i) + " v1 ";
      Kills.check(lines.get(i).startsWith(record), "record " + i + ": " + lines.get(i));
    }
    return new Kills.Result(kills, count, 0, 0, (System.nanoTime() - began) / 1e9);
  }

  private static long size(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  private static boolean endsWithEnd(Path file) {
    try {
      return Files.readString(file, US_ASCII).endsWith("\nend\n");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What a consumer should record, but for the positions. */
  private static final class Sent {
    private final List<String> records = new ArrayList<>();
    private final List<Long> ends = new ArrayList<>();
    private long bytes;

    void add(byte[] message) {
      long crc = RecordingConsumer.crc(ByteBuffer.wrap(message));
      records.add(records.size() + " " + message.length + " " + crc);
      bytes += message.length;
      ends.add(bytes);
    }

    /** Bytes of the first messages. */
    long bytesOf(long messages) {
      return messages == 0 ? 0 : ends.get((int) messages - 1);
    }
  }

  /** How many messages a consumer has recorded, by the last whole record of its file. */
  private static long recorded(Path file) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    try (FileChannel in = FileChannel.open(file)) {
      ByteBuffer tail = ByteBuffer.allocate(2 * LONGEST_RECORD);
      in.read(tail, Math.max(0, in.size() - tail.capacity()));
      String text = new String(tail.array(), 0, tail.position(), US_ASCII);
      int end = text.lastIndexOf('\n');
      String last = text.substring(text.lastIndexOf('\n', end - 1) + 1, Math.max(0, end));
      return last.isEmpty() ? 0 : Long.parseLong(last.split(" ", 2)[0]) + 1;
    }
  }

  private static void send(HydraProducer producer, Sent sent, Random random)
      throws InterruptedException {
    for (int i = 0; i < 30; i++) {
      byte[] message = Kills.message(sent.records.size(), random, false);
      sent.add(message);
      producer.write(message);
    }
    producer.flush();
    Thread.sleep(2);
  }
}
