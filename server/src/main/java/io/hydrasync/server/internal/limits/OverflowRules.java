package io.hydrasync.server.internal.limits;

import io.hydrasync.protocol.Overflow;
import java.util.Set;

/**
 * What an operator lets sessions and consumers choose when a log is at capacity. Immutable.
 *
 * @param standard what DEFAULT means: any policy but DEFAULT
 * @param permitted what producers may ask for
 * @param growBytes the second bound of GROW
 * @param sessionSpillBytes what SPILL may put on disk for one session
 * @param lagBytes how far a consumer that asked for DROP or SKIP may lag
 */
public record OverflowRules(
    Overflow standard,
    Set<Overflow> permitted,
    long growBytes,
    long sessionSpillBytes,
    long lagBytes) {
  public OverflowRules {
    if (standard == Overflow.DEFAULT) {
      throw new IllegalArgumentException("the relay's overflow policy cannot be DEFAULT");
    }
    permitted = Set.copyOf(permitted);
  }

  /** Whether a producer may ask for a policy. */
  public boolean permits(Overflow asked) {
    return asked == Overflow.DEFAULT || asked == standard || permitted.contains(asked);
  }

  /** The policy of a session whose producer asked for this. */
  public Overflow resolve(Overflow asked) {
    return asked == Overflow.DEFAULT ? standard : asked;
  }
}
