package io.hydrasync.server.internal.sync;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells a loop, once, that there is something to look at.
 *
 * <p>The signaller writes what there is (the tail) and then calls {@link #raise()}; the loop calls
 * {@link #lower()} and then reads what there is. Both use an atomic exchange, which is a full
 * fence: either the signaller sees the flag lowered and wakes the loop, or the loop, lowering it
 * later, sees what was written. With release and acquire alone both could miss each other.
 */
public final class WakeFlag {
  private final AtomicBoolean raised = new AtomicBoolean();

  /** True if the loop has to be woken: nobody has done so since it last looked. */
  public boolean raise() {
    return !raised.getAndSet(true);
  }

  /** Before the loop looks. */
  public void lower() {
    raised.getAndSet(false);
  }
}
