package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Figures;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.client.HydraProducer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
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
    if (lines) {
      sendLines(in);
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

  private void sendLines(InputStream in) throws IOException {
    LineReader reader = new LineReader(in, producer.maxMessageBytes());
    for (ByteBuffer line = reader.next(); line != null; line = reader.next()) {
      int length = line.remaining();
      int start = line.arrayOffset() + line.position();
      producer.write(line);
      figures.count(length);
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
