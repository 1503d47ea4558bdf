package io.hydrasync.server.internal.cluster;

import io.hydrasync.server.cluster.SecretHash;
import java.util.Optional;

/**
 * What a producer's JOIN says, as far as it matters for who owns the session. Immutable.
 *
 * @param resumes whether it goes on: start = at
 * @param epoch the highest epoch of which it has begun to send a HEAD, unsigned; 0 if there is none
 *     or it does not go on
 * @param holdsToken whether this relay has issued the resume token that it shows, and it is valid;
 *     counts only where this relay owns the session
 * @param shown the hash of the resume token that it shows; empty if it shows none, and in an owned
 *     session
 * @param issued the hash of the token that it will be given; empty in an owned session
 */
public record ProducerJoin(
    boolean resumes,
    long epoch,
    boolean holdsToken,
    Optional<SecretHash> shown,
    Optional<SecretHash> issued) {
  /**
   * The same at a node that does not own the session: the tokens that it has issued are those of
   * before, only the directory knows which are valid.
   */
  ProducerJoin elsewhere() {
    return new ProducerJoin(resumes, epoch, false, shown, issued);
  }

  /** Whether it has begun an epoch, and it is below another. */
  boolean isBelow(long other) {
    return resumes && epoch != 0 && Long.compareUnsigned(epoch, other) < 0;
  }
}
