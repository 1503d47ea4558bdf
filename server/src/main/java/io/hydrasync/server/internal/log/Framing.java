package io.hydrasync.server.internal.log;

/**
 * What the frames in a log look like, and which may follow. Every frame begins with the length of
 * the rest as u32, but for packets of one size. Confined to the log's owner loop.
 */
public interface Framing {
  /**
   * Checks the frame that begins at a position as far as it has come.
   *
   * @param available how many of its bytes are there, at least those of the length field
   * @return how many must be there before there is more to say; the frame is whole when no more are
   *     needed than are there
   * @throws io.hydrasync.protocol.ProtocolException if it is not allowed
   */
  long check(LogReader reader, long at, long available);

  /** Whether the frame checked last, a whole one, is for the relay itself and is taken out. */
  boolean isRecord();

  /**
   * Whether the frame checked last, a whole one and no record, may go into the log now. If not, it
   * is asked for again, at the same place, when something has happened that it waits for.
   *
   * @param at where it is now
   * @param end behind it
   * @param position where it will be when it is published
   * @throws io.hydrasync.protocol.ProtocolException if it is not allowed
   */
  default boolean mayAdd(LogReader reader, long at, long end, long position) {
    return true;
  }

  /**
   * The frame checked last, a whole one, goes into the log's index.
   *
   * @param at where it is now
   * @param end behind it
   * @param position where it will be when it is published
   */
  void add(LogReader reader, long at, long end, long position);
}
