package io.hydrasync.client;

import io.hydrasync.protocol.check.Arguments;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The stream does not move as it should, though the connection stands. Nothing is lost by that; but
 * somebody who can hold frames back could be doing so. Immutable and thread-safe.
 */
public final class Stall {
  private final Kind kind;
  private final Duration by;
  private final @Nullable Instant sentAt;

  /** What was noticed. */
  public enum Kind {
    /** The relay says that the producer is connected, but no frame has come, not even a TICK. */
    SILENT,
    /** The producer's TICKs are old, and do not become younger: what comes is late. */
    LATE
  }

  private Stall(Kind kind, Duration by, @Nullable Instant sentAt) {
    this.kind = kind;
    this.by = Arguments.given(by, "a duration");
    this.sentAt = sentAt;
  }

  /**
   * Nothing comes.
   *
   * @param by for how long
   * @return the stall
   */
  public static Stall silent(Duration by) {
    return new Stall(Kind.SILENT, by, null);
  }

  /**
   * What comes is late.
   *
   * @param by how far the producer's clock is from this machine's
   * @param sentAt when the newest TICK was sent, by the producer's clock
   * @return the stall
   */
  public static Stall late(Duration by, Instant sentAt) {
    return new Stall(Kind.LATE, by, Arguments.given(sentAt, "a time"));
  }

  /**
   * What was noticed.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * How long nothing has come, or how far the producer's clock is from this machine's.
   *
   * @return more than 0
   */
  public Duration by() {
    return by;
  }

  /**
   * When the newest TICK was sent, by the producer's clock; if that is to come by this machine's,
   * nothing is late and one of the two is wrong.
   *
   * @return the time for {@link Kind#LATE}, else empty
   */
  public Optional<Instant> sentAt() {
    return Optional.ofNullable(sentAt);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Stall that
        && kind == that.kind
        && by.equals(that.by)
        && Objects.equals(sentAt, that.sentAt);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kind, by, sentAt);
  }

  @Override
  public String toString() {
    return "Stall[" + kind + " by " + by + (sentAt == null ? "" : ", sent at " + sentAt) + "]";
  }
}
