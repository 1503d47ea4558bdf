package io.hydrasync.server;

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
final class ChannelReceive implements RecvByteBufAllocator, RecvByteBufAllocator.ExtendedHandle {
  private static final int ORDINARY_BYTES = 2048;
  private static final int MAX_READS = 16;

  private @Nullable ChannelConfig config;
  private @Nullable SessionLog target;
  private @Nullable ByteBuf lastSlice;
  private int attempted;
  private int last;
  private int reads;
  private int total;

  /** Reads into the log's tail from now on, or into ordinary buffers if null. */
  void target(@Nullable SessionLog log) {
    target = log;
    lastSlice = null;
  }

  /**
   * Whether a buffer that was read is a slice of the target's tail, so that nothing has to be
   * copied.
   */
  boolean isInPlace(ByteBuf read) {
    return read == lastSlice;
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
    int most = Math.max(ORDINARY_BYTES, RelayLimits.READ_BYTES - total);
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
        && total <= RelayLimits.READ_BYTES / 2; // the rest is worth a read
  }

  @Override
  public void readComplete() {
    // nothing to learn: sizes do not adapt
  }
}
