package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.util.Iterator;

/**
 * A producer's part of the wire without I/O: the epoch that frames are sealed in, the ring of those
 * that may have to be sent again, and what is done with both at the next connection ({@code
 * wire2.md} section 6, "Producer"). Who sends says what the relay has acknowledged, and writes what
 * this gives. The twin of {@link StreamVerifier}.
 *
 * <p>The producer's lock covers it; what is only asked for may be asked from any thread.
 */
public final class ProducerStream {
  private final ProducerEpoch.Opener epochs;
  private final FrameRing ring;
  private volatile ProducerEpoch current;
  private volatile boolean mayResume = true;
  private volatile boolean lostFrames;
  private boolean destroyed;
  private long unacknowledgedSeen;

  /** How a stream goes on over another connection. */
  public enum Outcome {
    /** In the same epoch, with what the relay does not have. */
    RESUMED,
    /** The relay has lost the epoch: in another one of the same stream, with the whole ring. */
    STARTED_OVER,
    /** Somebody else has written to the session: another stream, and nothing is sent again. */
    SUPERSEDED,
    /** The relay claims what cannot be: nothing has changed, and this connection is of no use. */
    REFUSED
  }

  /**
   * What is to be sent over another connection: the HEAD, if an epoch has been opened, and then
   * every frame from a sequence on.
   *
   * @param acknowledged what the relay has of the present epoch, and where the frames begin
   */
  public record Continuation(Outcome outcome, long acknowledged) {
    /** Whether the HEAD comes first. */
    public boolean opensEpoch() {
      return outcome == Outcome.STARTED_OVER || outcome == Outcome.SUPERSEDED;
    }
  }

  /** Takes frames. */
  public interface Sink<E extends Exception> {
    /** Takes whole frames, borrowed from the ring until the call returns. */
    void take(byte[] bytes, int offset, int length) throws E;
  }

  /**
   * Opens a stream. Its HEAD has to be sent before its first frame.
   *
   * @param epochs numbers them
   * @param ringBytes how much is kept
   * @param relayEpoch the newest epoch that the relay has of this session
   */
  public ProducerStream(ProducerEpoch.Opener epochs, long ringBytes, long relayEpoch) {
    this.epochs = epochs;
    ring = new FrameRing(ringBytes);
    current = epochs.newStream(relayEpoch);
  }

  /** What frames are sealed in at present. */
  public ProducerEpoch current() {
    return current;
  }

  /** The HEAD of the present epoch; not to be changed. */
  public byte[] head() {
    return current.sealer().head();
  }

  /** Sequence of the next frame. */
  public long next() {
    return current.sealer().next();
  }

  /** The stream's name. */
  public long name() {
    return current.stream();
  }

  /**
   * Whether frames were let go of that the relay had not acknowledged, because another producer had
   * taken the session.
   */
  public boolean hasLostFrames() {
    return lostFrames;
  }

  /** The relay claims what cannot be: nothing is resumed with it, the next epoch is a new one. */
  public void distrust() {
    mayResume = false;
  }

  // ---- frames ----

  /**
   * Whether a frame may be added; lets go of acknowledged ones as far as that takes.
   *
   * @param acknowledged all frames below are in the relay's log
   */
  public boolean makeRoom(int frameBytes, long acknowledged) {
    return ring.makeRoom(frameBytes, acknowledged);
  }

  /**
   * Seals a frame into the ring.
   *
   * @return the chunk that it is in, at the end
   */
  public FrameRing.Chunk seal(int type, byte[] plaintext, int offset, int length) {
    return ring.seal(current.sealer(), type, plaintext, offset, length);
  }

  /**
   * What is kept and not acknowledged; what it was last once the stream is destroyed.
   *
   * @param acknowledged all frames below are in the relay's log
   */
  public long unacknowledgedBytes(long acknowledged) {
    if (!destroyed) {
      unacknowledgedSeen = ring.unacknowledgedBytes(acknowledged);
    }
    return unacknowledgedSeen;
  }

  /** Lets go of the frames and zeroes the keys. */
  public void destroy() {
    destroyed = true;
    ring.clear();
    current.sealer().destroy();
  }

  // ---- the next connection ----

  /** Whether going on over a connection means that everything is sealed anew. */
  public boolean startsOver(JoinedMessage joined) {
    return !resumes(joined) && joined.id() <= current.epoch();
  }

  private boolean resumes(JoinedMessage joined) {
    return mayResume && (joined.flags() & JoinedMessage.FLAG_RESUMED) != 0;
  }

  /** The oldest frame that would be sealed anew. */
  public long oldest() {
    return ring.isEmpty() ? next() : ring.first();
  }

  /**
   * Goes on over another connection.
   *
   * @param joined what the relay says there
   * @param acknowledged all frames below were in the relay's log
   * @return what is to be sent
   */
  public Continuation goOn(JoinedMessage joined, long acknowledged) {
    if (resumes(joined)) {
      if (joined.id() != current.epoch() || !isInRing(joined.seq())) {
        distrust();
        return new Continuation(Outcome.REFUSED, acknowledged);
      }
      return new Continuation(Outcome.RESUMED, joined.seq());
    }
    mayResume = true;
    return joined.id() > current.epoch()
        ? giveWay(joined.id(), acknowledged)
        : startOver(joined.id());
  }

  private boolean isInRing(long seq) {
    return seq == next() || (!ring.isEmpty() && seq >= ring.first() && seq < next());
  }

  private Continuation giveWay(long relayEpoch, long acknowledged) {
    if (acknowledged < next()) {
      lostFrames = true;
    }
    FrameSealer old = current.sealer();
    ring.clear();
    current = epochs.newStream(relayEpoch);
    old.destroy();
    return new Continuation(Outcome.SUPERSEDED, 0);
  }

  /** Another epoch, with every frame of the ring sealed anew under its old sequence. */
  private Continuation startOver(long relayEpoch) {
    long first = oldest();
    FrameSealer old = current.sealer();
    ProducerEpoch fresh = epochs.continuing(relayEpoch, current.stream(), first);
    ring.reseal(fresh.sealer());
    current = fresh;
    old.destroy();
    return new Continuation(Outcome.STARTED_OVER, first);
  }

  /**
   * Gives the frames that are kept, from a sequence on, in order and many at a time.
   *
   * @throws E from {@code to}
   */
  public <E extends Exception> void framesFrom(long seq, Sink<E> to) throws E {
    for (Iterator<FrameRing.Chunk> chunks = ring.iterator(); chunks.hasNext(); ) {
      FrameRing.Chunk chunk = chunks.next();
      if (chunk.next() > seq) {
        int at = chunk.offsetOf(Math.max(seq, chunk.first()));
        to.take(chunk.data, at, chunk.length() - at);
      }
    }
  }
}
