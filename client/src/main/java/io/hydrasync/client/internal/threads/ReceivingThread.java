package io.hydrasync.client.internal.threads;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that one thread at a time is in {@code receive()}, and says which.
 *
 * <p>There are two ways in. The long one is for a call that may read: {@code owner} is set from
 * null by an atomic step. The short one is for a call that takes the next message of a frame that
 * is open, which takes some ten nanoseconds, about as many as an atomic step: it is kept for the
 * thread that came the long way last, and marks itself by a plain store to {@code Claim.inside},
 * then looks whether its claim has been revoked. Another thread that comes the long way revokes the
 * claim first, and then looks at {@code inside}.
 *
 * <p>For one of the two to see the other, each store has to be seen before the load behind it is
 * made. On the short way a fence for that would cost as much as the atomic step. There only the
 * compiler is kept from changing the order (on x86 that is no instruction); what is left is the
 * processor, which makes the load while the store waits in its buffer, for less than a microsecond
 * whatever becomes of the thread: once the load counts, the store has been made. The other thread
 * waits for many times that before it looks. This is no guarantee of the memory model, and need not
 * be one: who hands a consumer over to another thread properly has ordered all of this, so that the
 * exception for one who does not is all that hangs on it. So changing the thread within a frame
 * costs some microseconds, and all else next to nothing.
 */
public final class ReceivingThread {
  private static final VarHandle OWNER;
  private static final VarHandle INSIDE;
  private static final VarHandle REVOKED;
  private static final long SETTLING_NANOS = 20_000;
  private static final long LOOK_NANOS = 100_000;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      OWNER = lookup.findVarHandle(ReceivingThread.class, "owner", Thread.class);
      INSIDE = lookup.findVarHandle(Claim.class, "inside", boolean.class);
      REVOKED = lookup.findVarHandle(Claim.class, "revoked", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile @Nullable Thread owner;
  private Claim claim = new Claim(null); // written by the owner only

  /** Whose the short way is. A new one for each change, so that nobody sets another's mark. */
  private static final class Claim {
    private final @Nullable Thread thread;
    private boolean inside;
    private boolean revoked;

    Claim(@Nullable Thread thread) {
      this.thread = thread;
    }
  }

  /** Takes the short way, if it is this thread's: then {@link #leaveShort()} must follow. */
  public boolean enterShort() {
    Claim mine = claim;
    if (mine.thread != Thread.currentThread()) {
      return false;
    }
    INSIDE.setOpaque(mine, true);
    // Else the JIT may move the load before the store, and the thread may be stopped in between.
    // HotSpot moves nothing over a fence of any kind; this one is the cheapest.
    VarHandle.releaseFence();
    if (!(boolean) REVOKED.getAcquire(mine)) {
      return true;
    }
    INSIDE.setRelease(mine, false);
    return false;
  }

  public void leaveShort() {
    INSIDE.setRelease(claim, false);
  }

  /**
   * Takes the long way; {@link #leave()} must follow.
   *
   * @throws IllegalStateException if another thread is inside, or this one already is
   */
  public void enter() {
    Thread me = Thread.currentThread();
    if (!OWNER.compareAndSet(this, null, me)) {
      throw new IllegalStateException(
          owner == me
              ? "receive() was called by a listener of this consumer"
              : "another thread is in receive(): one thread receives at a time");
    }
    if (claim.thread != me && !takeOver(me)) {
      owner = null;
      throw new IllegalStateException(
          "another thread is in receive(): one thread receives at a time");
    }
  }

  private boolean takeOver(Thread me) {
    Claim last = claim;
    if (last.thread != null) {
      REVOKED.setVolatile(last, true);
      long began = System.nanoTime();
      while (System.nanoTime() - began < SETTLING_NANOS) {
        Thread.onSpinWait();
      }
      if ((boolean) INSIDE.getAcquire(last)) {
        REVOKED.setVolatile(last, false);
        return false;
      }
    }
    claim = new Claim(me);
    return true;
  }

  public void leave() {
    OWNER.setRelease(this, (Thread) null); // once a frame, and nothing has to wait for it
  }

  /** Who is inside the long way, or null. From any thread. */
  @Nullable
  public Thread owner() {
    return owner;
  }

  /**
   * Waits until nobody is inside, so that all they did is seen, but not for long; not at all where
   * the caller is inside.
   */
  public void awaitLeft(long nanos) {
    long began = System.nanoTime();
    while (isAnotherInside() && System.nanoTime() - began < nanos) {
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
  }

  private boolean isAnotherInside() {
    Thread inside = owner;
    Thread me = Thread.currentThread();
    if (inside != null) {
      return inside != me;
    }
    Claim last = claim;
    return last.thread != me && (boolean) INSIDE.getAcquire(last);
  }
}
