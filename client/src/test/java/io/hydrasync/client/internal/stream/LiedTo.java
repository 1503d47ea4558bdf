package io.hydrasync.client.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.internal.connection.RelayRound;
import io.hydrasync.client.internal.connection.Relays;
import io.hydrasync.client.internal.connection.RetryPolicy;
import io.hydrasync.client.internal.stream.Beginning.From;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.StreamTruncatedException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.GapMessage;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A consumer without sockets and in virtual time, the relay that lies to it, and a ledger of what
 * it was told. There are two streams of a dozen frames, the first in two epochs.
 */
final class LiedTo {
  private static final Relays RELAY = Relays.of(new RelayAddress("relay.example", 4370));

  static final long FAR = (1L << 61) + 5;
  private static final int FRAMES = 12;
  private static final int SECOND_EPOCH = 6;
  private static final long NOW = 1_800_000_000_000L;
  private static final SessionSecrets SESSION = session();
  private static final Epoch FIRST = Epoch.seal(SESSION, NOW, NOW, 0);
  private static final Epoch SECOND = Epoch.seal(SESSION, NOW + 1, NOW, SECOND_EPOCH);
  private static final Epoch ANOTHER = Epoch.seal(SESSION, NOW + 7, NOW + 7, 0);
  private static final Epoch YESTERDAY = Epoch.seal(SESSION, NOW - 1, NOW - 1, 0);

  /** Of somebody who does not have the key. */
  private static final Epoch STRANGE = Epoch.seal(session(), NOW, NOW, 0);

  private final StreamVerifier verifier;
  private final RetryPolicy retries;
  private final Random random;
  private final Map<Long, Map<Long, Integer>> told = new HashMap<>();
  private long firstStream;
  private long nanos;
  private int connections;
  private int silent;
  private boolean done;
  private @Nullable HydraException end;

  /** What a relay does over one connection. */
  interface Script {
    void play(Line line);
  }

  LiedTo(From start, Duration deadline, Random random) {
    this.random = random;
    verifier = new StreamVerifier(SESSION.id(), SESSION.key(), start, () -> NOW + 1_000_000);
    retries =
        new RetryPolicy(
            deadline, () -> nanos, verifier.failures(), new RelayRound(RELAY, () -> nanos));
    retries.joined(0);
  }

  /** All have one id, and a key of their own. */
  private static SessionSecrets session() {
    return new SessionSecrets(
        SessionId.of(new byte[SessionId.LENGTH]), SessionKey.generate(new SecureRandom()));
  }

  // ---- what it has come to ----

  boolean isDone() {
    return done;
  }

  /** The error, or null if everything was delivered. */
  @Nullable HydraException end() {
    return end;
  }

  long next() {
    return verifier.next();
  }

  int connections() {
    return connections;
  }

  /** Connections since the application heard or got something. */
  int sinceSomethingWasTold() {
    return silent;
  }

  long seconds() {
    return TimeUnit.NANOSECONDS.toSeconds(nanos);
  }

  // ---- connections ----

  /** Delivers the first frames, as a relay that means well. */
  void honestly(int frames) {
    verifier.request();
    verifier.connected(NOW, 0);
    new Line().head().frames(0, frames);
    tellEvents();
  }

  void connection(Script script) {
    connections++;
    silent++;
    HydraException problem;
    verifier.request();
    try {
      Line line = new Line();
      line.joined();
      script.play(line);
      problem = new ConnectionException(ErrorCode.DISCONNECTED, "cut");
    } catch (AuthenticationException | RelayException | ConnectionException e) {
      problem = e;
    } catch (ProtocolException e) {
      finish(e);
      return;
    }
    tellEvents();
    if (done) {
      return;
    }
    RetryPolicy.Decision decision = retries.after(problem, verifier.takeFailure());
    if (decision.retry()) {
      nanos += decision.waitNanos();
    } else {
      finish(problem);
    }
  }

  private void finish(HydraException why) {
    tellEvents();
    done = true;
    end = why;
  }

  // ---- the ledger ----

  private void delivered(long stream, long seq) {
    told.computeIfAbsent(stream, name -> new HashMap<>()).merge(seq, 1, Integer::sum);
    silent = 0;
  }

  private void tellEvents() {
    for (HydraException event = verifier.pollEvent(); event != null; event = verifier.pollEvent()) {
      silent = 0;
      if (event instanceof GapException gap) {
        assertThat(gap.to()).as("%s", gap).isLessThanOrEqualTo(Math.max(FRAMES, gap.from() + 1));
        for (long seq = gap.from(); seq < gap.to(); seq++) {
          delivered(gap.stream(), seq);
        }
      } else {
        assertThat(event).isInstanceOf(StreamTruncatedException.class);
      }
    }
  }

  /** What lies before where it stands was delivered, or told, once. */
  void check() {
    told.forEach(
        (stream, frames) -> {
          assertThat(frames.values()).as("twice in %d: %s", stream, frames).containsOnly(1);
          long first = frames.keySet().stream().min(Long::compare).orElseThrow();
          long last = frames.keySet().stream().max(Long::compare).orElseThrow();
          assertThat(frames)
              .as("a hole in %d: %s", stream, frames)
              .hasSize((int) (last - first + 1));
          if (stream == verifier.stream()) {
            assertThat(verifier.next()).isEqualTo(last + 1);
          }
        });
    if (verifier.position(false, 0).isPresent()) {
      long began = verifier.stream() == firstStream ? verifier.missedBefore() : 0;
      long told = this.told.getOrDefault(verifier.stream(), Map.of()).size();
      assertThat(told).isEqualTo(verifier.next() - began);
    }
  }

  // ---- what can come ----

  /**
   * An epoch, sealed once for all connections.
   *
   * @param first sequence of its first frame
   * @param frames from {@code first} on; the last one is END
   */
  private record Epoch(byte[] head, long first, List<byte[]> frames) {
    static Epoch seal(SessionSecrets of, long epoch, long stream, long first) {
      byte[] salt = new byte[32];
      Frames.putU64(salt, 0, epoch);
      FrameSealer sealer =
          FrameSealer.open(of.id(), of.key(), of.owner(), epoch, stream, first, 0, salt);
      List<byte[]> frames = new ArrayList<>();
      while (sealer.next() < FRAMES) {
        boolean isEnd = sealer.next() == FRAMES - 1;
        byte[] plaintext = new byte[isEnd ? Frames.END_PLAINTEXT : 8];
        plaintext[plaintext.length - 1] = 1;
        byte[] out = new byte[plaintext.length + Frames.OVERHEAD];
        sealer.seal(isEnd ? Frames.END : Frames.DATA, plaintext, 0, plaintext.length, out, 0);
        frames.add(out);
      }
      return new Epoch(sealer.head(), first, frames);
    }

    /** A frame; where it does not exist, one that does not verify. */
    byte[] frame(long seq) {
      int index = (int) Math.max(0, Math.min(frames.size() - 1, seq - first));
      byte[] frame = frames.get(index).clone();
      Frames.putU64(frame, Frames.SEQ_OFFSET, seq);
      return frame;
    }
  }

  /** A connection; each step throws what it comes to. */
  final class Line {
    private Epoch epoch = FIRST;
    private boolean isJoined;

    /** As the liar likes. */
    private void joined() {
      long[] places = {verifier.next(), 0, 5, FAR, FRAMES};
      long stream = random.nextInt(4) == 0 ? random.nextInt(2) * (NOW + 7) : NOW;
      join(stream, stream == 0 ? 0 : places[random.nextInt(places.length)]);
    }

    private void join(long stream, long seq) {
      isJoined = true;
      retries.joined(0);
      verifier.connected(stream, seq);
    }

    /** It turns out that there was no connection. */
    Line isNotJoined() {
      throw new ConnectionException(ErrorCode.DISCONNECTED, "refused");
    }

    int number() {
      return connections;
    }

    long due() {
      return verifier.next();
    }

    Line fails(HydraException how) {
      throw how;
    }

    Line stands(long seconds) {
      nanos += TimeUnit.SECONDS.toNanos(seconds);
      return this;
    }

    Line rawHead(byte[] bytes) {
      verifier.head(bytes);
      firstStream = firstStream == 0 ? verifier.stream() : firstStream;
      return this;
    }

    Line head() {
      return rawHead(epoch.head());
    }

    private Line head(Epoch of) {
      epoch = of;
      return head();
    }

    Line yesterday() {
      return rawHead(YESTERDAY.head());
    }

    /** Of somebody who does not have the key. */
    Line forgedHead(int later) {
      byte[] head = STRANGE.head().clone();
      Frames.putU64(head, Frames.SEQ_OFFSET, NOW + later);
      return rawHead(head);
    }

    Line gap(long from, long to) {
      verifier.gapAnnounced(new GapMessage(verifier.stream(), from, to));
      return this;
    }

    Line frame(long seq) {
      return take(epoch.frame(seq));
    }

    Line frames(long from, long to) {
      for (long seq = from; seq < to; seq++) {
        frame(seq);
      }
      return this;
    }

    Line damaged(long seq) {
      byte[] frame = epoch.frame(seq);
      frame[frame.length - 1] ^= 1;
      return take(frame);
    }

    private Line take(byte[] frame) {
      assertThat(isJoined || connections == 0).isTrue();
      long before = verifier.next();
      boolean hadPosition = verifier.position(false, 0).isPresent();
      StreamVerifier.Outcome outcome = verifier.frame(frame, 0, frame.length);
      tellEvents();
      boolean moved = !hadPosition || verifier.next() != before;
      if (outcome != StreamVerifier.Outcome.PASSED_OVER && moved) {
        long seq = Frames.u64(frame, Frames.SEQ_OFFSET);
        delivered(verifier.stream(), seq);
        retries.progressed();
        done |= outcome == StreamVerifier.Outcome.END;
      }
      return this;
    }

    /** Any steps in any order. */
    Line nonsense() {
      for (int left = random.nextInt(8); left > 0 && !done; left--) {
        step();
      }
      return this;
    }

    private void step() {
      long due = verifier.next();
      long[] places = {due, due, due + 1, due + 2, due - 1, 0, random.nextInt(FRAMES + 2), FAR};
      long seq = places[random.nextInt(places.length)];
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> head();
        case 3 -> head(SECOND);
        case 4 -> lie();
        case 5 -> gap(due, seq);
        case 6 -> stands(random.nextInt(70));
        case 7, 8 -> damaged(seq);
        default -> frame(seq);
      }
    }

    private void lie() {
      switch (random.nextInt(6)) {
        case 0 -> yesterday();
        case 1 -> forgedHead(1 + random.nextInt(4));
        case 2 -> head(ANOTHER); // another stream
        case 3 -> rawHead(STRANGE.head());
        case 4 -> fails(new RelayException(ErrorCode.PROTOCOL, "x", Duration.ofMillis(0)));
        default -> fails(new AuthenticationException(ErrorCode.CORRUPT, "a record"));
      }
    }
  }
}
