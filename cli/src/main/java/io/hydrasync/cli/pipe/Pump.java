package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Figures;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.client.HydraProducer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Turns a stream of bytes into messages. Not thread-safe. */
public final class Pump {
  private static final int BLOCK = 64 << 10;
  private static final byte[] NEWLINE = {'\n'};

  /**
   * From here on a block is sealed where it is, in a frame of its own, instead of being gathered.
   */
  private static final int LARGE = 16 << 10;

  private final HydraProducer producer;
  private final Figures figures;
  private final @Nullable OutputStream copy;

  /**
   * A pump.
   *
   * @param copy gets everything as well, or null
   */
  public Pump(HydraProducer producer, Figures figures, @Nullable OutputStream copy) {
    this.producer = producer;
    this.figures = figures;
    this.copy = copy;
  }

  /** Sends everything, to the end of the stream. */
  public void send(InputStream in, boolean lines) throws IOException {
    OptionalInt packet = producer.packetBytes();
    if (lines) {
      sendLines(in, packet.orElse(0));
    } else if (packet.isPresent()) {
      sendPackets(in, packet.getAsInt());
    } else {
      sendBlocks(in);
    }
  }

  private void sendBlocks(InputStream in) throws IOException {
    byte[] block = new byte[BLOCK];
    ByteBuffer view = ByteBuffer.wrap(block);
    for (int n = in.read(block); n >= 0; n = in.read(block)) {
      view.limit(n).position(0);
      if (n >= LARGE) {
        producer.broadcast(view);
      } else {
        producer.write(view); // is sent after the linger time, if not before
      }
      figures.count(n);
      copy(block, 0, n);
    }
  }

  private void sendPackets(InputStream in, int packet) throws IOException {
    byte[] block = new byte[Math.max(packet, BLOCK / packet * packet)];
    ByteBuffer view = ByteBuffer.wrap(block);
    int held = 0;
    for (int n = in.read(block); n >= 0; n = in.read(block, held, block.length - held)) {
      copy(block, held, n);
      held += n;
      int whole = held / packet * packet;
      if (whole > 0) {
        view.limit(whole).position(0);
        if (whole >= LARGE) {
          producer.broadcast(view);
        } else {
          producer.write(view);
        }
        count(whole / packet, packet);
        System.arraycopy(block, whole, block, 0, held - whole);
        held -= whole;
      }
    }
    if (held > 0) {
      producer.flush(); // what is whole is sent all the same
      throw new IOException(
          "the input ends within a packet: this relay's packets carry "
              + Units.count(packet, "byte")
              + ", and the last "
              + held
              + (held == 1 ? " is" : " are")
              + " not sent");
    }
  }

  private void count(int messages, int bytes) {
    for (int i = 0; i < messages; i++) {
      figures.count(bytes);
    }
  }

  /**
   * Sends lines.
   *
   * @param packet what each line has to be a multiple of; 0 = any length
   */
  private void sendLines(InputStream in, int packet) throws IOException {
    LineReader reader = new LineReader(in, producer.maxMessageBytes());
    long number = 1;
    for (ByteBuffer line = reader.next(); line != null; line = reader.next()) {
      int length = line.remaining();
      int start = line.arrayOffset() + line.position();
      if (packet > 0 && (length == 0 || length % packet != 0)) {
        producer.flush(); // the lines before it are sent all the same
        throw new IOException(
            "line "
                + number
                + " has "
                + Units.count(length, "byte")
                + "; this relay's packets carry "
                + packet
                + ", and a message is one or more whole packets");
      }
      producer.write(line);
      number++;
      if (packet > 0) {
        count(length / packet, packet);
      } else {
        figures.count(length);
      }
      copy(line.array(), start, length);
      copy(NEWLINE, 0, NEWLINE.length);
    }
  }

  private void copy(byte[] bytes, int offset, int length) throws IOException {
    if (copy != null) {
      try {
        copy.write(bytes, offset, length);
      } catch (IOException e) {
        throw Failures.writing("stdout", e);
      }
    }
  }
}
