package io.hydrasync.client.internal.classic;

import io.hydrasync.client.internal.connection.FrameReader;
import io.hydrasync.client.internal.stream.HeapShare;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.classic.ClassicCipher;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * A session's messages as they stand on a connection, under the session's key: each behind its
 * length, or, on the later wire, as packets of one length. Not thread-safe.
 */
final class ClassicMessages {
  /** Random nonces of one key repeat with a probability of 2^-32 after that many packets. */
  private static final long MAX_SEALED = 1L << 32;

  /** Largest message of several packets, which is never in memory twice. */
  private static final int MAX_MESSAGE = 1 << 26;

  private final ClassicCipher cipher;

  /** Of payload; 0 where messages have any length. */
  private final int packetBytes;

  private long sealed;

  /**
   * Messages of a session.
   *
   * @param key borrowed
   * @param packetBytes of payload, as the relay has said
   */
  ClassicMessages(SessionKey key, OptionalInt packetBytes) {
    this(key, packetBytes, 0);
  }

  ClassicMessages(SessionKey key, OptionalInt packetBytes, long sealed) {
    this.packetBytes = packetBytes.orElse(0);
    this.sealed = sealed;
    byte[] bytes = key.secretBytes();
    try {
      cipher = new ClassicCipher(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** Whether all have one length. */
  private boolean arePackets() {
    return packetBytes > 0;
  }

  /** What sealing adds. */
  int overhead() {
    return arePackets() ? ClassicCipher.PART_OVERHEAD : ClassicCipher.OVERHEAD;
  }

  /** The largest message that the wire takes and this JVM has the heap for. */
  int maxBytes() {
    int most =
        Math.min(
            arePackets() ? MAX_MESSAGE : ClassicCipher.MAX_MESSAGE,
            HeapShare.OF_THIS_JVM.largestMessage());
    return arePackets() ? most / packetBytes * packetBytes : most;
  }

  /**
   * Looks at the length of a message, before anything is done with it.
   *
   * @throws IllegalArgumentException if it is not made of whole packets
   * @throws ProtocolException TOO_BIG; LIMIT if the key may not seal so many packets
   */
  void checkSize(int size) {
    if (arePackets() && (size == 0 || size % packetBytes != 0)) {
      throw new IllegalArgumentException(
          "a message of "
              + size
              + " bytes; this relay's packets carry "
              + packetBytes
              + ", and a message is one or more whole packets");
    }
    if (size > HeapShare.OF_THIS_JVM.largestMessage()) {
      throw HeapShare.OF_THIS_JVM.tooBig("a message", size, null);
    }
    if (size > maxBytes()) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG,
          "a message of " + size + " bytes; the classic wire takes at most " + maxBytes());
    }
    if (arePackets() && size / packetBytes > MAX_SEALED - sealed) {
      throw new ProtocolException(
          ErrorCode.LIMIT,
          "the session key has sealed "
              + sealed
              + " packets on the classic wire, and may seal 2^32; use another key");
    }
  }

  /** How many bytes of a message of that size go into one frame or packet. */
  int pieceOf(int size) {
    return arePackets() ? packetBytes : size;
  }

  /**
   * Seals a piece.
   *
   * @param out takes {@code length + overhead()} bytes from {@code outOffset} on
   */
  void seal(byte[] in, int offset, int length, byte[] out, int outOffset) {
    if (arePackets()) {
      cipher.sealPart(in, offset, length, out, outOffset);
    } else {
      cipher.seal(in, offset, length, out, outOffset);
    }
    sealed++;
  }

  /**
   * Opens what a reader stands at.
   *
   * @param out takes {@code frames.length() - overhead()} bytes
   * @return false if it does not verify
   */
  boolean open(FrameReader frames, byte[] out) {
    return arePackets()
        ? cipher.openPart(frames.buffer(), frames.offset(), frames.length(), out)
        : cipher.open(frames.buffer(), frames.offset(), frames.length(), out);
  }

  /** Zeroes the key. */
  void destroy() {
    cipher.destroy();
  }
}
