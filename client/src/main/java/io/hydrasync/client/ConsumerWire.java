package io.hydrasync.client;

import io.hydrasync.protocol.RelayKey;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a {@link HydraConsumer} does over one wire; its methods are described there. */
interface ConsumerWire {
  /** A deadline that never comes. */
  long FOREVER = Long.MAX_VALUE;

  /**
   * Waits for the next message.
   *
   * @param deadline by {@link System#nanoTime()}, or {@link #FOREVER}
   */
  @Nullable ByteBuffer receive(long deadline);

  Optional<Position> position();

  /** From any thread. */
  long missedBefore();

  boolean isReady();

  RelayKey relayKey();

  boolean isEnded();

  /** From any thread. */
  void close();
}
