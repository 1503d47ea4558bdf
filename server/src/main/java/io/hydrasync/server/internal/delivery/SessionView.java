package io.hydrasync.server.internal.delivery;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.sync.RoomGate;
import io.netty.channel.EventLoop;

/**
 * A session as its consumers' loops see it, and what they tell it. The session writes it on its
 * owner loop; all else is for any thread.
 */
public final class SessionView {
  /** Who is told. From any thread. */
  public interface Host {
    /** The consumers of a loop, with which one of them is woken. */
    LoopGroup group(EventLoop loop);

    /** A cursor has passed what somebody waits for. */
    void roomMayHaveCome();

    /** A consumer has reached the end of a finished log. */
    void drained(ConsumerStage consumer, SessionLog finished);

    /** A link says how many consumers are behind it. */
    void linkCounts(ConsumerStage link, int consumers);

    /** A consumer's connection is about to end, or has ended. */
    void consumerLeft(ConsumerStage gone);
  }

  private final Host session;
  private final boolean classic;
  private final int packetBytes;
  private final RoomGate gate = new RoomGate();
  private volatile Overflow policy;
  private volatile boolean over;

  /**
   * The view of a session that has just begun.
   *
   * @param classic whether its clients speak a classic wire
   * @param packetBytes of each packet on the later classic wire, else 0
   * @param policy for the time being
   */
  public SessionView(Host session, boolean classic, int packetBytes, Overflow policy) {
    this.session = session;
    this.classic = classic;
    this.packetBytes = packetBytes;
    this.policy = policy;
  }

  /** Whether its clients speak the classic wire. */
  boolean isClassic() {
    return classic;
  }

  /** Bytes of each packet, 0 where frames tell their length. */
  int packetBytes() {
    return packetBytes;
  }

  /** What happens when the log is at capacity. */
  public Overflow policy() {
    return policy;
  }

  public void policy(Overflow next) {
    policy = next;
  }

  /** Whether the log may let go of what a cursor still needs. */
  boolean evicts() {
    return policy == Overflow.DROP || policy == Overflow.SKIP || policy == Overflow.SPILL;
  }

  /** Whether BYE has been said; consumers at the tail are done then. */
  public boolean isOver() {
    return over;
  }

  public void over(boolean now) {
    over = now;
  }

  /** Closed while the producer waits for consumers to make room. */
  public RoomGate gate() {
    return gate;
  }

  /** A consumer's cursor has moved. */
  void cursorMoved(long from, long to) {
    if (gate.passed(from, to)) {
      session.roomMayHaveCome();
    }
  }

  LoopGroup group(EventLoop loop) {
    return session.group(loop);
  }

  void drained(ConsumerStage consumer, SessionLog finished) {
    session.drained(consumer, finished);
  }

  void linkCounts(ConsumerStage link, int consumers) {
    session.linkCounts(link, consumers);
  }

  void consumerLeft(ConsumerStage gone) {
    session.consumerLeft(gone);
  }
}
