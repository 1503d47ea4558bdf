package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.Wire;

/**
 * What a relay knows a session by. The same id on two wires is two sessions.
 *
 * @param wire what its clients speak
 * @param packets whether that is the later classic wire, from beta.7 on
 * @param id the 64 bytes
 */
public record SessionName(Wire wire, boolean packets, SessionId id) {
  /** A session of wire 2, or of the earlier classic wire. */
  public SessionName(Wire wire, SessionId id) {
    this(wire, false, id);
  }

  /** Whether only the owner can produce, which the classic wire cannot prove. */
  boolean isOwned() {
    return !isClassic() && id.isOwned();
  }

  public boolean isClassic() {
    return wire == Wire.CLASSIC;
  }

  /** What its clients speak, as an operator reads it. */
  public String wireName() {
    return !isClassic() ? "wire2" : packets ? "classic-later" : "classic";
  }

  /** What it is called in logs. */
  public String logName() {
    return id.logName();
  }
}
