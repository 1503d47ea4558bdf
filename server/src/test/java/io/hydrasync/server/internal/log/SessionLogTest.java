package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionLogTest {
  private static final int OPERATIONS = 100_000;

  @ParameterizedTest
  @ValueSource(ints = {64, 65, 200, 4096})
  void agreesWithAListOfFrames(int segmentBytes) {
    long seed = System.nanoTime();
    MemoryBudget budget = new MemoryBudget(1 << 28);
    Model model = new Model(new SessionLog(TestFrames.limits(segmentBytes), budget), seed);
    try {
      for (int i = 0; i < OPERATIONS; i++) {
        model.step();
      }
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed + ", segments of " + segmentBytes + " bytes", e);
    }
    model.log.close();
    assertThat(budget.used()).as("seed %d", seed).isZero();
    assertThat(budget.epochs().used()).as("seed %d", seed).isZero();
  }

  @Test
  void keepsTheMemoryOfASegmentUntilItsLastSliceIsGone() {
    // given a log with a published frame, and a slice of it
    MemoryBudget budget = new MemoryBudget(1 << 20);
    SessionLog log = new SessionLog(TestFrames.limits(4096), budget);
    byte[] head = TestFrames.head(5, 5, 0);
    assertThat(log.grow()).isTrue();
    log.copy(Unpooled.wrappedBuffer(head));
    assertThat(log.reserveEpoch(0)).isTrue();
    log.addEpoch(new Epoch(Head.fields(head, head.length, false), head.length, new byte[8], 0));
    log.publish(head.length);
    ByteBuf slice = log.segmentOf(0).retainedSlice(0, head.length);

    // when the log goes
    log.close();

    // then the bytes are still there, and the budget knows
    byte[] read = new byte[head.length];
    slice.getBytes(0, read);
    assertThat(read).isEqualTo(head);
    assertThat(budget.used()).isEqualTo(4096);
    slice.release();
    assertThat(budget.used()).isZero();
  }

  @Test
  void aLogThatHoldsNothingGetsItsFirstSegmentWhereOthersHaveAllTheMemory() {
    MemoryBudget budget = new MemoryBudget(1 << 20);
    RelayLimits limits = TestFrames.limits(4096);
    SessionLog log = new SessionLog(limits, budget);
    assertThat(budget.tryReserve(1 << 20)).isTrue();

    assertThat(log.grow()).isTrue();
    assertThat(log.grow()).as("what it holds beyond that waits").isFalse();

    log.close();
    assertThat(budget.used()).isEqualTo(1 << 20);
  }

  @Test
  void doesNotGrowBeyondTheBudget() {
    MemoryBudget budget = new MemoryBudget(150);
    SessionLog log = new SessionLog(TestFrames.limits(64), budget);

    assertThat(log.grow()).isTrue();
    assertThat(log.grow()).isTrue();
    assertThat(log.grow()).isFalse();

    log.close();
    assertThat(budget.used()).isZero();
  }

  /** A frame that the log must hold. */
  private record Entry(long position, byte[] bytes, long epoch, long seq, boolean isHead) {
    long end() {
      return position + bytes.length;
    }
  }

  /** Lets a HEAD wait a while. */
  private record Reluctant(Framing framing, Random random) implements Framing {
    @Override
    public long check(LogReader reader, long at, long available) {
      return framing.check(reader, at, available);
    }

    @Override
    public boolean isRecord() {
      return framing.isRecord();
    }

    @Override
    public boolean mayAdd(LogReader reader, long at, long end, long position) {
      boolean isHead = reader.u8(at + Frames.TYPE_OFFSET) == Frames.HEAD;
      return (!isHead || random.nextBoolean()) && framing.mayAdd(reader, at, end, position);
    }

    @Override
    public void add(LogReader reader, long at, long end, long position) {
      framing.add(reader, at, end, position);
    }
  }

  /** A frame on its way; seq −1 for a record. */
  private record Wire(byte[] bytes, long epoch, long seq, boolean isHead) {}

  private static final class Model {
    final SessionLog log;
    final Random random;
    final List<Entry> entries = new ArrayList<>();
    final ArrayDeque<Wire> pending = new ArrayDeque<>();
    final Map<Long, byte[]> heads = new HashMap<>();
    final List<byte[]> records = new ArrayList<>();
    final List<byte[]> recordsSeen = new ArrayList<>();
    LogParser parser;
    int fed;
    long start;
    long published;
    long furthestNeeded;

    // What the log holds, and what the producer will send next.
    long heldEpoch;
    long heldStream;
    long heldNext;
    long epoch;
    long stream;
    long next;

    Model(SessionLog log, long seed) {
      this.log = log;
      random = new Random(seed);
      parser = newParser(true);
    }

    LogParser newParser(boolean headDue) {
      return new LogParser(
          log,
          new Reluctant(
              new Wire2Framing(
                  log, TestFrames.plainSession(), TestFrames.MAX_FRAME, headDue, head -> {}),
              random));
    }

    void step() {
      int choice = random.nextInt(100);
      if (choice < 70) {
        feed();
      } else if (choice < 75) {
        if (random.nextInt(20) == 0) {
          trimAll();
        } else {
          trim();
        }
      } else if (choice < 80) {
        checkPlace();
      } else if (choice < 85) {
        checkFind();
      } else if (choice < 90) {
        checkBoundary();
      } else if (choice < 93) {
        checkHeads();
      } else if (choice < 94) {
        assertThat(log.split()).isTrue();
      } else if (choice < 99) {
        checkEnds();
      } else {
        disconnect();
      }
    }

    void generate() {
      int choice = random.nextInt(100);
      if (choice < 30) {
        byte[] record = TestFrames.record(Frames.MIN_SEALED_LEN + random.nextInt(300), random);
        pending.add(new Wire(record, 0, -1, false));
      } else if (epoch == 0 || choice < 33) {
        long number = epoch + 1 + random.nextInt(3);
        boolean fresh = epoch == 0 || random.nextBoolean();
        stream = fresh ? number : stream;
        next = fresh ? 0 : next + random.nextInt(3);
        epoch = number;
        pending.add(new Wire(TestFrames.head(epoch, stream, next), epoch, next, true));
      } else {
        int type = Frames.DATA + random.nextInt(5);
        int size = random.nextInt(random.nextInt(20) == 0 ? 1000 : 60);
        pending.add(new Wire(TestFrames.frame(type, next, size, random), epoch, next, false));
        next++;
      }
    }

    void feed() {
      if (log.room() == 0) {
        assertThat(log.grow()).isTrue();
      }
      int most = 1 + random.nextInt(random.nextInt(10) == 0 ? 500 : 30);
      byte[] piece = take(Math.min(most, log.room()));
      if (random.nextBoolean()) {
        ByteBuf target = log.readTarget(piece.length + random.nextInt(10));
        target.writeBytes(piece);
        log.received(piece.length);
        target.release();
      } else {
        log.copy(Unpooled.wrappedBuffer(piece));
      }
      parser.parse(record -> recordsSeen.add(record));
      while (parser.isHeldUp()) {
        waitForTheHead();
      }
      assertThat(recordsSeen.size()).isEqualTo(records.size());
      for (int i = 0; i < records.size(); i++) {
        assertThat(recordsSeen.get(i)).isEqualTo(records.get(i));
      }
      records.clear();
      recordsSeen.clear();
      assertThat(log.published()).isEqualTo(published);
    }

    /** While a HEAD waits more may come, and what is in front of it may go. */
    void waitForTheHead() {
      if (random.nextInt(4) == 0) {
        assertThat(log.split()).isTrue();
      }
      if (log.room() > 0 && random.nextBoolean()) {
        log.copy(Unpooled.wrappedBuffer(take(1 + random.nextInt(log.room()))));
      }
      parser.parse(record -> recordsSeen.add(record));
    }

    /** The next bytes of the connection; frames that end in them become entries. */
    byte[] take(int length) {
      byte[] piece = new byte[length];
      for (int done = 0; done < length; ) {
        if (pending.isEmpty()) {
          generate();
        }
        Wire wire = pending.getFirst();
        int n = Math.min(length - done, wire.bytes.length - fed);
        System.arraycopy(wire.bytes, fed, piece, done, n);
        done += n;
        fed += n;
        if (fed == wire.bytes.length) {
          fed = 0;
          complete(pending.removeFirst());
        }
      }
      return piece;
    }

    void complete(Wire wire) {
      if (wire.seq < 0) {
        records.add(wire.bytes);
        return;
      }
      if (wire.isHead) {
        heads.put(wire.epoch, wire.bytes);
      }
      entries.add(new Entry(published, wire.bytes, wire.epoch, wire.seq, wire.isHead));
      published += wire.bytes.length;
      heldEpoch = wire.epoch;
      heldNext = wire.isHead ? wire.seq : wire.seq + 1;
      if (wire.isHead) {
        heldStream = Frames.u64(wire.bytes, 13);
      }
    }

    void disconnect() {
      pending.clear();
      fed = 0;
      log.truncate(log.published());
      boolean resumed = heldEpoch > 0 && random.nextBoolean();
      epoch = heldEpoch;
      stream = heldStream;
      next = heldNext;
      parser = newParser(!resumed);
      if (!resumed) {
        stream = ++epoch;
        next = 0;
        pending.add(new Wire(TestFrames.head(epoch, stream, 0), epoch, 0, true));
      }
    }

    void trim() {
      long needed = entries.isEmpty() ? 0 : pick().position;
      if (published - needed > 20_000) {
        needed = published - random.nextInt(10_000);
      }
      start += log.trim(needed);
      furthestNeeded = Math.max(furthestNeeded, needed);
      assertThat(start).isLessThanOrEqualTo(furthestNeeded);
      forgetEntries();
    }

    void trimAll() {
      if (random.nextBoolean()) {
        start += log.trim(published);
      }
      long allocated = log.allocated();
      boolean whole = log.received() == published;
      long given = log.trimAll();
      if (whole) {
        assertThat(given).isEqualTo(allocated);
        assertThat(log.allocated()).isZero();
        start = published;
      } else {
        assertThat(given).isZero();
        assertThat(log.allocated()).isEqualTo(allocated);
      }
      furthestNeeded = whole ? published : Math.max(furthestNeeded, start);
      forgetEntries();
    }

    void forgetEntries() {
      int gone = 0;
      while (gone < entries.size() && entries.get(gone).position < start) {
        gone++;
      }
      entries.subList(0, gone).clear();
    }

    Entry pick() {
      return entries.get(random.nextInt(entries.size()));
    }

    void checkPlace() {
      if (entries.isEmpty()) {
        return;
      }
      Entry entry = pick();
      SessionLog.Place place = log.placeAt(entry.position);
      assertThat(place.position()).isEqualTo(entry.position);
      assertThat(place.epoch().head.epoch()).isEqualTo(entry.epoch);
      assertThat(place.seq()).isEqualTo(entry.seq);
      assertThat(place.isHead()).isEqualTo(entry.isHead);
      checkBytes(entry);
    }

    void checkFind() {
      if (entries.isEmpty()) {
        return;
      }
      Entry entry = pick();
      for (Epoch held : log.epochs()) {
        if (held.head.epoch() == entry.epoch && !entry.isHead) {
          assertThat(log.find(held, entry.seq).position()).isEqualTo(entry.position);
          boolean firstIsHeld = held.firstFrame() >= start;
          assertThat(log.find(held, held.head.first()) != null).isEqualTo(firstIsHeld);
        }
      }
    }

    /** Those of all epochs that frames are held of, whose own bytes may be gone. */
    void checkHeads() {
      for (Epoch held : log.epochs()) {
        ByteBuf head = log.epochs().head(held);
        assertThat(ByteBufUtil.getBytes(head)).isEqualTo(heads.get(held.head.epoch()));
        head.release();
      }
      assertThat(log.epochs().iterator().hasNext()).isEqualTo(heldEpoch > 0);
    }

    void checkBoundary() {
      if (entries.isEmpty()) {
        return;
      }
      Entry entry = pick();
      long inside = entry.position + random.nextInt(entry.bytes.length);
      long expected = inside == entry.position ? inside : entry.end();
      assertThat(log.boundaryFrom(log.segmentOf(inside), inside)).isEqualTo(expected);
    }

    void checkEnds() {
      long oldest = entries.isEmpty() ? published : entries.get(0).position;
      assertThat(log.oldestPosition()).isEqualTo(oldest);
      Entry last = entries.isEmpty() ? null : entries.get(entries.size() - 1);
      Entry end = last != null && type(last) == Frames.CHECK ? before(last) : last;
      boolean ended = end != null && type(end) == Frames.END;
      assertThat(log.livePosition()).isEqualTo(ended ? end.position : published);
      SessionLog.Place tail = log.placeAt(published);
      if (heldEpoch > 0) {
        assertThat(tail.epoch().head.epoch()).isEqualTo(heldEpoch);
        assertThat(tail.seq()).isEqualTo(heldNext);
      }
      if (last != null) {
        checkBytes(last);
      }
    }

    static int type(Entry entry) {
      return entry.bytes[Frames.TYPE_OFFSET];
    }

    Entry before(Entry entry) {
      int at = entries.indexOf(entry);
      return at == 0 ? null : entries.get(at - 1);
    }

    void checkBytes(Entry entry) {
      byte[] held = log.reader(entry.position).copy(entry.position, entry.bytes.length);
      if (!Arrays.equals(held, entry.bytes)) {
        throw new AssertionError("frame at " + entry.position + " is not what was sent");
      }
    }
  }
}
