package io.hydrasync.server;

import io.hydrasync.protocol.wire.HeadSignature;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * Has the signatures of the HEADs checked that one producer has sent: off the loop, when there are
 * tokens for them ({@link HeadChecks}), one after the other. With the HEAD that the parser is held
 * up by go those that have come behind it, so that what it costs the loop to ask and to be told is
 * shared by all. Confined to the connection's loop.
 *
 * <p>The bytes stay in the log and are read from there, so HEADs that wait cost nothing beside
 * them. They are not written to while the producer is attached: nothing is parsed meanwhile, and
 * what the parser moves later it moves unchanged and in order. Once it is not attached, others may
 * write there, and whatever comes of the check means nothing any more; the memory itself is
 * retained until the check has ended.
 */
final class HeadGate {
  /** Checked together, so that others wait for some 10 ms. */
  private static final int MOST = 64;

  private final Connection connection;
  private final Session session;
  private final SessionLog log;
  private final Wire2Framing framing;
  private final TokenBucket tokens;
  private final Runnable ended;
  private boolean checking;

  /** HEADs that tokens are still awaited for, and when these will be there. */
  private int awaiting;

  private long dueNanos;

  /** Read also by checks that have been queued. */
  private volatile boolean abandoned;

  /**
   * The gate of one producer's connection.
   *
   * @param ended run on the loop when a check has ended and the producer is still this one
   */
  HeadGate(
      Connection connection,
      Session session,
      SessionLog log,
      Wire2Framing framing,
      Runnable ended) {
    this.connection = connection;
    this.session = session;
    this.log = log;
    this.framing = framing;
    this.ended = ended;
    tokens = HeadChecks.newBucket(connection.relay().nanoTime());
  }

  /** Whether nothing may be parsed because a check has not ended. */
  boolean isChecking() {
    return checking;
  }

  /** The producer is not this one any more: what comes of a check means nothing. */
  void abandon() {
    abandoned = true;
    if (awaiting > 0) { // else who comes and goes would leave ever longer waits to its neighbours
      Relay relay = connection.relay();
      relay.headChecks().giveBack(connection.channel().remoteAddress(), awaiting, relay.nanoTime());
      awaiting = 0;
    }
  }

  /** Whether tokens are awaited that will not be there at a time yet. */
  boolean awaitsTokensBeyond(long nanos) {
    return awaiting > 0 && dueNanos - nanos > 0;
  }

  /**
   * Begins a check if the HEAD that the parser is held up by needs one.
   *
   * @return false if that HEAD waits for something else
   */
  boolean check(LogParser heldUp) {
    if (!framing.isUnchecked()) {
      return false;
    }
    checking = true;
    List<Wire2Framing.Unchecked> heads = framing.unchecked(heldUp.behindHeldUp(), MOST);
    Relay relay = connection.relay();
    long wait =
        relay
            .headChecks()
            .take(tokens, connection.channel().remoteAddress(), heads.size(), relay.nanoTime());
    if (wait == 0) {
      start(heads);
    } else {
      awaiting = heads.size();
      dueNanos = relay.nanoTime() + wait;
      Tasks.schedule(connection.loop(), () -> connection.guarded(() -> start(heads)), wait);
    }
    return true;
  }

  private void start(List<Wire2Framing.Unchecked> heads) {
    if (abandoned) {
      return;
    }
    awaiting = 0;
    Wire2Framing.Unchecked last = heads.get(heads.size() - 1);
    List<Segment> held = log.retain(heads.get(0).position(), last.position() + last.length());
    List<List<ByteBuffer>> pieces = heads.stream().map(head -> pieces(held, head)).toList();
    try {
      connection.relay().headChecks().execute(() -> check(held, heads, pieces));
    } catch (RejectedExecutionException e) {
      held.forEach(Segment::release); // the relay has stopped
    }
  }

  /** Made here: where a segment ends only the owner loop may ask. */
  private static List<ByteBuffer> pieces(List<Segment> held, Wire2Framing.Unchecked head) {
    List<ByteBuffer> pieces = new ArrayList<>();
    long end = head.position() + head.length();
    for (Segment segment : held) {
      long from = Math.max(head.position(), segment.base);
      long to = Math.min(end, segment.end());
      if (from < to) {
        pieces.add(segment.bytes().slice((int) (from - segment.base), (int) (to - from)));
      }
    }
    return pieces;
  }

  /** On a thread of the checks. */
  private void check(
      List<Segment> held, List<Wire2Framing.Unchecked> heads, List<List<ByteBuffer>> pieces) {
    List<Wire2Framing.Checked> checked = new ArrayList<>();
    try {
      for (int i = 0; i < heads.size() && !abandoned; i++) {
        HeadSignature signature = new HeadSignature(session.name().id(), pieces.get(i));
        byte[] digest = signature.verifies(session.ownerKey()) ? signature.digest() : null;
        checked.add(new Wire2Framing.Checked(heads.get(i).epoch(), digest));
      }
    } finally {
      held.forEach(Segment::release);
      connection.execute(() -> ended(checked));
    }
  }

  private void ended(List<Wire2Framing.Checked> heads) {
    if (!abandoned && !log.isFinished()) {
      checking = false;
      framing.headsChecked(heads);
      ended.run();
    }
  }
}
