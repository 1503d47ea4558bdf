package io.hydrasync.protocol.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The layout of every outer frame of wire 2 ({@code wire2.md} sections 2 and 6).
 *
 * <pre>
 *  0         4      5                    13
 * +---------+------+--------------------+----------------------------+---------+
 * | len u32 | type | seq u64            | ciphertext                 | tag[16] |
 * +---------+------+--------------------+----------------------------+---------+
 *           '------------------------------ len ------------------------------'
 * '------------ associated data --------'
 * </pre>
 *
 * All integers are big-endian. SEALED has no seq: a Noise transport message follows the type. HEAD
 * has a layout of its own, see {@link Head}. Stateless.
 */
public final class Frames {
  /** Bytes of the length field, which does not count itself. */
  public static final int LEN_BYTES = 4;

  /** Where the type is. */
  public static final int TYPE_OFFSET = 4;

  /** Bytes of length and type. */
  public static final int PREFIX = 5;

  /** Where a relayed frame's sequence is. */
  public static final int SEQ_OFFSET = 5;

  /** Bytes of a relayed frame's header, all of it associated data. */
  public static final int HEADER = 13;

  /** Bytes of an AES-GCM tag. */
  public static final int TAG = 16;

  /** What sealing adds to a plaintext: header and tag. */
  public static final int OVERHEAD = HEADER + TAG;

  /** Smallest {@code len} of a relayed frame other than HEAD: type, seq, tag. */
  public static final int MIN_RELAYED_LEN = OVERHEAD - LEN_BYTES;

  /** Largest message in bytes. */
  public static final int MAX_MESSAGE = 1 << 26;

  /** Default and cap of the largest {@code len}: a 64 MiB message and its overhead. */
  public static final int MAX_LEN = (1 << 26) + 1024;

  /** A Noise transport message with a piece of the inner stream. */
  public static final int SEALED = 0x01;

  /** Opens an epoch. */
  public static final int HEAD = 0x10;

  /** One message. */
  public static final int DATA = 0x11;

  /** One or more messages, each behind its u32 length. */
  public static final int BATCH = 0x12;

  /** The producer's clock. */
  public static final int TICK = 0x13;

  /** The producer's authenticated end. */
  public static final int END = 0x14;

  /** The owner's signature over a run of frames (optional profile). */
  public static final int CHECK = 0x15;

  /** Every sequence is below this. */
  public static final long SEQ_LIMIT = 1L << 62;

  /** Smallest {@code len} of a SEALED frame: type and a transport message of 17 bytes. */
  public static final int MIN_SEALED_LEN = 1 + 17;

  /** Largest {@code len} of a SEALED frame: type and a transport message of 65535 bytes. */
  public static final int MAX_SEALED_LEN = 1 + 65_535;

  /** Bytes of the length in front of each message of a BATCH. */
  public static final int BATCH_ITEM_PREFIX = 4;

  /** Plaintext bytes of a TICK. */
  public static final int TICK_PLAINTEXT = 8;

  /** Plaintext bytes of an END: u64 unix ms, u8 final: one of {@code END_}. */
  public static final int END_PLAINTEXT = 9;

  /** END's last byte: the stream is over, and another one may follow. */
  public static final int END_LEAVES = 0;

  /** END's last byte: the session is over. */
  public static final int END_FINAL = 1;

  /** END's last byte: the epoch is over, and the stream goes on under the next HEAD. */
  public static final int END_ROTATES = 2;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Frames() {}

  /**
   * Whether a type is one of those that the relay forwards.
   *
   * @param type the type, 0 to 255
   * @return true for HEAD, DATA, BATCH, TICK, END and CHECK
   */
  public static boolean isRelayed(int type) {
    return type >= HEAD && type <= CHECK;
  }

  /**
   * Reads a big-endian u32.
   *
   * @param bytes holds it
   * @param offset where it begins
   * @return 0 to 2^32 − 1
   */
  public static long u32(byte[] bytes, int offset) {
    return Integer.toUnsignedLong((int) INT.get(bytes, offset));
  }

  /**
   * Reads a big-endian u64.
   *
   * @param bytes holds it
   * @param offset where it begins
   * @return its bits
   */
  public static long u64(byte[] bytes, int offset) {
    return (long) LONG.get(bytes, offset);
  }

  /**
   * Writes a big-endian u32.
   *
   * @param bytes takes it
   * @param offset where it begins
   * @param value its bits
   */
  public static void putU32(byte[] bytes, int offset, int value) {
    INT.set(bytes, offset, value);
  }

  /**
   * Writes a big-endian u64.
   *
   * @param bytes takes it
   * @param offset where it begins
   * @param value its bits
   */
  public static void putU64(byte[] bytes, int offset, long value) {
    LONG.set(bytes, offset, value);
  }

  /**
   * Writes the header of a relayed frame.
   *
   * @param bytes takes 13 bytes
   * @param offset where they begin
   * @param type DATA, BATCH, TICK, END or CHECK
   * @param seq the frame's sequence
   * @param plaintextLength bytes that will be sealed
   */
  public static void putHeader(byte[] bytes, int offset, int type, long seq, int plaintextLength) {
    putU32(bytes, offset, plaintextLength + MIN_RELAYED_LEN);
    bytes[offset + TYPE_OFFSET] = (byte) type;
    putU64(bytes, offset + SEQ_OFFSET, seq);
  }
}
