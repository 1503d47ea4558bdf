package io.hydrasync.cli.pipe;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Where recv puts messages. Not thread-safe, but for {@link #stop}. */
public interface PayloadSink extends Closeable {
  /**
   * Makes what it writes to, or cuts it to what was kept of it; until then, or until the first
   * message, nothing has been touched. Later calls do nothing.
   */
  void open() throws IOException;

  /** Takes a message, which is valid until the call returns. */
  void write(ByteBuffer message) throws IOException;

  /** Whether what was taken cannot be taken back, as output that is cut to what was noted can. */
  boolean isFinal();

  /** Whether it is seen on a terminal, where nothing may be drawn over it. */
  default boolean isTerminal() {
    return false;
  }

  /** Hands on what was gathered. */
  void flush() throws IOException;

  /** Hands on what was gathered, and a file's to its disk: so far it is there for good. */
  default void force() throws IOException {
    flush();
  }

  /**
   * The process ends: whatever takes a message now does not get more time than it was promised.
   * From any thread.
   */
  default void stop() {}

  /** Bytes put out so far, with those of an earlier run. */
  long bytes();
}
