package io.hydrasync.tests.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Ticket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/**
 * A consumer in a process of its own, which can be killed at any moment. For each message it
 * appends one record, {@code number size crc position}, so that result and position are stored in
 * one step; the last whole record says where to go on.
 */
final class RecordingConsumer {
  private RecordingConsumer() {}

  /**
   * The process.
   *
   * @param args the ticket and the file
   */
  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[1]);
    try (FileChannel out =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      HydraConsumer.Builder builder = HydraConsumer.builder(Ticket.parse(args[0]));
      Position from = lastPosition(file, out);
      if (from != null) {
        builder.position(from);
      }
      try (HydraConsumer consumer = connect(builder)) {
        for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
          String record = record(view, consumer.position().orElseThrow());
          out.write(ByteBuffer.wrap(record.getBytes(US_ASCII)));
        }
      }
      out.write(ByteBuffer.wrap("end\n".getBytes(US_ASCII)));
    }
  }

  private static HydraConsumer connect(HydraConsumer.Builder builder) {
    for (int attempt = 0; ; attempt++) {
      try {
        return builder.connect();
      } catch (HydraException e) {
        if (attempt == 100) {
          throw e;
        }
      }
    }
  }

  static String record(ByteBuffer message, Position position) {
    long number = message.getLong(message.position());
    int size = message.remaining();
    return number + " " + size + " " + crc(message) + " " + position.format() + "\n";
  }

  static long crc(ByteBuffer message) {
    CRC32 crc = new CRC32();
    crc.update(message.duplicate());
    return crc.getValue();
  }

  /** Cuts off a record that was not finished, and reads the last one. */
  private static Position lastPosition(Path file, FileChannel out) throws IOException {
    String text = Files.readString(file, US_ASCII);
    int end = text.lastIndexOf('\n') + 1;
    out.truncate(end);
    out.position(end);
    if (end == 0) {
      return null;
    }
    String last = text.substring(text.lastIndexOf('\n', end - 2) + 1, end);
    return Position.parse(last.split(" ", 4)[3]);
  }
}
