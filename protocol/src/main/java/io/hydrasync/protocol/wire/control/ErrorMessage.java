package io.hydrasync.protocol.wire.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.check.Printable;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * ERROR, relay to client: {@code code u16, retryMs u32, UTF-8 text of at most 256 bytes}.
 *
 * @param code as in {@code ErrorCode}
 * @param retryMs milliseconds, or {@link #NEVER}
 * @param text what happened, for a person; read without what is no visible character
 */
public record ErrorMessage(int code, long retryMs, String text) implements Control {
  /** Largest text in bytes. */
  public static final int MAX_TEXT = 256;

  /** The type of ERROR. */
  public static final int TYPE = 0x85;

  /** The time to wait that says: do not try again. */
  public static final long NEVER = 0xFFFF_FFFFL;

  /**
   * An ERROR with the default retry time of its code.
   *
   * @param code one that a relay sends
   * @param text what happened, for a person
   * @return the message
   */
  public static ErrorMessage of(ErrorCode code, String text) {
    return new ErrorMessage(code.wireCode(), retryMs(code), text);
  }

  /**
   * The default retry time of a code.
   *
   * @param code one that a relay sends
   * @return milliseconds, or {@link #NEVER}
   */
  public static long retryMs(ErrorCode code) {
    return code.defaultRetryAfter().map(Duration::toMillis).orElse(NEVER);
  }

  /**
   * How long to wait before another attempt.
   *
   * @return empty for {@link #NEVER}
   */
  public Optional<Duration> retryAfter() {
    return retryMs == NEVER ? Optional.empty() : Optional.of(Duration.ofMillis(retryMs));
  }

  static ErrorMessage read(ByteBuffer in) {
    int code = Short.toUnsignedInt(in.getShort());
    long retryMs = Integer.toUnsignedLong(in.getInt());
    byte[] text = Bodies.bytes(in, Math.min(in.remaining(), MAX_TEXT));
    return new ErrorMessage(code, retryMs, Printable.stripped(new String(text, UTF_8)));
  }

  private byte[] textBytes() {
    byte[] utf8 = text.getBytes(UTF_8);
    if (utf8.length <= MAX_TEXT) {
      return utf8;
    }
    int end = MAX_TEXT;
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
