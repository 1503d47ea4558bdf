package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.Wire;

/**
 * What a relay knows a session by. The same id on two wires is two sessions.
 *
 * @param wire what its clients speak
 * @param id the 64 bytes
 */
public record SessionName(Wire wire, SessionId id) {
  /** Whether only the owner can produce, which the classic wire cannot prove. */
  boolean isOwned() {
    return !isClassic() && id.isOwned();
  }

  boolean isClassic() {
    return wire == Wire.CLASSIC;
  }

  /** What it is called in logs. */
  public String logName() {
    return id.logName();
  }
}
