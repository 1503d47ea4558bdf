package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.server.internal.connection.RecordAssembler;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** What the relay parses, for the fuzzer: a target each, and what must hold whatever comes. */
public final class ServerFuzz {
  private static final int MAX_FRAME = 70_000;
  private static final int SEGMENT = 64;
  private static final SessionId PLAIN = SessionId.of(new byte[SessionId.LENGTH]);
  private static final RelayLimits LIMITS =
      new RelayLimits(MAX_FRAME, 0, 1 << 30, SEGMENT, SEGMENT, 1 << 20, 1, 1, 1, 1, 1);

  private ServerFuzz() {}

  /**
   * A producer's bytes, in reads as long as the first byte says, into a log of tiny segments: what
   * is published is whole frames, byte for byte, without the records.
   */
  public static void log(byte[] data) {
    if (data.length == 0) {
      return;
    }
    MemoryBudget budget = new MemoryBudget(1 << 24);
    SessionLog log = new SessionLog(LIMITS, budget);
    LogParser parser =
        new LogParser(log, new Wire2Framing(log, PLAIN, MAX_FRAME, true, ServerFuzz::checkEpoch));
    int step = 1 + (data[0] & 0xFF);
    try {
      for (int at = 1; at < data.length; at += step) {
        feed(log, parser, Unpooled.wrappedBuffer(data, at, Math.min(step, data.length - at)));
      }
    } catch (ProtocolException e) {
      // what was good in front of it stays
    }
    int length = (int) log.published();
    byte[] published = length == 0 ? new byte[0] : log.reader(0).copy(0, length);
    byte[] wanted = relayed(data);
    require(
        published.length <= wanted.length
            && Arrays.equals(published, Arrays.copyOf(wanted, published.length)),
        "other bytes than came");
    log.close();
    require(budget.used() == 0, "memory is left");
  }

  /**
   * Packets of one size, as the second byte says, in reads as long as the first says: all whole
   * ones are published, and nothing else.
   */
  public static void packets(byte[] data) {
    if (data.length < 2) {
      return;
    }
    int step = 1 + (data[0] & 0xFF);
    int size = Frames.LEN_BYTES + 1 + (data[1] & 0xFF);
    MemoryBudget budget = new MemoryBudget(1 << 24);
    SessionLog log = new SessionLog(LIMITS, budget, size);
    LogParser parser = new LogParser(log, new PacketFraming(size));
    for (int at = 2; at < data.length; at += step) {
      feed(log, parser, Unpooled.wrappedBuffer(data, at, Math.min(step, data.length - at)));
    }
    int length = (data.length - 2) / size * size;
    require(log.published() == length, "other packets than came");
    require(log.received() == data.length - 2, "other bytes than came");
    if (length > 0) {
      byte[] published = log.reader(0).copy(0, length);
      require(Arrays.equals(published, Arrays.copyOfRange(data, 2, 2 + length)), "changed bytes");
      require(log.boundaryFrom(log.segmentOf(1), 1) == size, "another boundary");
    }
    log.close();
    require(budget.used() == 0, "memory is left");
  }

  private static void checkEpoch(Head.Fields head) {
    if (head.epoch() == 13) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "not this epoch");
    }
  }

  private static void feed(SessionLog log, LogParser parser, ByteBuf in) {
    do {
      if (log.room() == 0) {
        require(log.grow(), "no memory");
      }
      log.copy(in);
      parser.parse(record -> true);
    } while (in.isReadable());
  }

  /** The same, found in the plainest way: whole frames without the records. */
  private static byte[] relayed(byte[] data) {
    ByteBuffer in = ByteBuffer.wrap(data, 1, data.length - 1);
    ByteBuffer out = ByteBuffer.allocate(data.length);
    while (in.remaining() >= Frames.PREFIX) {
      long len = Integer.toUnsignedLong(in.getInt(in.position()));
      if (len == 0 || len + Frames.LEN_BYTES > in.remaining()) {
        break;
      }
      byte[] frame = new byte[Frames.LEN_BYTES + (int) len];
      in.get(frame);
      if (frame[Frames.TYPE_OFFSET] != Frames.SEALED) {
        out.put(frame);
      }
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  /** The bytes of a client that may send nothing but records. */
  public static void records(byte[] data) {
    RecordAssembler assembler = new RecordAssembler(MAX_FRAME);
    ByteBuf in = Unpooled.wrappedBuffer(data);
    int taken = 0;
    try {
      while (assembler.fill(in)) {
        byte[] frame = Arrays.copyOf(assembler.bytes(), assembler.length());
        require(
            Arrays.equals(frame, Arrays.copyOfRange(data, taken, taken + frame.length)),
            "another record");
        require(frame[Frames.TYPE_OFFSET] == Frames.SEALED, "another type");
        taken += frame.length;
        assembler.clear();
      }
    } catch (ProtocolException e) {
      return;
    }
    require(!in.isReadable(), "bytes are left");
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  /** A stream of two epochs with a record in it. */
  public static List<byte[]> logSeeds() {
    ByteBuffer all = ByteBuffer.allocate(600);
    all.put((byte) 40).put(head(9, 9, 0)).put(frame(0)).put(record(30)).put(frame(1));
    all.put(head(10, 9, 2)).put(frame(2)).put(record(18));
    byte[] stream = Arrays.copyOf(all.array(), all.position());
    byte[] whole = stream.clone();
    whole[0] = -1;
    return List.of(stream, whole, new byte[] {0, 0, 0, 0, 0}, new byte[] {3, -1, -1, -1, -1, 17});
  }

  /** Packets that end with a read and within one. */
  public static List<byte[]> packetSeeds() {
    return List.of(new byte[200], new byte[] {9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  }

  /** Records. */
  public static List<byte[]> recordSeeds() {
    return List.of(record(18), record(300), new byte[] {0, 1, 0, 0, 1});
  }

  private static byte[] head(long epoch, long stream, long first) {
    byte[] prefix = Head.prefix(epoch, stream, first, 0, new byte[Head.SALT_LENGTH], false);
    return Arrays.copyOf(prefix, prefix.length + Head.COMMIT_LENGTH);
  }

  private static byte[] frame(long seq) {
    byte[] frame = new byte[Frames.OVERHEAD + 11];
    Frames.putHeader(frame, 0, Frames.DATA, seq, 11);
    return frame;
  }

  private static byte[] record(int len) {
    byte[] frame = new byte[Frames.LEN_BYTES + len];
    Frames.putU32(frame, 0, len);
    frame[Frames.TYPE_OFFSET] = Frames.SEALED;
    return frame;
  }
}
