package io.hydrasync.server.internal.connection;

import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.inner.SealedReader;
import io.hydrasync.protocol.wire.inner.SealedWriter;
import org.jspecify.annotations.Nullable;

/**
 * What is sealed between the relay and one client, in both directions, under keys that live as long
 * as the connection, or longer where what has come is still to be taken. Confined to the
 * connection's loop.
 */
final class SealedRecords {
  private final SealedReader reader;
  private final SealedWriter writer;
  private boolean kept;
  private boolean destroyed;

  /** The records behind a handshake; its keys are owned by them from now on. */
  SealedRecords(Handshake.Result keys) {
    reader = new SealedReader(keys.receiver());
    writer = new SealedWriter(keys.sender());
  }

  /** The client has joined: its messages may be as long as any. */
  void joined() {
    reader.limit(Control.MAX_LEN_TO_RELAY);
  }

  /** Bytes that it holds of a message that is not whole. */
  int capacity() {
    return reader.capacity();
  }

  /** Whether a whole frame opens; never when the keys are gone. */
  boolean open(byte[] frame, int length) {
    return !destroyed && reader.open(frame, Frames.PREFIX, length - Frames.PREFIX);
  }

  /** The next control message of what has been opened, or null. */
  @Nullable Control next() {
    return destroyed ? null : reader.next();
  }

  /** A message as a whole frame, or null when the keys are gone. */
  byte @Nullable [] seal(Control message) {
    return destroyed ? null : writer.seal(message);
  }

  /** The keys are needed for what has come, also when the connection is gone. */
  void keep() {
    kept = true;
  }

  /** They are not needed any more. */
  void release() {
    if (kept) {
      kept = false;
      destroy();
    }
  }

  /** The connection is gone: so are the keys, unless they are kept. */
  void close() {
    if (!kept) {
      destroy();
    }
  }

  private void destroy() {
    destroyed = true;
    reader.destroy();
    writer.destroy();
  }
}
