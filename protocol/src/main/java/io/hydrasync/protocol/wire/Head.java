package io.hydrasync.protocol.wire;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Ed25519;
import io.hydrasync.protocol.crypto.Hashes;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * HEAD, the frame that opens an epoch ({@code wire2.md} section 5).
 *
 * <pre>
 *  0     4    5       13       21      29      30       62    64          64+84n     96+84n
 * +-----+----+-------+--------+-------+-------+--------+-----+-----------+----------+---------------+
 * | len | 10 | epoch | stream | first | flags | salt   | n   | stanzas   | commit   | sig[64]       |
 * |     |    | u64   | u64    | u64   | u8    | [32]   | u16 | n × [84]  | [32]     | iff sid owned |
 * +-----+----+-------+--------+-------+-------+--------+-----+-----------+----------+---------------+
 *       '---------------------- T covers this ----------------------'
 * </pre>
 *
 * Immutable and thread-safe; holds a copy of the bytes.
 */
public final class Head {
  /** Bytes of the salt. */
  public static final int SALT_LENGTH = 32;

  /** Bytes of the commitment to the keys. */
  public static final int COMMIT_LENGTH = 32;

  /** Largest number of stanzas. */
  public static final int MAX_STANZAS = 512;

  /** Bytes of a stanza. */
  public static final int STANZA_LENGTH = 84;

  /** Flag bit: every frame is covered by a signature (optional profile). */
  public static final int FLAG_SIGNED = 1;

  /** Bytes of {@link #digest()}. */
  public static final int DIGEST_LENGTH = 8;

  /** Bytes from the beginning to the end of {@code first}. */
  public static final int FIRST_END = 29;

  private static final int EPOCH_OFFSET = 5;
  private static final int STREAM_OFFSET = 13;
  private static final int FIRST_OFFSET = 21;
  private static final int FLAGS_OFFSET = 29;

  /** Bytes from the length field on to the end of {@code flags}. */
  public static final int FLAGS_END = FLAGS_OFFSET + 1;

  private static final int SALT_OFFSET = 30;
  private static final int COUNT_OFFSET = 62;
  private static final int STANZAS_OFFSET = 64;

  /** Bytes from the length field on to the first stanza. */
  public static final int FIELDS_END = STANZAS_OFFSET;

  private static final byte[] STREAM_LABEL = Hashes.label("stream");
  private static final byte[] HEAD_LABEL = Hashes.label("head");

  private final byte[] bytes;
  private final boolean owned;

  private Head(byte[] bytes, boolean owned) {
    this.bytes = bytes;
    this.owned = owned;
  }

  /**
   * The largest HEAD, its length field included.
   *
   * @param owned whether the session id is owned
   * @return bytes
   */
  public static int maxLength(boolean owned) {
    return length(owned ? MAX_STANZAS : 0, owned);
  }

  private static int length(int stanzas, boolean owned) {
    return STANZAS_OFFSET
        + stanzas * STANZA_LENGTH
        + COMMIT_LENGTH
        + (owned ? Ed25519.SIGNATURE_LENGTH : 0);
  }

  /**
   * Reads a HEAD and checks all that can be checked without a key and without knowing other epochs.
   *
   * @param frame the whole frame, its length field included, copied
   * @param session the session that it came in
   * @return the HEAD
   * @throws ProtocolException if it is malformed
   */
  public static Head parse(byte[] frame, SessionId session) {
    boolean owned = session.isOwned();
    fields(frame, frame.length, owned);
    return new Head(frame.clone(), owned);
  }

  /**
   * What a HEAD says besides its salt, stanzas, commitment and signature.
   *
   * @param epoch the epoch that it opens
   * @param stream the epoch number of the stream's first HEAD
   * @param first sequence of the first frame after it
   * @param isSigned whether every frame of the epoch is covered by a signature
   */
  public record Fields(long epoch, long stream, long first, boolean isSigned) {}

  /**
   * Reads the fields of a HEAD of which only the beginning is at hand, and checks all that {@link
   * #parse} checks.
   *
   * @param beginning at least {@link #FIELDS_END} bytes from the length field on, or the whole HEAD
   *     if that is shorter
   * @param length bytes of the whole HEAD, its length field included
   * @param owned whether the session id is owned
   * @return the fields
   * @throws ProtocolException if it is malformed
   */
  public static Fields fields(byte[] beginning, long length, boolean owned) {
    require(length >= length(0, owned), "is too short");
    int stanzas = (beginning[COUNT_OFFSET] & 0xFF) << 8 | beginning[COUNT_OFFSET + 1] & 0xFF;
    require(stanzas <= MAX_STANZAS, "has more than 512 stanzas");
    require(length == length(stanzas, owned), "has a length that does not fit its content");
    // The length field is the one part of a HEAD that neither T nor the signature covers.
    require(
        Frames.u32(beginning, 0) == length - Frames.LEN_BYTES,
        "has a length field that does not fit its content");
    require(beginning[Frames.TYPE_OFFSET] == Frames.HEAD, "has the type of another frame");
    int flags = beginning[FLAGS_OFFSET];
    require((flags & ~FLAG_SIGNED) == 0, "has unknown flags");
    require(
        owned || (flags == 0 && stanzas == 0), "is signed or sealed to recipients without owner");
    long epoch = Frames.u64(beginning, EPOCH_OFFSET);
    long stream = streamOf(beginning);
    long first = firstOf(beginning);
    require(epoch > 0 && stream > 0, "has no epoch");
    require(stream <= epoch, "names a stream from after its epoch");
    require(stream != epoch || first == 0, "begins a stream in the middle");
    require(first >= 0 && first < Frames.SEQ_LIMIT, "begins out of range");
    return new Fields(epoch, stream, first, isSigned(beginning));
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD " + problem);
    }
  }

  /**
   * The stream of a HEAD of which only the beginning is at hand.
   *
   * @param beginning at least {@link #FIRST_END} bytes from the length field on
   * @return the epoch number of the stream's first HEAD
   */
  public static long streamOf(byte[] beginning) {
    return Frames.u64(beginning, STREAM_OFFSET);
  }

  /**
   * The first sequence of a HEAD of which only the beginning is at hand.
   *
   * @param beginning at least {@link #FIRST_END} bytes from the length field on
   * @return sequence of the first frame after this HEAD
   */
  public static long firstOf(byte[] beginning) {
    return Frames.u64(beginning, FIRST_OFFSET);
  }

  /**
   * The epoch that a HEAD frame names, whatever else is wrong with it.
   *
   * @param frame the frame, which begins with its length field
   * @return the epoch; 0, which no epoch is, if the frame is too short to name one
   */
  public static long epochOf(byte[] frame) {
    return frame.length < EPOCH_OFFSET + Long.BYTES ? 0 : Frames.u64(frame, EPOCH_OFFSET);
  }

  /**
   * Whether a HEAD frame opens a SIGNED epoch, before all of it is there.
   *
   * @param beginning at least {@link #FLAGS_END} bytes from the length field on
   * @return its SIGNED flag
   */
  public static boolean isSigned(byte[] beginning) {
    return (beginning[FLAGS_OFFSET] & FLAG_SIGNED) != 0;
  }

  /**
   * The part of a HEAD in front of the commitment, without recipients.
   *
   * @param epoch the epoch's number, milliseconds since 1970 as a rule
   * @param stream the epoch number of the stream's first HEAD
   * @param first sequence of the first frame after this HEAD
   * @param flags 0 or {@link #FLAG_SIGNED}
   * @param salt 32 fresh random bytes
   * @param owned whether a signature will follow
   * @return the bytes from the length field to the last stanza
   */
  public static byte[] prefix(
      long epoch, long stream, long first, int flags, byte[] salt, boolean owned) {
    return ByteBuffer.allocate(STANZAS_OFFSET)
        .putInt(length(0, owned) - Frames.LEN_BYTES)
        .put((byte) Frames.HEAD)
        .putLong(epoch)
        .putLong(stream)
        .putLong(first)
        .put((byte) flags)
        .put(salt)
        .putShort((short) 0)
        .array();
  }

  /**
   * The transcript T of a HEAD: {@code H(L("stream") || sid || from type through last stanza)}.
   *
   * @param session the session
   * @param prefix the bytes from the length field to the last stanza
   * @return 32 bytes
   */
  public static byte[] transcript(SessionId session, byte[] prefix) {
    MessageDigest transcript = newTranscript(session);
    transcript.update(prefix, Frames.TYPE_OFFSET, prefix.length - Frames.TYPE_OFFSET);
    return transcript.digest();
  }

  /** The digest of T, to be fed from the type through the last stanza. */
  static MessageDigest newTranscript(SessionId session) {
    MessageDigest transcript = Hashes.newSha256();
    transcript.update(STREAM_LABEL);
    transcript.update(session.toBytes());
    return transcript;
  }

  /**
   * What the owner signs: {@code L("head") || T || commit}.
   *
   * @param transcript T
   * @param commit the commitment
   * @return the message for Ed25519
   */
  public static byte[] signedMessage(byte[] transcript, byte[] commit) {
    return ByteBuffer.allocate(HEAD_LABEL.length + transcript.length + commit.length)
        .put(HEAD_LABEL)
        .put(transcript)
        .put(commit)
        .array();
  }

  /**
   * Whether the owner signed this HEAD.
   *
   * @param session an owned session
   * @return true if the signature verifies
   */
  public boolean isSignedBy(SessionId session) {
    byte[] owner = session.ownerKey().orElseThrow();
    return Ed25519.verify(
        owner,
        Arrays.copyOfRange(bytes, bytes.length - Ed25519.SIGNATURE_LENGTH, bytes.length),
        signedMessage(transcript(session), commit()));
  }

  /**
   * The transcript T of this HEAD.
   *
   * @param session the session that it came in
   * @return 32 bytes
   */
  public byte[] transcript(SessionId session) {
    return transcript(session, Arrays.copyOf(bytes, commitOffset()));
  }

  /**
   * The whole frame.
   *
   * @return a copy, its length field included
   */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /**
   * Bytes of the whole frame.
   *
   * @return its length, the length field included
   */
  public int length() {
    return bytes.length;
  }

  /**
   * The name of this HEAD in ACK: {@code H(frame)[0..8]}.
   *
   * @return 8 bytes
   */
  public byte[] digest() {
    return Arrays.copyOf(Hashes.sha256(bytes), DIGEST_LENGTH);
  }

  /**
   * The epoch that it opens.
   *
   * @return the epoch's number
   */
  public long epoch() {
    return Frames.u64(bytes, EPOCH_OFFSET);
  }

  /**
   * The stream that the epoch belongs to.
   *
   * @return the epoch number of the stream's first HEAD
   */
  public long stream() {
    return Frames.u64(bytes, STREAM_OFFSET);
  }

  /**
   * Where the epoch begins.
   *
   * @return sequence of the first frame after this HEAD
   */
  public long first() {
    return Frames.u64(bytes, FIRST_OFFSET);
  }

  /**
   * Whether every frame of the epoch is covered by a signature.
   *
   * @return the SIGNED flag
   */
  public boolean isSigned() {
    return (bytes[FLAGS_OFFSET] & FLAG_SIGNED) != 0;
  }

  /**
   * Whether the epoch is sealed to recipients.
   *
   * @return true if there are stanzas
   */
  public boolean hasStanzas() {
    return commitOffset() != STANZAS_OFFSET;
  }

  /**
   * The salt of the epoch's keys.
   *
   * @return 32 bytes
   */
  public byte[] salt() {
    return Arrays.copyOfRange(bytes, SALT_OFFSET, SALT_OFFSET + SALT_LENGTH);
  }

  /**
   * The commitment to the epoch's keys.
   *
   * @return 32 bytes
   */
  public byte[] commit() {
    int offset = commitOffset();
    return Arrays.copyOfRange(bytes, offset, offset + COMMIT_LENGTH);
  }

  private int commitOffset() {
    return bytes.length - COMMIT_LENGTH - (owned ? Ed25519.SIGNATURE_LENGTH : 0);
  }
}
