package io.hydrasync.client.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A producer's stream before a relay without sockets that does all that happens to one: it gets a
 * part of what is sent, acknowledges late, forgets its state, resumes where it should or anywhere,
 * and has heard of other producers. What it is given opens under the epoch that it was given last,
 * is what was sealed, and follows on what it has; nothing that it has not acknowledged is let go of
 * but by another producer's stream; and no epoch has the number of another.
 *
 * <p>{@code -Dstreams.runs=N} for more runs, {@code -Dstreams.seed=S} for one again.
 */
@Tag("any-jdk")
class ProducerStreamTest {
  private static final int RUNS = Integer.getInteger("streams.runs", 500);
  private static final long NOW = 1_800_000_000_000L;
  private static final SessionSecrets SESSION = SessionSecrets.generate();

  @Test
  void sendsAgainWhatTheRelayDoesNotHaveAndNothingElse() {
    Long one = Long.getLong("streams.seed");
    long first = one != null ? one : System.nanoTime();
    Set<ProducerStream.Outcome> seen = new HashSet<>();
    for (long seed = first; seed < first + (one != null ? 1 : RUNS); seed++) {
      try {
        new Run(seed, seen).play();
      } catch (RuntimeException | AssertionError e) {
        fail("streams: again with -Dstreams.seed=" + seed, e);
      }
    }
    assertThat(one != null || seen.size() == ProducerStream.Outcome.values().length)
        .as("all outcomes have come: %s", seen)
        .isTrue();
  }

  /** Epoch numbers without a file, each of which is used once. */
  private static final class Numbers implements EpochNumbers {
    private long last;

    @Override
    public long last() {
      return last;
    }

    @Override
    public void note(long epoch) {
      assertThat(epoch).isGreaterThan(last);
      last = epoch;
    }

    @Override
    public String describe() {
      return "the test's last epoch is";
    }
  }

  /** What a relay has of one producer's stream. */
  private static final class Relay {
    private final FrameOpener opener = new FrameOpener();
    private final HeadVerifier heads =
        new HeadVerifier(SESSION.id(), SESSION.key(), () -> NOW + 1_000_000);
    private long epoch;
    private long stream;
    private long next;
    private EpochKeys keys = new EpochKeys(SESSION.key(), new byte[32], new byte[32]);

    /** Takes a HEAD as a consumer would, to open what comes behind it. */
    void head(byte[] frame) {
      HeadVerifier.Checked checked = heads.check(frame, 0, 0, new byte[0]);
      assertThat(checked.head().epoch()).as("epochs rise").isGreaterThan(epoch);
      epoch = checked.head().epoch();
      stream = checked.head().stream();
      next = checked.head().first();
      keys = heads.open(checked);
    }

    /** Takes frames, the first of them being the next, up to a number of them. */
    void frames(byte[] bytes, int offset, int length, List<byte[]> sealed, long[] budget) {
      for (int at = offset; at < offset + length; ) {
        int frame = Frames.LEN_BYTES + (int) Frames.u32(bytes, at);
        long seq = Frames.u64(bytes, at + Frames.SEQ_OFFSET);
        if (budget[0]-- <= 0) {
          return; // the connection breaks here
        }
        assertThat(seq).as("the next frame").isEqualTo(next);
        assertThat(opener.open(keys, seq, bytes, at, frame)).as("frame %d opens", seq).isTrue();
        assertThat(Arrays.copyOf(opener.plaintext(), opener.length()))
            .as("frame %d", seq)
            .isEqualTo(sealed.get((int) seq));
        next = seq + 1;
        at += frame;
      }
    }

    /** Forgets everything. */
    void loseState() {
      epoch = 0;
      stream = 0;
      next = 0;
    }
  }

  private static final class Run {
    private final Random random;
    private final Set<ProducerStream.Outcome> seen;
    private final Relay relay = new Relay();
    private final ArrayList<byte[]> sealed = new ArrayList<>();
    private final ArrayDeque<Integer> unacknowledged = new ArrayDeque<>();
    private final ProducerStream stream;
    private final long capacity;
    private long acknowledged;
    private long others;
    private boolean lost;
    private boolean refused;
    private boolean connected = true;

    Run(long seed, Set<ProducerStream.Outcome> seen) {
      random = new Random(seed);
      this.seen = seen;
      capacity = random.nextInt(4) * 2_000L;
      stream =
          new ProducerStream(
              new ProducerEpoch.Opener(SESSION, new Numbers(), () -> NOW), capacity, 0);
      relay.head(stream.head());
    }

    void play() {
      int steps = 20 + random.nextInt(100);
      for (int i = 0; i < steps; i++) {
        double what = random.nextDouble();
        if (what < 0.6) {
          send();
        } else if (what < 0.8) {
          acknowledge();
        } else {
          reconnect();
        }
        check();
      }
      stream.destroy();
    }

    private boolean chance(double probability) {
      return random.nextDouble() < probability;
    }

    /** What the relay does not take is lost with the connection, and so is what comes behind it. */
    private void send() {
      byte[] message = new byte[random.nextInt(600)];
      random.nextBytes(message);
      int frameBytes = message.length + Frames.OVERHEAD;
      long waiting = unacknowledged.stream().mapToLong(Integer::longValue).sum();
      boolean room = stream.makeRoom(frameBytes, acknowledged);
      if (unacknowledged.isEmpty()) {
        assertThat(room).as("whatever is acknowledged makes room").isTrue();
      } else if (waiting + frameBytes > capacity) {
        assertThat(room).as("room beyond the ring").isFalse();
      }
      if (!room) {
        return;
      }
      sealed.add(message);
      FrameRing.Chunk chunk = stream.seal(Frames.DATA, message, 0, message.length);
      unacknowledged.add(frameBytes);
      if (connected && chance(0.1)) {
        connected = false;
      }
      if (connected) {
        relay.frames(chunk.data, chunk.length() - frameBytes, frameBytes, sealed, new long[] {1});
      }
    }

    /** The relay says that it has something, or all. */
    private void acknowledge() {
      if (connected && relay.next > acknowledged) {
        acknowledged(acknowledged + 1 + random.nextInt((int) (relay.next - acknowledged)));
      }
    }

    private void acknowledged(long next) {
      acknowledged = next;
      while (unacknowledged.size() > stream.next() - next) {
        unacknowledged.removeFirst();
      }
    }

    private void reconnect() {
      if (chance(0.2)) {
        relay.loseState();
      }
      JoinedMessage joined = joined();
      long oldName = stream.name();
      long oldNext = stream.next();
      long oldest = stream.oldest();
      boolean startsOver = stream.startsOver(joined);
      assertThat(oldest).as("what is kept").isLessThanOrEqualTo(acknowledged);
      ProducerStream.Continuation what = stream.goOn(joined, acknowledged);
      seen.add(what.outcome());
      assertThat(what.outcome() == ProducerStream.Outcome.STARTED_OVER).isEqualTo(startsOver);
      switch (what.outcome()) {
        case RESUMED -> {
          assertThat(refused).as("resumed after a lie").isFalse();
          assertThat(what.acknowledged()).isEqualTo(joined.seq());
          assertThat(stream.next()).isEqualTo(oldNext);
        }
        case STARTED_OVER -> {
          assertThat(stream.name()).isEqualTo(oldName);
          assertThat(stream.next()).isEqualTo(oldNext);
          assertThat(what.acknowledged()).isEqualTo(oldest);
        }
        case SUPERSEDED -> {
          assertThat(joined.id()).isGreaterThan(relay.epoch);
          assertThat(stream.name()).isNotEqualTo(oldName);
          assertThat(stream.next()).isZero();
          assertThat(what.acknowledged()).isZero();
          lost |= acknowledged < oldNext;
          sealed.clear();
          unacknowledged.clear();
        }
        default -> {
          refused = true;
          connected = false;
          return;
        }
      }
      refused = false;
      connected = true;
      take(what);
    }

    /** What the relay says: the truth, that it has nothing, of another producer, or anything. */
    private JoinedMessage joined() {
      double what = random.nextDouble();
      if (what < 0.1) {
        return joined(0, stream.current().epoch() + 1 + others++, 0);
      }
      if (what < 0.2) {
        long anywhere = stream.next() - 8 + random.nextInt(16);
        return joined(
            JoinedMessage.FLAG_RESUMED,
            stream.current().epoch() - (chance(0.3) ? 1 : 0),
            Math.max(0, anywhere));
      }
      boolean knows = relay.epoch == stream.current().epoch() && chance(0.9);
      return knows
          ? joined(JoinedMessage.FLAG_RESUMED, relay.epoch, relay.next)
          : joined(0, relay.epoch, 0);
    }

    private static JoinedMessage joined(int flags, long epoch, long seq) {
      return new JoinedMessage(
          flags, Frames.MAX_LEN, epoch, seq, new byte[JoinMessage.RESUME_LENGTH], 0);
    }

    /** Sends it, of which the relay gets all, or what came before the connection broke. */
    private void take(ProducerStream.Continuation what) {
      if (what.opensEpoch()) {
        relay.head(stream.head());
      } else {
        relay.next = what.acknowledged(); // also where it says less than it has
      }
      acknowledgedAtLeast(what.acknowledged());
      long[] budget = {chance(0.3) ? random.nextInt(4) : Long.MAX_VALUE};
      stream.framesFrom(
          what.acknowledged(),
          (bytes, offset, length) -> relay.frames(bytes, offset, length, sealed, budget));
      if (budget[0] > 0) {
        assertThat(relay.next).as("nothing is missing").isEqualTo(stream.next());
      } else {
        connected = relay.next == stream.next();
      }
    }

    /** The relay may have less than it had acknowledged before. */
    private void acknowledgedAtLeast(long next) {
      acknowledged = next;
      unacknowledged.clear();
      for (long seq = next; seq < stream.next(); seq++) {
        unacknowledged.add(sealed.get((int) seq).length + Frames.OVERHEAD);
      }
    }

    private void check() {
      assertThat(stream.hasLostFrames()).isEqualTo(lost);
      assertThat(stream.unacknowledgedBytes(acknowledged))
          .isEqualTo(unacknowledged.stream().mapToLong(Integer::longValue).sum());
    }
  }
}
