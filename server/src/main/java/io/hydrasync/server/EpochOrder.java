package io.hydrasync.server;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Head;
import java.util.concurrent.TimeUnit;

/**
 * Which epochs may follow in a session: newer ones, not from the future, of no older stream ({@code
 * wire2.md} section 6, "Relay"). On the session's owner loop.
 */
final class EpochOrder implements Wire2Framing.EpochRules {
  private static final long MAX_AHEAD_MS = TimeUnit.HOURS.toMillis(24);

  private final Relay relay;
  private long lastEpoch;
  private long lastStream;

  EpochOrder(Relay relay) {
    this.relay = relay;
  }

  /** The highest that has been, 0 if none has. */
  long lastEpoch() {
    return lastEpoch;
  }

  @Override
  public void check(Head.Fields head) {
    if (head.epoch() <= lastEpoch) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD of an epoch that is not new");
    }
    if (head.epoch() > relay.currentTimeMillis() + MAX_AHEAD_MS) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD of an epoch in the future");
    }
    if (head.stream() < lastStream) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD of an older stream");
    }
  }

  @Override
  public void begins(Head.Fields head) {
    lastEpoch = head.epoch();
    lastStream = head.stream();
  }

  /** The session is forgotten. */
  void forget() {
    lastEpoch = 0;
    lastStream = 0;
  }
}
