package io.hydrasync.client;

import io.hydrasync.client.internal.stream.StreamEnd;
import io.hydrasync.client.internal.stream.StreamPosition;
import io.hydrasync.protocol.wire.Frames;
import java.util.HexFormat;
import java.util.Locale;

/**
 * How far a consumer has come: what it takes for another one, perhaps in another process, to go on
 * so that no message is missing and none comes twice. Not secret. Immutable and thread-safe.
 *
 * <p>Got from {@link HydraConsumer#position()}, kept as text with {@link #format()}, and given back
 * with {@link HydraConsumer.Builder#position}.
 */
public final class Position {
  private static final String VERSION = "v1";
  private static final int FIELDS = 7;

  /** Longer than any position, with room for white space around it. */
  private static final int MAX_LENGTH = 1_024;

  private static final int TRANSCRIPT_LENGTH = 32;
  private static final String UNKNOWN = "-";
  private static final HexFormat HEX = HexFormat.of();

  private final StreamPosition place;

  /** Whether the producer's authenticated end of the stream has been delivered. */
  public enum End {
    /** No: the stream goes on. If another one comes, this one was truncated. */
    NONE(StreamEnd.NONE),
    /** Yes, and the producer said that another stream or epoch follows. */
    STREAM(StreamEnd.STREAM),
    /** Yes, and the producer said that the session is over. */
    SESSION(StreamEnd.SESSION);

    private final StreamEnd known;

    End(StreamEnd known) {
      this.known = known;
    }
  }

  Position(StreamPosition place) {
    this.place = place;
  }

  /** For who goes on there. */
  StreamPosition place() {
    return place;
  }

  /**
   * A position of which only the place is known, for instance because somebody typed it. A consumer
   * that begins here cannot tell an epoch that was replayed from the first one that it sees.
   *
   * @param stream the stream's name, more than 0
   * @param next sequence of the first frame to be delivered, 0 or more
   * @return the position
   * @throws IllegalArgumentException if a number is out of range
   */
  public static Position of(long stream, long next) {
    return new Position(new StreamPosition(stream, next, 0, StreamEnd.NONE, 0, new byte[0]));
  }

  /**
   * The stream's name.
   *
   * @return the number of its first epoch, milliseconds since 1970
   */
  public long stream() {
    return place.stream();
  }

  /**
   * The first frame of which not everything has been delivered.
   *
   * @return its sequence
   */
  public long next() {
    return place.next();
  }

  /**
   * How many messages of frame {@link #next()} have been delivered.
   *
   * @return 0, or more if that frame holds several messages
   */
  public int delivered() {
    return place.delivered();
  }

  /**
   * Whether the stream's end has been delivered.
   *
   * @return how the stream stands
   */
  public End end() {
    for (End end : End.values()) {
      if (end.known == place.end()) {
        return end;
      }
    }
    throw new IllegalStateException("an end of no name");
  }

  /**
   * The newest epoch that has been seen: an older one is a replay.
   *
   * @return its number, 0 if not known
   */
  public long epoch() {
    return place.epoch();
  }

  /**
   * The transcript of that epoch's HEAD: another HEAD of the same number is a forgery.
   *
   * @return a copy; 32 bytes, or none if not known
   */
  public byte[] transcript() {
    return place.transcript().clone();
  }

  /**
   * The position as text.
   *
   * @return one line of ASCII without a line end, about 120 characters, for {@link #parse}
   */
  public String format() {
    byte[] transcript = place.transcript();
    return String.join(
        " ",
        VERSION,
        Long.toString(place.stream()),
        Long.toString(place.next()),
        Integer.toString(place.delivered()),
        end().name().toLowerCase(Locale.ROOT),
        Long.toString(place.epoch()),
        transcript.length == 0 ? UNKNOWN : HEX.formatHex(transcript));
  }

  /**
   * Reads what {@link #format()} wrote.
   *
   * @param text the line; white space around it is ignored
   * @return the position
   * @throws IllegalArgumentException if it is not a position, or one of a later version
   */
  public static Position parse(String text) {
    String line = text.length() > MAX_LENGTH ? "" : text.strip();
    String[] fields = line.split(" ", -1);
    if (fields.length != FIELDS || !fields[0].equals(VERSION)) {
      throw new IllegalArgumentException(
          "not a position: " + FIELDS + " fields that begin with '" + VERSION + "' are wanted");
    }
    byte[] transcript = fields[6].equals(UNKNOWN) ? new byte[0] : HEX.parseHex(fields[6]);
    long epoch = number(fields[5], Long.MAX_VALUE);
    if (transcript.length != (epoch == 0 ? 0 : TRANSCRIPT_LENGTH)) {
      throw new IllegalArgumentException("not a position: a transcript of wrong length");
    }
    return new Position(
        new StreamPosition(
            number(fields[1], Long.MAX_VALUE),
            number(fields[2], Frames.SEQ_LIMIT),
            (int) number(fields[3], Integer.MAX_VALUE),
            end(fields[4]).known,
            epoch,
            transcript));
  }

  private static long number(String digits, long max) {
    boolean canonical =
        !digits.isEmpty()
            && digits.chars().allMatch(c -> c >= '0' && c <= '9')
            && (digits.length() == 1 || digits.charAt(0) != '0');
    try {
      long value = canonical ? Long.parseLong(digits) : -1;
      if (value >= 0 && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // larger than a long: said below
    }
    throw new IllegalArgumentException("not a position: a number is missing or out of range");
  }

  private static End end(String name) {
    for (End end : End.values()) {
      if (end.name().toLowerCase(Locale.ROOT).equals(name)) {
        return end;
      }
    }
    throw new IllegalArgumentException("not a position: an unknown end");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Position that && place.equals(that.place);
  }

  @Override
  public int hashCode() {
    return place.hashCode();
  }

  /** The same as {@link #format()}. */
  @Override
  public String toString() {
    return format();
  }
}
