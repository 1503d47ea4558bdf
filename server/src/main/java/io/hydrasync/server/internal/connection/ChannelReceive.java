package io.hydrasync.server.internal.connection;

import io.hydrasync.server.internal.limits.RelayLimits;
import io.hydrasync.server.internal.log.SessionLog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a channel's bytes are read to: into small ordinary buffers, or straight into the
 * tail of a log.
 *
 * <p>Netty asks a channel's allocator for a handle once and keeps it, so the allocator cannot be
 * swapped later: there is one object of this class per channel, both allocator and handle, with a
 * target that can be switched. It never hands out a buffer without room, which NIO would spin on
 * and epoll and io_uring would take for the end of the stream: the reader turns autoRead off before
 * room is gone, and {@link #continueReading()} stops there. Confined to the channel's loop.
 */
public final class ChannelReceive
    implements RecvByteBufAllocator, RecvByteBufAllocator.ExtendedHandle {
  /** What an ordinary buffer takes, however little is in it. */
  public static final int ORDINARY_BYTES = 2048;

  private static final int MAX_READS = 16;

  /** Bytes of one turn of a client that may make them dear. */
  private static final int SHORT_TURN = 16 << 10;

  /** What a turn may take that counts as quiet: 64 records, or 512 messages in them. */
  private static final int QUIET_WORK = 512;

  private static final int RECORD_WORK = 8;

  /** So many quiet turns in a row make a client's turns long. */
  private static final int QUIET_TURNS = 128;

  private @Nullable ChannelConfig config;
  private @Nullable SessionLog target;
  private @Nullable ByteBuf lastSlice;
  private int attempted;
  private int last;
  private int reads;
  private int total;
  private int work;
  private int quietTurns;

  /** Reads into the log's tail from now on, or into ordinary buffers if null. */
  public void target(@Nullable SessionLog log) {
    target = log;
    lastSlice = null;
  }

  /**
   * Whether a buffer that was read is a slice of the target's tail, so that nothing has to be
   * copied.
   */
  public boolean isInPlace(ByteBuf read) {
    return read == lastSlice;
  }

  /**
   * A record has been opened. A byte of a small one takes a hundred times what a byte takes that is
   * only passed on, so a client that sends many of them gets short turns: one long turn of them
   * would hold the loop for 5 ms.
   */
  void openedRecord() {
    work += RECORD_WORK;
  }

  /** A message has been taken out of a record. */
  void tookMessage() {
    work++;
  }

  private int turn() {
    return quietTurns < QUIET_TURNS ? SHORT_TURN : RelayLimits.READ_BYTES;
  }

  @Override
  public ExtendedHandle newHandle() {
    return this;
  }

  @Override
  public ByteBuf allocate(ByteBufAllocator allocator) {
    SessionLog log = target;
    if (log == null || log.room() == 0) {
      return allocator.ioBuffer(ORDINARY_BYTES, ORDINARY_BYTES);
    }
    // Epoll goes on reading once the peer has closed, whatever continueReading() says.
    int most = Math.max(ORDINARY_BYTES, turn() - total);
    ByteBuf slice = log.readTarget(most);
    lastSlice = slice;
    return slice;
  }

  @Override
  public int guess() {
    return ORDINARY_BYTES;
  }

  @Override
  public void reset(ChannelConfig channelConfig) {
    config = channelConfig;
    quietTurns = work > QUIET_WORK ? 0 : Math.min(QUIET_TURNS, quietTurns + 1);
    work = 0;
    reads = 0;
    total = 0;
  }

  @Override
  public void incMessagesRead(int messages) {
    reads += messages;
  }

  @Override
  public void lastBytesRead(int bytes) {
    last = bytes;
    if (bytes > 0) {
      total += bytes;
    }
  }

  @Override
  public int lastBytesRead() {
    return last;
  }

  @Override
  public void attemptedBytesRead(int bytes) {
    attempted = bytes;
  }

  @Override
  public int attemptedBytesRead() {
    return attempted;
  }

  @Override
  public boolean continueReading() {
    return mayContinue() && last == attempted;
  }

  @Override
  public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
    return mayContinue() && maybeMoreData.get();
  }

  private boolean mayContinue() {
    return config != null
        && config.isAutoRead()
        && last > 0
        && reads < MAX_READS
        && total <= turn() / 2; // the rest is worth a read
  }

  @Override
  public void readComplete() {
    // nothing to learn: sizes do not adapt
  }
}
