package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.client.internal.stream.FrameSealer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.stream.Stream;

/** What a producer would send, for relays that are a test's own. */
final class SealedStream {
  private final FrameSealer sealer;
  private final long stream = System.currentTimeMillis();

  SealedStream(SessionSecrets session) {
    byte[] salt = new byte[Head.SALT_LENGTH];
    new SecureRandom().nextBytes(salt);
    sealer =
        FrameSealer.open(session.id(), session.key(), session.owner(), stream, stream, 0, 0, salt);
  }

  long stream() {
    return stream;
  }

  byte[] head() {
    return sealer.head();
  }

  byte[] message(String text) {
    return seal(Frames.DATA, text.getBytes(UTF_8));
  }

  byte[] batch(String... texts) {
    int length = Stream.of(texts).mapToInt(text -> Frames.BATCH_ITEM_PREFIX + text.length()).sum();
    ByteBuffer items = ByteBuffer.allocate(length);
    for (String text : texts) {
      items.putInt(text.length()).put(text.getBytes(StandardCharsets.US_ASCII));
    }
    return seal(Frames.BATCH, items.array());
  }

  /** The end of the session. */
  byte[] end() {
    return seal(
        Frames.END,
        ByteBuffer.allocate(9).putLong(System.currentTimeMillis()).put((byte) 1).array());
  }

  /** The clock as it was so long ago. */
  byte[] tick(long agoMs) {
    long ms = System.currentTimeMillis() - agoMs;
    return seal(Frames.TICK, ByteBuffer.allocate(8).putLong(ms).array());
  }

  /** A sequence that is never sent. */
  void leaveOut() {
    message("lost");
  }

  long next() {
    return sealer.next();
  }

  private byte[] seal(int type, byte[] plaintext) {
    byte[] frame = new byte[plaintext.length + Frames.OVERHEAD];
    sealer.seal(type, plaintext, 0, plaintext.length, frame, 0);
    return frame;
  }
}
