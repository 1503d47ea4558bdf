package io.hydrasync.client.internal.threads;

/** Waiting that an interrupt does not shorten; the flag is set again afterwards. Stateless. */
public final class Patience {
  private Patience() {}

  /** Something that is waited for. */
  public interface Waiting {
    /**
     * Waits.
     *
     * @return false if the time ran out
     */
    boolean await(long nanos) throws InterruptedException;
  }

  /**
   * Waits.
   *
   * @param nanos for how long at most; {@code Long.MAX_VALUE} = for ever
   * @param waiting what is waited for; called again after an interrupt
   * @return false if the time ran out
   */
  public static boolean await(long nanos, Waiting waiting) {
    long began = System.nanoTime();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          long left = nanos == Long.MAX_VALUE ? nanos : nanos - (System.nanoTime() - began);
          return waiting.await(left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
