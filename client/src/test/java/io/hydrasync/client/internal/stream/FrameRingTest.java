package io.hydrasync.client.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-jdk")
class FrameRingTest {
  private static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final long EPOCH = 1_800_000_000_000L;

  private static FrameSealer sealer(long epoch, long first) {
    byte[] salt = new byte[32];
    Frames.putU64(salt, 0, epoch);
    return FrameSealer.open(
        SESSION.id(), SESSION.key(), SESSION.owner(), epoch, EPOCH, first, 0, salt);
  }

  /** A frame as the model keeps it. */
  private record Kept(long seq, byte[] sealed, byte[] plaintext) {}

  private static byte[] plaintext(Random random, int longest) {
    byte[] bytes = new byte[random.nextInt(longest)];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void keepsWhatASimpleModelKeeps() {
    long seed = System.nanoTime();
    System.out.println("ring: seed " + seed);
    for (int run = 0; run < 15; run++) {
      Random random = new Random(seed + run);
      int capacity = random.nextInt(4) == 0 ? random.nextInt(3_000) : random.nextInt(4 << 20);
      int longest = 1 + random.nextInt(random.nextBoolean() ? 2_000 : 1_500_000);
      follow(random, capacity, longest, "seed " + (seed + run));
    }
  }

  private static void follow(Random random, int capacity, int longest, String name) {
    FrameRing ring = new FrameRing(capacity);
    FrameSealer epoch = sealer(EPOCH, 0);
    ArrayDeque<Kept> all = new ArrayDeque<>(); // oldest first, trimmed to what the ring begins with
    long acknowledged = 0;
    long epochs = 0;
    for (int step = 0; step < 300; step++) {
      byte[] message = plaintext(random, longest);
      int frameBytes = message.length + Frames.OVERHEAD;
      long waiting = unacknowledged(all, acknowledged);
      boolean room = ring.makeRoom(frameBytes, acknowledged);
      if (waiting == 0) {
        assertThat(room).as("%s: an empty ring takes any frame", name).isTrue();
      }
      if (!room) {
        assertThat(waiting).as("%s: blocks only for unacknowledged ones", name).isPositive();
        acknowledged += 1 + random.nextInt((int) (epoch.next() - acknowledged));
      } else {
        FrameRing.Chunk chunk = ring.seal(epoch, Frames.DATA, message, 0, message.length);
        byte[] sealed = Arrays.copyOfRange(chunk.data, chunk.length() - frameBytes, chunk.length());
        all.add(new Kept(epoch.next() - 1, sealed, message));
        if (random.nextInt(3) == 0) {
          acknowledged += random.nextInt((int) (epoch.next() - acknowledged + 1));
        }
      }
      if (random.nextInt(100) == 0 && !ring.isEmpty()) {
        epoch = sealer(EPOCH + ++epochs, ring.first());
        trim(all, ring.first());
        ring.reseal(epoch);
        all = resealed(ring, all);
      }
      check(ring, all, acknowledged, capacity, name);
    }
  }

  private static long unacknowledged(ArrayDeque<Kept> all, long acknowledged) {
    return all.stream()
        .filter(kept -> kept.seq >= acknowledged)
        .mapToLong(kept -> kept.sealed.length)
        .sum();
  }

  private static void trim(ArrayDeque<Kept> all, long first) {
    while (all.peekFirst() != null && all.peekFirst().seq < first) {
      all.removeFirst();
    }
  }

  /** The same sequences and plaintexts, other bytes. */
  private static ArrayDeque<Kept> resealed(FrameRing ring, ArrayDeque<Kept> before) {
    ArrayDeque<Kept> after = new ArrayDeque<>();
    Iterator<FrameRing.Chunk> chunks = ring.iterator();
    FrameRing.Chunk chunk = chunks.next();
    for (Kept kept : before) {
      if (kept.seq == chunk.next()) {
        chunk = chunks.next();
      }
      int at = chunk.offsetOf(kept.seq);
      byte[] sealed = Arrays.copyOfRange(chunk.data, at, at + chunk.frameLength(at));
      assertThat(sealed).hasSameSizeAs(kept.sealed).isNotEqualTo(kept.sealed);
      after.add(new Kept(kept.seq, sealed, kept.plaintext));
    }
    return after;
  }

  private static void check(
      FrameRing ring, ArrayDeque<Kept> all, long acknowledged, long capacity, String name) {
    if (all.isEmpty()) {
      assertThat(ring.isEmpty()).isTrue();
      return;
    }
    trim(all, ring.first());
    assertThat(all.peekFirst()).as("%s: nothing is lost in its midst", name).isNotNull();
    assertThat(all.peekFirst().seq).as(name).isEqualTo(ring.first());
    assertThat(ring.first())
        .as("%s: nothing unacknowledged goes", name)
        .isLessThanOrEqualTo(acknowledged);
    assertThat(ring.unacknowledgedBytes(acknowledged))
        .as(name)
        .isEqualTo(unacknowledged(all, acknowledged));
    long next = ring.first();
    Iterator<Kept> model = all.iterator();
    for (Iterator<FrameRing.Chunk> chunks = ring.iterator(); chunks.hasNext(); ) {
      FrameRing.Chunk chunk = chunks.next();
      assertThat(chunk.first()).isEqualTo(next);
      for (int at = 0; at < chunk.length(); at += chunk.frameLength(at)) {
        Kept kept = model.next();
        assertThat(kept.seq).isEqualTo(next++);
        boolean same =
            Arrays.equals(
                chunk.data, at, at + chunk.frameLength(at), kept.sealed, 0, kept.sealed.length);
        assertThat(same).as("%s: frame %s", name, kept.seq).isTrue();
      }
      assertThat(chunk.next()).isEqualTo(next);
    }
    assertThat(model.hasNext()).isFalse();
    if (next >= 2) {
      assertThat(next - ring.first())
          .as("%s: the last two stay", name)
          .isGreaterThanOrEqualTo(Math.min(2, next));
    }
    long bytes = all.stream().mapToLong(kept -> kept.sealed.length).sum();
    long largest = all.stream().mapToLong(kept -> kept.sealed.length).max().orElse(0);
    // a chunk goes as a whole, and two frames stay whatever their size
    assertThat(bytes).as(name).isLessThanOrEqualTo(capacity + (1 << 20) + 3 * largest);
  }

  @Test
  void blocksWhileUnacknowledgedFramesFillIt() {
    FrameRing ring = new FrameRing(1_000);
    FrameSealer epoch = sealer(EPOCH, 0);
    ring.seal(epoch, Frames.DATA, new byte[500], 0, 500);

    assertThat(ring.makeRoom(471, 0)).isTrue();
    assertThat(ring.makeRoom(472, 0)).isFalse();
    assertThat(ring.makeRoom(5_000, 0)).isFalse();
    assertThat(ring.makeRoom(5_000, 1)).as("larger than the ring").isTrue();
  }

  @Test
  void reopensWhatItSealedAnewInAnotherEpoch() {
    FrameRing ring = new FrameRing(1 << 20);
    FrameSealer before = sealer(EPOCH, 0);
    byte[] message = {1, 2, 3};
    ring.seal(before, Frames.DATA, message, 0, 3);
    ring.seal(before, Frames.BATCH, message, 0, 2);
    FrameSealer after = sealer(EPOCH + 1, 0);
    ring.reseal(after);

    FrameRing.Chunk chunk = ring.iterator().next();
    int second = chunk.offsetOf(1);
    byte[] plaintext = new byte[3];
    after.reopen(chunk.data, 0, second, plaintext);
    assertThat(plaintext).isEqualTo(message);
    assertThat(chunk.data[Frames.TYPE_OFFSET]).isEqualTo((byte) Frames.DATA);
    assertThat(chunk.data[second + Frames.TYPE_OFFSET]).isEqualTo((byte) Frames.BATCH);
    assertThat(Frames.u64(chunk.data, second + Frames.SEQ_OFFSET)).isEqualTo(1);
    assertThat(after.next()).isEqualTo(2);
  }

  @Test
  void allocatesNothingOnceItIsFull() {
    FrameRing ring = new FrameRing(4 << 20);
    FrameSealer epoch = sealer(EPOCH, 0);
    byte[] message = new byte[10_000];
    fill(ring, epoch, message, 3_000);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    fill(ring, epoch, message, 3_000);
    long perFrame = (threads.getCurrentThreadAllocatedBytes() - before) / 3_000;

    // 30 MB went through; what remains is the cipher's small change
    assertThat(perFrame).isLessThan(2_000);
  }

  private static void fill(FrameRing ring, FrameSealer epoch, byte[] message, int frames) {
    for (int i = 0; i < frames; i++) {
      assertThat(ring.makeRoom(message.length + Frames.OVERHEAD, epoch.next())).isTrue();
      ring.seal(epoch, Frames.DATA, message, 0, message.length);
    }
  }
}
