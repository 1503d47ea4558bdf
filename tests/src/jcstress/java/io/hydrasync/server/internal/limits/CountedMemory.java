package io.hydrasync.server.internal.limits;

import io.netty.util.internal.CleanableDirectBuffer;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Memory that counts how often it is let go of. All buffers have the same bytes behind them. */
final class CountedMemory implements CleanableDirectBuffer {
  static final int BYTES = 256 << 10;
  private static final ByteBuffer SHARED = ByteBuffer.allocate(BYTES);

  final AtomicInteger cleaned = new AtomicInteger();

  /** Where new ones come from. */
  static final class Source {
    final Queue<CountedMemory> made = new ConcurrentLinkedQueue<>();

    SpareMemory spare() {
      return new SpareMemory(1L << 30, bytes -> make());
    }

    CountedMemory make() {
      CountedMemory memory = new CountedMemory();
      made.add(memory);
      return memory;
    }
  }

  @Override
  public ByteBuffer buffer() {
    return SHARED;
  }

  @Override
  public void clean() {
    cleaned.incrementAndGet();
  }
}
