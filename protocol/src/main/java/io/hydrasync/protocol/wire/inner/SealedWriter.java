package io.hydrasync.protocol.wire.inner;

import io.hydrasync.protocol.noise.CipherState;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.Control;
import java.io.ByteArrayOutputStream;
import javax.security.auth.Destroyable;

/**
 * Seals control messages into outer SEALED frames, one direction of a connection: {@code len u32 ||
 * 01 || transport message}. Not thread-safe: the owner writes the frames in the order in which it
 * got them.
 */
public final class SealedWriter implements Destroyable {
  /** Records after which both ends call Rekey(). */
  static final long REKEY_INTERVAL = 1L << 20;

  private static final int MAX_PLAINTEXT = Frames.MAX_SEALED_LEN - 1 - Frames.TAG;

  private final CipherState cipher;
  private long records;

  /**
   * A writer behind a finished handshake.
   *
   * @param cipher seals towards the peer; owned by this writer from now on
   */
  public SealedWriter(CipherState cipher) {
    this.cipher = cipher;
  }

  /**
   * Seals a message.
   *
   * @param message the message
   * @return one SEALED frame, or as many as it takes, joined
   */
  public byte[] seal(Control message) {
    byte[] inner = message.toInnerFrame();
    if (inner.length <= MAX_PLAINTEXT) {
      return record(inner, 0, inner.length);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(inner.length + 64);
    for (int done = 0; done < inner.length; ) {
      int n = Math.min(MAX_PLAINTEXT, inner.length - done);
      out.writeBytes(record(inner, done, n));
      done += n;
    }
    return out.toByteArray();
  }

  private byte[] record(byte[] plaintext, int offset, int length) {
    byte[] frame = new byte[Frames.PREFIX + length + Frames.TAG];
    Frames.putU32(frame, 0, 1 + length + Frames.TAG);
    frame[Frames.TYPE_OFFSET] = Frames.SEALED;
    cipher.seal(plaintext, offset, length, frame, Frames.PREFIX);
    if (++records % REKEY_INTERVAL == 0) {
      cipher.rekey();
    }
    return frame;
  }

  /** Zeroes the key; nothing can be sealed any more. */
  @Override
  public void destroy() {
    cipher.destroy();
  }

  @Override
  public boolean isDestroyed() {
    return cipher.isDestroyed();
  }
}
