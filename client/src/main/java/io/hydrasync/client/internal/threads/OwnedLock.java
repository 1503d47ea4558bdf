package io.hydrasync.client.internal.threads;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A lock that tells who holds it. Thread-safe, as every lock. */
public final class OwnedLock extends ReentrantLock {
  private static final long serialVersionUID = 1L;

  /** Who holds it at this moment, or null; from any thread, and out of date at once. */
  @Nullable Thread owner() {
    return getOwner();
  }
}
