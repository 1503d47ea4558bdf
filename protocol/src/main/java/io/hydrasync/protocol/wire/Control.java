package io.hydrasync.protocol.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.check.Printable;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The control messages, which travel only inside SEALED frames ({@code wire2.md} section 2). Each
 * is an inner frame {@code len u32 || type u8 || body}; the body's layout stands at each record.
 * Immutable; arrays are neither copied in nor out, and not to be changed.
 */
public sealed interface Control {
  /** JOINED and STATE: the producer is connected. */
  int FLAG_PRODUCER_LIVE = 2;

  /** JOINED: the epoch goes on where it was. */
  int FLAG_RESUMED = 4;

  /** JOIN: wait for the session to be opened. */
  int FLAG_WAIT = 2;

  /** JOIN.start: only what comes from now on. */
  int START_LIVE = 0;

  /** JOIN.start: all that is retained. */
  int START_OLDEST = 1;

  /** JOIN.start: from the given position. */
  int START_AT = 2;

  /** STATE: the producer's connection is gone, the session lingers. */
  int STATE_AWAY = 0;

  /** STATE: the producer is connected. */
  int STATE_LIVE = 1;

  /** STATE: the session is over, this follows its last frame. */
  int STATE_ENDED = 2;

  /** Bytes of a resume token. */
  int RESUME_LENGTH = 16;

  /** Largest text of an ERROR in bytes. */
  int MAX_ERROR_TEXT = 256;

  /** Largest {@code len} of an inner frame before JOINED. */
  int MAX_LEN_BEFORE_JOINED = 4 << 10;

  /** Largest {@code len} of an inner frame to the relay after JOINED. */
  int MAX_LEN_TO_RELAY = (64 << 10) + 64;

  /** Largest {@code len} of an inner frame to a client after JOINED. */
  int MAX_LEN_TO_CLIENT = (1 << 20) + 64;

  /**
   * The message's type.
   *
   * @return 0x80 to 0xFF
   */
  int type();

  /**
   * The body's length.
   *
   * @return bytes
   */
  int bodyLength();

  /**
   * Writes the body.
   *
   * @param out has room for {@link #bodyLength()} bytes
   */
  void putBody(ByteBuffer out);

  /**
   * Whether whom it does not concern takes no notice of it after JOINED: those types came later.
   *
   * @return true for types from 0xC0
   */
  default boolean isIgnorable() {
    return type() >= Ignorable.FIRST_TYPE;
  }

  /**
   * The message as an inner frame.
   *
   * @return length, type and body
   */
  default byte[] toInnerFrame() {
    ByteBuffer out = ByteBuffer.allocate(Frames.PREFIX + bodyLength());
    out.putInt(1 + bodyLength()).put((byte) type());
    putBody(out);
    return out.array();
  }

  /**
   * JOIN, client to relay, 204 bytes: {@code role u8, flags u8, start u8, overflow u8, sid[64], id
   * u64, seq u64, resume[16], owner[64], credId[8], credMac[32]}; what is unused is zero.
   *
   * @param role as in {@code Role}
   * @param flags {@link Control#FLAG_WAIT}
   * @param start one of {@code START_}
   * @param overflow as in {@code Overflow}
   * @param sid the session id
   * @param id with START_AT: the consumer's stream, the producer's epoch
   * @param seq with START_AT: the first not delivered, the first not acknowledged
   * @param resume the last token issued to a producer of a plain session
   * @param owner the proof of ownership
   * @param credId the credential's name
   * @param credMac the proof of having the credential
   */
  record Join(
      int role,
      int flags,
      int start,
      int overflow,
      byte[] sid,
      long id,
      long seq,
      byte[] resume,
      byte[] owner,
      byte[] credId,
      byte[] credMac)
      implements Control {
    /** The type of JOIN. */
    public static final int TYPE = 0x80;

    /** Bytes of the body. */
    public static final int LENGTH = 204;

    /**
     * The same with the proof of a credential.
     *
     * @param name the credential's name
     * @param mac the proof of having it
     * @return the message
     */
    public Join withCredential(byte[] name, byte[] mac) {
      return new Join(role, flags, start, overflow, sid, id, seq, resume, owner, name, mac);
    }

    static Join read(ByteBuffer in) {
      return new Join(
          u8(in),
          u8(in),
          u8(in),
          u8(in),
          bytes(in, 64),
          in.getLong(),
          in.getLong(),
          bytes(in, RESUME_LENGTH),
          bytes(in, 64),
          bytes(in, 8),
          bytes(in, 32));
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return LENGTH;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.put((byte) role).put((byte) flags).put((byte) start).put((byte) overflow);
      out.put(sid).putLong(id).putLong(seq).put(resume).put(owner).put(credId).put(credMac);
    }

    /** Without the proofs, the token and the id. */
    @Override
    public String toString() {
      return "Join[role=" + role + ", start=" + start + ", overflow=" + overflow + "]";
    }
  }

  /**
   * JOINED, relay to client, 39 bytes: {@code flags u8, maxFrame u32, id u64, seq u64, resume[16],
   * lingerSec u16}.
   *
   * @param flags {@link Control#FLAG_PRODUCER_LIVE}, {@link Control#FLAG_RESUMED}
   * @param maxFrame largest {@code len} that the relay takes
   * @param id to a consumer the stream of the first frame to come; to a producer an epoch
   * @param seq to a consumer the first frame to come; to a resumed producer the next expected
   * @param resume a fresh token for the producer of a plain session
   * @param lingerSeconds how long the session outlives its producer's connection
   */
  record Joined(int flags, int maxFrame, long id, long seq, byte[] resume, int lingerSeconds)
      implements Control {
    /** The type of JOINED. */
    public static final int TYPE = 0x81;

    static Joined read(ByteBuffer in) {
      return new Joined(
          u8(in),
          in.getInt(),
          in.getLong(),
          in.getLong(),
          bytes(in, RESUME_LENGTH),
          Short.toUnsignedInt(in.getShort()));
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 39;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.put((byte) flags).putInt(maxFrame).putLong(id).putLong(seq).put(resume);
      out.putShort((short) lingerSeconds);
    }

    /** Without the token. */
    @Override
    public String toString() {
      return "Joined[flags=" + flags + ", maxFrame=" + maxFrame + ", seq=" + seq + "]";
    }
  }

  /**
   * ACK, relay to producer, 28 bytes: {@code epoch u64, head[8], next u64, consumers u32}.
   *
   * @param epoch the last epoch in the log, 0 if none
   * @param head the digest of its HEAD, zero if none
   * @param next all frames below are in the log
   * @param consumers how many are connected
   */
  record Ack(long epoch, byte[] head, long next, int consumers) implements Control {
    /** The type of ACK. */
    public static final int TYPE = 0x82;

    static Ack read(ByteBuffer in) {
      return new Ack(in.getLong(), bytes(in, Head.DIGEST_LENGTH), in.getLong(), in.getInt());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 28;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.putLong(epoch).put(head).putLong(next).putInt(consumers);
    }
  }

  /**
   * GAP, relay to consumer, 24 bytes: {@code stream u64, from u64, to u64}.
   *
   * @param stream the stream that has the gap
   * @param from the first frame that will not be delivered
   * @param to the first that will again
   */
  record Gap(long stream, long from, long to) implements Control {
    /** The type of GAP. */
    public static final int TYPE = 0x83;

    static Gap read(ByteBuffer in) {
      return new Gap(in.getLong(), in.getLong(), in.getLong());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 24;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.putLong(stream).putLong(from).putLong(to);
    }
  }

  /**
   * STATE, relay to consumer, 1 byte.
   *
   * @param state one of {@code STATE_}
   */
  record State(int state) implements Control {
    /** The type of STATE. */
    public static final int TYPE = 0x84;

    static State read(ByteBuffer in) {
      return new State(u8(in));
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 1;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.put((byte) state);
    }
  }

  /**
   * ERROR, relay to client: {@code code u16, retryMs u32, UTF-8 text of at most 256 bytes}.
   *
   * @param code as in {@code ErrorCode}
   * @param retryMs milliseconds, {@code FFFFFFFF} = never
   * @param text what happened, for a person; read without what is no visible character
   */
  record Failure(int code, long retryMs, String text) implements Control {
    /** The type of ERROR. */
    public static final int TYPE = 0x85;

    /**
     * An ERROR with the default retry time of its code.
     *
     * @param code one that a relay sends
     * @param text what happened, for a person
     * @return the message
     */
    public static Failure of(ErrorCode code, String text) {
      return new Failure(code.wireCode(), code.defaultRetryMs(), text);
    }

    static Failure read(ByteBuffer in) {
      int code = Short.toUnsignedInt(in.getShort());
      long retryMs = Integer.toUnsignedLong(in.getInt());
      byte[] text = bytes(in, Math.min(in.remaining(), MAX_ERROR_TEXT));
      return new Failure(code, retryMs, Printable.stripped(new String(text, UTF_8)));
    }

    private byte[] textBytes() {
      byte[] utf8 = text.getBytes(UTF_8);
      if (utf8.length <= MAX_ERROR_TEXT) {
        return utf8;
      }
      int end = MAX_ERROR_TEXT;
      while ((utf8[end] & 0xC0) == 0x80) {
        end--; // not inside a character
      }
      return Arrays.copyOf(utf8, end);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 6 + textBytes().length;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.putShort((short) code).putInt((int) retryMs).put(textBytes());
    }
  }

  /** BYE, client to relay, empty: from a producer it ends the session. */
  record Bye() implements Control {
    /** The type of BYE. */
    public static final int TYPE = 0x86;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 0;
    }

    @Override
    public void putBody(ByteBuffer out) {}
  }

  /**
   * PING, client to relay, 8 bytes.
   *
   * @param echo what the PONG will bring back
   */
  record Ping(long echo) implements Control {
    /** The type of PING. */
    public static final int TYPE = 0x87;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 8;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.putLong(echo);
    }
  }

  /**
   * PONG, relay to client, 8 bytes.
   *
   * @param echo what the PING brought
   */
  record Pong(long echo) implements Control {
    /** The type of PONG. */
    public static final int TYPE = 0x88;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 8;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.putLong(echo);
    }
  }

  /**
   * ADMIN, client to relay: {@code id u32, JSON of at most 64 KiB}.
   *
   * @param id comes back in REPLY
   * @param json UTF-8
   */
  record Admin(int id, byte[] json) implements Control {
    /** The type of ADMIN. */
    public static final int TYPE = 0x89;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 4 + json.length;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.putInt(id).put(json);
    }
  }

  /**
   * REPLY, relay to client: {@code id u32, JSON of at most 1 MiB}.
   *
   * @param id of the ADMIN that this answers
   * @param json UTF-8
   */
  record Reply(int id, byte[] json) implements Control {
    /** The type of REPLY. */
    public static final int TYPE = 0x8A;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return 4 + json.length;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.putInt(id).put(json);
    }
  }

  /**
   * UNREAD, relay to producer, 24 bytes: {@code stream u64, oldest u64, unread u64} ({@code
   * wire2.md} section 15). Advice: a relay can lie.
   *
   * @param stream the stream that it speaks of
   * @param oldest the lowest sequence of that stream that the log holds, its next if none
   * @param unread how many frames of it the relay has let go of that no consumer had taken
   */
  record Unread(long stream, long oldest, long unread) implements Control {
    /** The type of UNREAD. */
    public static final int TYPE = 0xC5;

    private static final int LENGTH = 24;

    /** One that is too short is ignorable: only to whom it concerns that is an error. */
    static Control read(ByteBuffer in) {
      return in.remaining() < LENGTH
          ? new Ignorable(TYPE)
          : new Unread(in.getLong(), in.getLong(), in.getLong());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public int bodyLength() {
      return LENGTH;
    }

    @Override
    public void putBody(ByteBuffer out) {
      out.putLong(stream).putLong(oldest).putLong(unread);
    }
  }

  /**
   * A message of a type that later versions may use, or that is too short to be read by whom it
   * does not concern; ignored after JOINED.
   *
   * @param type 0xC0 to 0xFF
   */
  record Ignorable(int type) implements Control {
    /** The first type that may be ignored. */
    public static final int FIRST_TYPE = 0xC0;

    @Override
    public int bodyLength() {
      return 0;
    }

    @Override
    public void putBody(ByteBuffer out) {}
  }

  /**
   * Reads a message. Bytes behind the body are ignored.
   *
   * @param type the inner frame's type
   * @param body the bytes behind the type
   * @return the message
   * @throws ProtocolException if the type is unknown or the body too short
   */
  static Control read(int type, ByteBuffer body) {
    try {
      return switch (type) {
        case Join.TYPE -> Join.read(body);
        case Joined.TYPE -> Joined.read(body);
        case Ack.TYPE -> Ack.read(body);
        case Gap.TYPE -> Gap.read(body);
        case State.TYPE -> State.read(body);
        case Failure.TYPE -> Failure.read(body);
        case Bye.TYPE -> new Bye();
        case Ping.TYPE -> new Ping(body.getLong());
        case Pong.TYPE -> new Pong(body.getLong());
        case Admin.TYPE -> new Admin(body.getInt(), bytes(body, body.remaining()));
        case Reply.TYPE -> new Reply(body.getInt(), bytes(body, body.remaining()));
        case Unread.TYPE -> Unread.read(body);
        default -> {
          if (type < Ignorable.FIRST_TYPE) {
            throw new ProtocolException(
                ErrorCode.PROTOCOL, "unknown inner frame of type 0x" + Integer.toHexString(type));
          }
          yield new Ignorable(type);
        }
      };
    } catch (BufferUnderflowException e) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL,
          "the body of control type 0x" + Integer.toHexString(type) + " is too short",
          e);
    }
  }

  private static int u8(ByteBuffer in) {
    return Byte.toUnsignedInt(in.get());
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
