package io.hydrasync.client;

import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.io.IOException;

/**
 * A producer's stream: the epoch that frames are sealed in, the ring of those that may have to be
 * sent again, and what is done with both at the next connection ({@code wire2.md} section 6,
 * "Producer"). The link's lock covers it; what is only asked for may be asked from any thread.
 */
final class ProducerStream {
  private final ProducerEpoch.Opener epochs;
  private final ProducerStatus status;
  private final FrameRing ring;
  private volatile ProducerEpoch current;
  private volatile boolean mayResume = true;
  private volatile boolean lostFrames;
  private boolean destroyed;
  private long unacknowledgedSeen;

  /**
   * Opens a stream over a connection.
   *
   * @param epochs numbers them
   * @param status knows what the relay has
   * @param ringBytes how much is kept
   * @throws IOException if the connection has broken
   */
  ProducerStream(
      ProducerEpoch.Opener epochs, ProducerStatus status, long ringBytes, RelayConnection to)
      throws IOException {
    this.epochs = epochs;
    this.status = status;
    ring = new FrameRing(ringBytes);
    current = epochs.newStream(to.joined().id());
    sendHead(to);
  }

  /** What frames are sealed in at present. */
  ProducerEpoch current() {
    return current;
  }

  /** Sequence of the next frame. */
  long next() {
    return current.sealer().next();
  }

  /** The stream's name. */
  long name() {
    return current.stream();
  }

  /**
   * Whether frames were let go of that the relay had not acknowledged, because another producer had
   * taken the session.
   */
  boolean hasLostFrames() {
    return lostFrames;
  }

  /** The relay claims what cannot be: nothing is resumed with it, the next epoch is a new one. */
  void distrust() {
    mayResume = false;
  }

  // ---- frames ----

  /** Whether a frame may be added; lets go of acknowledged ones as far as that takes. */
  boolean makeRoom(int frameBytes) {
    return ring.makeRoom(frameBytes, status.acknowledged());
  }

  /**
   * Seals a frame into the ring.
   *
   * @return the chunk that it is in, at the end
   */
  FrameRing.Chunk seal(int type, byte[] plaintext, int offset, int length) {
    return ring.seal(current.sealer(), type, plaintext, offset, length);
  }

  /** What is kept and not acknowledged; what it was last once the stream is destroyed. */
  long unacknowledgedBytes() {
    if (!destroyed) {
      unacknowledgedSeen = ring.unacknowledgedBytes(status.acknowledged());
    }
    return unacknowledgedSeen;
  }

  /** Lets go of the frames and zeroes the keys. */
  void destroy() {
    unacknowledgedBytes();
    destroyed = true;
    ring.clear();
    current.sealer().destroy();
  }

  // ---- the next connection ----

  /** Whether going on over a connection means that everything is sealed anew. */
  boolean startsOver(JoinedMessage joined) {
    return !resumes(joined) && joined.id() <= current.epoch();
  }

  private boolean resumes(JoinedMessage joined) {
    return mayResume && (joined.flags() & JoinedMessage.FLAG_RESUMED) != 0;
  }

  /** The oldest frame that would be sealed anew. */
  long oldest() {
    return ring.isEmpty() ? next() : ring.first();
  }

  /**
   * Goes on over another connection: sends again what the relay does not have.
   *
   * @return what has become of the stream
   * @throws IOException if the connection has broken, or is of no use
   */
  ProducerState goOn(RelayConnection to) throws IOException {
    JoinedMessage joined = to.joined();
    if (resumes(joined)) {
      if (joined.id() != current.epoch() || !isInRing(joined.seq())) {
        distrust();
        throw new IOException("the relay resumes at a place that this producer does not have");
      }
      status.acknowledged(joined.seq());
      sendRing(to, joined.seq());
      return ProducerState.CONNECTED;
    }
    mayResume = true;
    if (joined.id() > current.epoch()) {
      giveWay(to, joined.id());
      return ProducerState.SUPERSEDED;
    }
    startOver(to, joined.id());
    return ProducerState.CONNECTED;
  }

  private boolean isInRing(long seq) {
    return seq == next() || (!ring.isEmpty() && seq >= ring.first() && seq < next());
  }

  /** Somebody else has written to the session: another stream, and nothing is sent again. */
  private void giveWay(RelayConnection to, long relayEpoch) throws IOException {
    if (status.acknowledged() < next()) {
      lostFrames = true;
    }
    FrameSealer old = current.sealer();
    ring.clear();
    current = epochs.newStream(relayEpoch);
    status.acknowledged(0);
    old.destroy();
    sendHead(to);
  }

  /**
   * The relay has lost the epoch: another one of the same stream, with every frame of the ring
   * sealed anew under its old sequence.
   */
  private void startOver(RelayConnection to, long relayEpoch) throws IOException {
    long first = oldest();
    FrameSealer old = current.sealer();
    ProducerEpoch fresh = epochs.continuing(relayEpoch, current.stream(), first);
    ring.reseal(fresh.sealer());
    current = fresh;
    status.acknowledged(first);
    old.destroy();
    sendHead(to);
    sendRing(to, first);
  }

  private void sendHead(RelayConnection to) throws IOException {
    to.write(current.sealer().head(), 0, current.sealer().head().length);
  }

  private void sendRing(RelayConnection to, long from) throws IOException {
    for (var chunks = ring.iterator(); chunks.hasNext(); ) {
      FrameRing.Chunk chunk = chunks.next();
      if (chunk.next() > from) {
        int at = chunk.offsetOf(Math.max(from, chunk.first()));
        to.write(chunk.data, at, chunk.length() - at);
      }
    }
  }
}
