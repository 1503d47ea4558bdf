package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.crypto.AesGcm;
import io.hydrasync.protocol.wire.Frames;

/**
 * Opens relayed frames, each into the same array, which grows with what has come. Not thread-safe,
 * but for {@link #destroy}.
 */
final class FrameOpener {
  private static final int INITIAL = 64 << 10;

  private AesGcm gcm = new AesGcm();
  private byte[] plaintext = new byte[INITIAL];
  private int length;

  /**
   * Opens a frame.
   *
   * @param frame holds it
   * @param offset where it begins
   * @param frameLength its length, the length field included; not below {@link Frames#OVERHEAD}
   * @return false if its tag does not verify; the plaintext means nothing then
   */
  boolean open(EpochKeys keys, long seq, byte[] frame, int offset, int frameLength) {
    int sealed = frameLength - Frames.HEADER;
    int needed = sealed - Frames.TAG;
    if (plaintext.length < needed) {
      plaintext = HeapShare.OF_THIS_JVM.array("the next message", needed);
    }
    length = needed;
    return gcm.open(
        keys.key(seq),
        keys.nonce(seq),
        frame,
        offset,
        Frames.HEADER,
        frame,
        offset + Frames.HEADER,
        sealed,
        plaintext,
        0);
  }

  /** Holds the plaintext of the last frame, up to {@link #length()}. */
  byte[] plaintext() {
    return plaintext;
  }

  int length() {
    return length;
  }

  /** Lets go of the cipher. From any thread; what is being opened may still open. */
  void destroy() {
    gcm = new AesGcm(); // the JDK's cipher has copies of the last key, which are garbage now
  }
}
