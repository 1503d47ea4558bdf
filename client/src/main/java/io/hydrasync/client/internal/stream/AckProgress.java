package io.hydrasync.client.internal.stream;

/**
 * What the relay's acknowledgments are worth ({@code wire2.md} section 7, last paragraph). One that
 * says more than those of its epoch is progress: what failed before has passed. One that says more
 * than any of its stream gives time, too: a relay that forgets what it has acknowledged, and has
 * all of it sent again over and over, does not get that. For the reading thread.
 */
public final class AckProgress {
  private long stream;
  private long acknowledgedOfStream;
  private long epoch;
  private long acknowledged;
  private boolean headNamed;

  /** What an acknowledgment was. */
  public enum Worth {
    /** Nothing that was not known. */
    NOTHING,
    /** More of this epoch. */
    OF_EPOCH,
    /** More of this stream. */
    OF_STREAM
  }

  /**
   * Takes an acknowledgment of the present epoch, which can be true.
   *
   * @param now the present epoch
   * @param next all frames below are said to be in the relay's log
   */
  public Worth take(ProducerEpoch now, long next) {
    if (now.stream() != stream) {
      stream = now.stream();
      acknowledgedOfStream = 0;
    }
    if (now.epoch() != epoch) {
      epoch = now.epoch();
      acknowledged = now.first();
      headNamed = false;
    }
    if (next > acknowledgedOfStream) {
      acknowledgedOfStream = next;
      acknowledged = next;
      return Worth.OF_STREAM;
    }
    boolean hasOnlyAHead = now.sealer().next() == now.first();
    boolean more = next > acknowledged || (hasOnlyAHead && !headNamed);
    acknowledged = Math.max(acknowledged, next);
    headNamed = true;
    return more ? Worth.OF_EPOCH : Worth.NOTHING;
  }
}
