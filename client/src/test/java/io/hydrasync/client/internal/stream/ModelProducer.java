package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import java.util.ArrayDeque;

/**
 * An honest producer of one stream without sockets: seals frames, keeps the last ones, sends again
 * what its relay does not have, and starts over where the relay has lost the epoch.
 */
final class ModelProducer {
  private final SessionSecrets session;
  private final ModelRelay relay;
  private final int ringSize;
  private final ArrayDeque<Kept> ring = new ArrayDeque<>();
  private final long stream;
  private long epoch;
  private FrameSealer sealer;

  /** A frame that may have to be sent again. */
  private record Kept(long seq, int type, int last, byte[] bytes) {}

  /** Opens a stream. */
  ModelProducer(SessionSecrets session, ModelRelay relay, long epoch, int ringSize) {
    this.session = session;
    this.relay = relay;
    this.ringSize = ringSize;
    stream = epoch;
    this.epoch = epoch;
    sealer = open(epoch, 0);
  }

  long stream() {
    return stream;
  }

  long epoch() {
    return epoch;
  }

  /** Sequence of the next frame. */
  long next() {
    return sealer.next();
  }

  private FrameSealer open(long number, long first) {
    epoch = number;
    byte[] salt = new byte[32];
    Frames.putU64(salt, 0, number);
    FrameSealer fresh =
        FrameSealer.open(
            session.id(), session.key(), session.owner(), number, stream, first, 0, salt);
    relay.append(new ModelRelay.Item(true, stream, number, first, false, fresh.head()));
    return fresh;
  }

  /**
   * A frame.
   *
   * @param last what an END says; less than 0 for a message
   * @param arrives whether the relay gets it at once
   */
  void send(int last, boolean arrives) {
    Kept frame = seal(last < 0 ? Frames.DATA : Frames.END, last);
    ring.addLast(frame);
    if (ring.size() > ringSize) {
      ring.removeFirst();
    }
    if (arrives) {
      give(frame);
    }
  }

  private Kept seal(int type, int last) {
    byte[] plaintext = new byte[type == Frames.END ? Frames.END_PLAINTEXT : 8];
    long seq = sealer.next();
    Frames.putU64(plaintext, 0, stream + seq);
    if (type == Frames.END) {
      plaintext[Frames.END_PLAINTEXT - 1] = (byte) last;
    }
    byte[] out = new byte[plaintext.length + Frames.OVERHEAD];
    sealer.seal(type, plaintext, 0, plaintext.length, out, 0);
    return new Kept(seq, type, last, out);
  }

  private void give(Kept frame) {
    relay.append(
        new ModelRelay.Item(
            false, stream, epoch, frame.seq, frame.type == Frames.END, frame.bytes));
  }

  /** The next frames are sealed under another epoch's keys. */
  void rotate(long nextEpoch) {
    send(Frames.END_ROTATES, true);
    sealer = open(nextEpoch, sealer.next());
  }

  /** Whether the relay can be resumed with; then it gets what it does not have. */
  boolean resume() {
    ModelRelay.Held held = relay.last();
    if (held == null || held.head().epoch() != epoch) {
      return false;
    }
    long due = held.next();
    for (Kept frame : ring) {
      if (frame.seq == due) {
        give(frame);
        due++;
      }
    }
    return due == next();
  }

  /**
   * The relay has lost the epoch: everything that is kept is sealed anew, in one epoch for each END
   * that is not the session's.
   *
   * @param firstEpoch the number of the first epoch
   */
  void startOver(long firstEpoch) {
    ArrayDeque<Kept> old = new ArrayDeque<>(ring);
    ring.clear();
    long first = old.isEmpty() ? sealer.next() : old.getFirst().seq;
    long number = firstEpoch;
    sealer = open(number, first);
    for (Kept frame : old) {
      Kept again = seal(frame.type, frame.last);
      ring.addLast(again);
      give(again);
      if (frame.last == Frames.END_ROTATES) {
        sealer = open(++number, sealer.next());
      }
    }
  }
}
