package io.hydrasync.client.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.hydrasync.client.PositionText;
import io.hydrasync.client.internal.stream.Beginning.From;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.StreamTruncatedException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The verifier among honest producers and an honest relay that does all that happens to one:
 * streams follow each other with and without an end, keys are rotated, the relay loses its state,
 * lets go of frames, leaves some out, and the consumer loses its connections and its process. Of
 * each stream of which it has seen a HEAD, every frame from where it began is delivered, told as a
 * gap, or behind a told truncation, exactly once; and nothing that the relay does looks like a lie.
 *
 * <p>{@code -Dstreams.runs=N} for more runs, {@code -Dstreams.seed=S} for one again.
 */
@Tag("any-jdk")
class StreamModelTest {
  private static final int RUNS = Integer.getInteger("streams.runs", 2_000);
  private static final long NOW = 1_800_000_000_000L;
  private static final SessionSecrets SESSION =
      new SessionSecrets(
          SessionId.of(new byte[SessionId.LENGTH]), SessionKey.generate(new SecureRandom()));

  @ParameterizedTest
  @EnumSource(From.class)
  void everyFrameIsDeliveredOrToldOnce(From start) {
    Long one = Long.getLong("streams.seed");
    long first = one != null ? one : System.nanoTime();
    for (long seed = first; seed < first + (one != null ? 1 : RUNS); seed++) {
      try {
        new Run(seed, start).play();
      } catch (HydraException | AssertionError e) {
        fail("streams: " + start + "; again with -Dstreams.seed=" + seed, e);
      }
    }
  }

  /** A connection of the consumer: what is on its way, and where the relay stands in its log. */
  private static final class Line {
    private final ArrayDeque<Object> coming = new ArrayDeque<>();
    private Beginning.Request asked;
    private int index;
    private long stream;
    private long seq;

    /** Whether JOINED has been said, so that another place has to be told by GAP. */
    private boolean joined;

    private Line(Beginning.Request asked) {
      this.asked = asked;
    }

    void place(ModelRelay.Place place) {
      index = place.index();
      if (place.isToCome()) {
        return;
      }
      stream = place.stream();
      seq = place.seq();
      if (place.gap() != null) {
        coming.add(place.gap());
      }
      ModelRelay.Item head = place.head();
      if (head != null) {
        coming.add(head);
        if (joined && seq > head.seq()) {
          coming.add(new GapMessage(head.stream(), head.seq(), seq));
        }
      }
    }
  }

  private static final class Run {
    private final Random random;
    private final From start;
    private final ModelRelay relay = new ModelRelay();
    private final int ring;
    private final int retention;
    private final TreeMap<Long, Long> sent = new TreeMap<>();
    private final Judge judge;
    private long lastEpoch = NOW;
    private @Nullable ModelProducer producer;
    private StreamVerifier verifier;
    private @Nullable Line line;

    Run(long seed, From start) {
      random = new Random(seed);
      this.start = start;
      ring = pick(2, 3, 6, 100);
      retention = pick(1, 3, 8, 100);
      verifier = fresh();
      judge = new Judge(start);
    }

    private int pick(int... values) {
      return values[random.nextInt(values.length)];
    }

    private StreamVerifier fresh() {
      return new StreamVerifier(SESSION.id(), SESSION.key(), start, () -> NOW + 1_000_000);
    }

    void play() {
      int steps = 10 + random.nextInt(51);
      for (int i = 0; i < steps; i++) {
        producerActs();
        relayActs();
        consumerActs();
      }
      judge.check(sent, verifier);
    }

    // ---- the producers ----

    private long newEpoch() {
      lastEpoch = Math.max(lastEpoch, relay.lastEpoch()) + 10;
      return lastEpoch;
    }

    private void producerActs() {
      ModelProducer live = producer;
      double what = random.nextDouble();
      if (live == null) {
        if (what < 0.4) {
          live = new ModelProducer(SESSION, relay, newEpoch(), ring);
        }
      } else if (what < 0.35) {
        live.send(-1, true);
      } else if (what < 0.42) {
        live.send(-1, false); // lost with its connection
      } else if (what < 0.46) {
        live.rotate(newEpoch());
      } else if (what < 0.50) {
        live.send(pick(Frames.END_FINAL, Frames.END_LEAVES), true);
        note(live);
        live = null;
      } else if (what < 0.54) {
        live = null; // killed
      }
      producer = live;
      if (live != null) {
        if (!live.resume()) {
          live.startOver(newEpoch());
        }
        note(live);
      }
    }

    private void note(ModelProducer of) {
      sent.put(of.stream(), of.next());
    }

    // ---- the relay ----

    private void relayActs() {
      double what = random.nextDouble();
      ModelProducer live = producer;
      if (what < 0.06) {
        loseState();
      } else if (what < 0.09 && live != null && relay.size() > 0) {
        live.startOver(newEpoch()); // not resumed although it could be
      } else if (what > 0.9) {
        judge.relayForgot(verifier);
        int keep = relay.size() - retention;
        relay.trim(Math.min(keep, line == null || line.index < 0 ? relay.size() : line.index));
      }
      if (line != null && line.index >= 0 && line.index < relay.size() && chance(0.05)) {
        skip(line);
      }
    }

    private boolean chance(double probability) {
      return random.nextDouble() < probability;
    }

    /** Everything is forgotten; a consumer that stays gets what was there, and waits. */
    private void loseState() {
      Line staying = line;
      if (staying != null && (staying.index < 0 || staying.stream == 0 || chance(0.5))) {
        staying = null;
      }
      if (staying != null) {
        while (staying.index < relay.size()) {
          forward(staying);
        }
      }
      relay.loseState();
      judge.relayForgot(verifier);
      line = null;
      if (producer != null && chance(0.7)) {
        producer.startOver(newEpoch());
        if (staying != null) {
          staying.asked =
              new Beginning.Request(JoinMessage.START_AT, staying.stream, staying.seq, 0);
          staying.place(relay.place(staying.asked));
          line = staying;
        }
      } else {
        producer = null;
      }
    }

    private void forward(Line to) {
      ModelRelay.Item item = relay.item(to.index++);
      to.coming.add(item);
      to.stream = item.stream();
      to.seq = item.isHead() ? item.seq() : item.seq() + 1;
    }

    /** Moves a slow consumer forward; HEAD and END are never left out. */
    private void skip(Line slow) {
      int target = slow.index + random.nextInt(relay.size() - slow.index + 1);
      long from = slow.seq;
      while (slow.index < target) {
        ModelRelay.Item item = relay.item(slow.index);
        if (item.isHead() || item.isEnd()) {
          tellGap(slow, from);
          forward(slow);
          from = slow.seq;
        } else {
          slow.index++;
          slow.stream = item.stream();
          slow.seq = item.seq() + 1;
        }
      }
      tellGap(slow, from);
      judge.relayForgot(verifier);
      relay.trim(target);
    }

    private static void tellGap(Line to, long from) {
      if (to.stream != 0 && from != to.seq) {
        to.coming.add(new GapMessage(to.stream, from, to.seq));
      }
    }

    // ---- the consumer ----

    private void consumerActs() {
      if (line == null) {
        if (chance(0.6)) {
          connect();
        }
      } else if (chance(0.15)) {
        line = null;
      }
      Line open = line;
      if (open == null) {
        return;
      }
      try {
        for (int left = random.nextInt(7); left > 0 && step(open); left--) {
          judge.takeEvents(verifier);
        }
      } catch (AuthenticationException e) {
        throw new AssertionError("an honest relay looks like a liar", e);
      }
    }

    private void connect() {
      Optional<StreamPosition> position = verifier.position(false, 0);
      if (position.isPresent() && chance(0.15)) {
        verifier = fresh(); // another process
        verifier.restore(PositionText.writtenAndRead(position.get()));
      }
      Line fresh = new Line(verifier.request());
      ModelRelay.Place place = relay.place(fresh.asked);
      judge.joins(sent);
      verifier.connected(place.stream(), place.seq());
      fresh.place(place);
      fresh.joined = true;
      line = fresh;
    }

    /** Takes one thing from the connection; false if nothing is there. */
    private boolean step(Line open) {
      if (open.index < 0) {
        open.place(relay.place(open.asked));
      }
      if (open.coming.isEmpty() && open.index >= 0 && open.index < relay.size()) {
        forward(open);
      }
      Object next = open.coming.poll();
      if (next == null) {
        return false;
      }
      if (next instanceof GapMessage gap) {
        verifier.gapAnnounced(gap);
      } else {
        take((ModelRelay.Item) next);
      }
      return true;
    }

    private void take(ModelRelay.Item item) {
      if (item.isHead()) {
        judge.before(verifier);
        verifier.head(item.bytes().clone());
        judge.takeEvents(verifier);
        judge.head(item.stream());
        return;
      }
      long before = verifier.next();
      boolean hadPosition = verifier.position(false, 0).isPresent();
      verifier.frame(item.bytes(), 0, item.bytes().length);
      judge.takeEvents(verifier);
      if (!hadPosition || verifier.next() != before) {
        judge.delivered(item.stream(), item.seq());
      }
    }
  }

  /** What was told and delivered, against what was sent. */
  private static final class Judge {
    private final From start;
    private final Map<Long, Map<Long, Integer>> told = new HashMap<>();
    private final Set<Long> seen = new HashSet<>();
    private final Set<Long> truncated = new HashSet<>();
    private @Nullable Map<Long, Long> atJoin;
    private long firstStream;
    private long lastStream;
    private boolean unknowable;
    private long missedBefore;

    Judge(From start) {
      this.start = start;
    }

    void joins(Map<Long, Long> sent) {
      if (atJoin == null) {
        atJoin = new HashMap<>(sent);
      }
    }

    /** What a relay forgets before the consumer has a HEAD cannot be known. */
    void relayForgot(StreamVerifier verifier) {
      unknowable |= verifier.stream() == 0;
    }

    void before(StreamVerifier verifier) {
      lastStream = verifier.stream();
    }

    void head(long stream) {
      seen.add(stream);
      if (firstStream == 0) {
        firstStream = stream;
      }
    }

    void delivered(long stream, long seq) {
      told.computeIfAbsent(stream, name -> new HashMap<>()).merge(seq, 1, Integer::sum);
    }

    void takeEvents(StreamVerifier verifier) {
      missedBefore = Math.max(missedBefore, verifier.missedBefore()); // another process forgets it
      for (HydraException event = verifier.pollEvent();
          event != null;
          event = verifier.pollEvent()) {
        if (event instanceof GapException gap) {
          for (long seq = gap.from(); seq < gap.to(); seq++) {
            delivered(gap.stream(), seq);
          }
        } else {
          assertThat(event).isInstanceOf(StreamTruncatedException.class);
          assertThat(truncated.add(lastStream)).as("truncated once").isTrue();
        }
      }
    }

    void check(Map<Long, Long> sent, StreamVerifier verifier) {
      told.forEach(
          (stream, frames) ->
              assertThat(frames.values())
                  .as("told twice in stream %d: %s", stream, frames)
                  .allMatch(times -> times == 1));
      for (long stream : seen) {
        Map<Long, Integer> frames = told.getOrDefault(stream, Map.of());
        long from = began(stream, sent, frames);
        long to = isOver(stream, sent, frames, verifier, from);
        for (long seq = from; seq < to; seq++) {
          assertThat(frames).as("frame %d of stream %d, of %s", seq, stream, sent).containsKey(seq);
        }
      }
    }

    private long began(long stream, Map<Long, Long> sent, Map<Long, Integer> frames) {
      if (start == From.BEGINNING || stream != firstStream) {
        return 0;
      }
      Map<Long, Long> joined = atJoin;
      long due = joined == null ? 0 : joined.getOrDefault(stream, 0L);
      if (unknowable) {
        due = Math.max(due, missedBefore);
      }
      if (start == From.LIVE || joined == null || joined.isEmpty()) {
        return due;
      }
      return frames.isEmpty()
          ? sent.get(stream)
          : frames.keySet().stream().min(Long::compare).get();
    }

    private long isOver(
        long stream,
        Map<Long, Long> sent,
        Map<Long, Integer> frames,
        StreamVerifier verifier,
        long from) {
      if (stream == verifier.stream()) {
        return verifier.position(false, 0).map(StreamPosition::next).orElse(from);
      }
      if (truncated.contains(stream)) {
        return frames.keySet().stream().max(Long::compare).map(last -> last + 1).orElse(from);
      }
      return sent.get(stream);
    }
  }
}
