package io.hydrasync.server;

import io.hydrasync.server.internal.telemetry.Attendance;
import java.time.Duration;
import java.util.Optional;

/**
 * A consumer's connection at one moment, which may be gone: {@link RelayOperator#consumers}.
 * Immutable.
 */
public final class ConsumerStatus {
  private final long id;
  private final String peer;
  private final long takenBytes;
  private final Duration age;
  private final Optional<Duration> goneFor;

  ConsumerStatus(Attendance.Visit visit, long nowNanos) {
    Long gone = visit.goneNanos(); // in front of what it has taken, which is final then
    goneFor = Optional.ofNullable(gone).map(since -> Duration.ofNanos(nowNanos - since));
    id = visit.id();
    peer = visit.peer();
    age = Duration.ofNanos(nowNanos - visit.cameNanos());
    takenBytes = visit.taken();
  }

  /**
   * The number of its connection.
   *
   * @return the number by which {@link RelayOperator#kick} takes it; later ones are higher
   */
  public long id() {
    return id;
  }

  /**
   * Where it is, or was.
   *
   * @return address and port
   */
  public String peer() {
    return peer;
  }

  /**
   * Up to where its connection has taken the session. That is with the operating system; whether it
   * has arrived is the consumer's to say.
   *
   * @return bytes of frames since the session's beginning, also those before its own beginning; as
   *     many as {@link SessionStatus#publishedBytes} for one that lacks nothing
   */
  public long takenBytes() {
    return takenBytes;
  }

  /**
   * How long ago it joined.
   *
   * @return the time since then, also when it is gone
   */
  public Duration age() {
    return age;
  }

  /**
   * Since when its connection is gone.
   *
   * @return how long; empty while it is there
   */
  public Optional<Duration> goneFor() {
    return goneFor;
  }

  @Override
  public String toString() {
    return "consumer " + id + " of " + peer;
  }
}
