package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;
import java.util.Optional;

/** What has become of a write, a delete too, whose answer has come. */
public sealed interface WriteOutcome {
  /**
   * It was done.
   *
   * @param revision of the write
   */
  record Written(long revision) implements WriteOutcome {}

  /**
   * It was not done, since the entry is not as it was expected to be.
   *
   * @param current the entry as it is, empty if there is none
   */
  record Conflict(Optional<Versioned<SessionEntry>> current) implements WriteOutcome {
    /**
     * Checks what is given.
     *
     * @param current the entry as it is, empty if there is none
     */
    public Conflict {
      Arguments.given(current, "what is there");
    }
  }
}
