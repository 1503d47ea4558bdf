package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.wire.HeadSignature;
import io.hydrasync.server.internal.admission.HeadChecks;
import io.hydrasync.server.internal.admission.HeadTokens;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.log.LogParser;
import io.hydrasync.server.internal.log.Segment;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.log.Wire2Framing;
import io.hydrasync.server.internal.services.RelayServices;
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
  /** Checked together. */
  private static final int MOST = 64;

  /** Before others have their turn, so that these wait for a few milliseconds. */
  private static final int AT_A_TIME = 8;

  private final Connection connection;
  private final Session session;
  private final SessionLog log;
  private final Wire2Framing framing;
  private final HeadTokens tokens;
  private final Runnable ended;
  private boolean checking;

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
    RelayServices services = connection.services();
    tokens = new HeadTokens(services.headChecks(), services.nanoTime());
  }

  /** Whether nothing may be parsed because a check has not ended. */
  boolean isChecking() {
    return checking;
  }

  /** The producer is not this one any more: what comes of a check means nothing. */
  void abandon() {
    abandoned = true;
    tokens.giveBack(connection.services().nanoTime());
  }

  /** Whether tokens are awaited that will not be there at a time yet. */
  boolean awaitsTokensBeyond(long nanos) {
    return tokens.areAwaitedBeyond(nanos);
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
    long now = connection.services().nanoTime();
    long wait = tokens.take(connection.visitor().limiting(), heads.size(), now);
    if (wait == 0) {
      start(heads);
    } else {
      connection.schedule(() -> start(heads), wait);
    }
    return true;
  }

  private void start(List<Wire2Framing.Unchecked> heads) {
    if (!abandoned) {
      tokens.haveCome();
      Check check = new Check(heads);
      if (!check.tryQueue()) {
        check.release(); // the relay has stopped
      }
    }
  }

  /** Of some HEADs. Made on the loop: where a segment ends only its owner may ask. */
  private final class Check implements Runnable {
    private final List<Wire2Framing.Unchecked> heads;
    private final List<Segment> held;
    private final List<List<ByteBuffer>> pieces;
    private final List<Wire2Framing.Checked> checked = new ArrayList<>();

    Check(List<Wire2Framing.Unchecked> heads) {
      this.heads = heads;
      Wire2Framing.Unchecked last = heads.get(heads.size() - 1);
      held = log.retain(heads.get(0).position(), last.position() + last.length());
      pieces = heads.stream().map(this::pieces).toList();
    }

    private List<ByteBuffer> pieces(Wire2Framing.Unchecked head) {
      List<ByteBuffer> found = new ArrayList<>();
      long end = head.position() + head.length();
      for (Segment segment : held) {
        long from = Math.max(head.position(), segment.base);
        long to = Math.min(end, segment.end());
        if (from < to) {
          found.add(segment.bytes().slice((int) (from - segment.base), (int) (to - from)));
        }
      }
      return found;
    }

    /** Queues it, or the rest of it; false if the relay has stopped. */
    boolean tryQueue() {
      try {
        connection.services().headChecks().execute(this);
        return true;
      } catch (RejectedExecutionException e) {
        return false;
      }
    }

    /** On a thread of the checks. */
    @Override
    public void run() {
      boolean goesOn = false;
      try {
        int until = Math.min(heads.size(), checked.size() + AT_A_TIME);
        while (checked.size() < until && !abandoned) {
          checked.add(check(checked.size()));
        }
        goesOn = checked.size() < heads.size() && !abandoned && tryQueue();
      } finally {
        if (!goesOn) {
          release();
          connection.execute(() -> ended(checked));
        }
      }
    }

    private Wire2Framing.Checked check(int number) {
      HeadSignature signature = new HeadSignature(session.name().id(), pieces.get(number));
      byte[] digest = signature.verifies(session.ownerKey()) ? signature.digest() : null;
      return new Wire2Framing.Checked(heads.get(number).epoch(), digest);
    }

    void release() {
      held.forEach(Segment::release);
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
