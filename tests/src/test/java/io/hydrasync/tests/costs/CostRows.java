package io.hydrasync.tests.costs;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.tests.peer.CostClient;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** All that clients can send, in each state, but for connections and joins. */
final class CostRows {
  private static final int ONE_RECORD = 65_535 - 17;
  private static final int IGNORABLE = 0xC9;

  private final List<CostRow> rows = new ArrayList<>();

  private CostRows() {}

  static List<CostRow> all() {
    CostRows made = new CostRows();
    made.addControls("producer", scene -> producer(scene));
    made.addControls("consumer", scene -> consumer(scene));
    made.addControls("admin", scene -> CostClient.admin(scene.relay(), scene.probe().admin()));
    made.addBeforeJoin();
    made.addFrames();
    made.addConsumerOfSmallFrames();
    made.rows.addAll(CostHeadRows.all());
    made.rows.addAll(CostJoinRows.all());
    made.rows.addAll(CostOtherRows.all());
    return made.rows;
  }

  /** Comes to some state. */
  interface Opening {
    CostClient open(CostRow.Scene scene) throws Exception;
  }

  /** Makes the bytes of so many messages. */
  interface Payload {
    byte[] make(CostClient client, int messages);
  }

  static CostClient producer(CostRow.Scene scene) throws Exception {
    return CostClient.producer(scene.relay(), CostClient.plainSession());
  }

  private static CostClient consumer(CostRow.Scene scene) throws Exception {
    SessionId session = CostClient.plainSession();
    CostClient producer = scene.keep(CostClient.producer(scene.relay(), session).drain());
    producer.send(CostClient.head(session, Optional.empty(), now(), 0, 0));
    return CostClient.consumer(scene.relay(), session, JoinMessage.START_LIVE);
  }

  static long now() {
    return System.currentTimeMillis();
  }

  private void flood(String group, String name, int bytes, Opening opening, Payload payload) {
    rows.add(
        new CostRow(
            group,
            name,
            scene ->
                () -> {
                  CostClient client = opening.open(scene).drain();
                  byte[] all = payload.make(client, scene.messages(bytes));
                  return CostRow.Burst.flood(client, all, Math.max(1, all.length / bytes));
                }));
  }

  private void oneByOne(
      String group, String name, int piece, int bytes, Opening opening, Payload payload) {
    rows.add(
        new CostRow(
            group,
            name,
            scene ->
                () -> {
                  CostClient client = opening.open(scene).drain();
                  int messages = scene.some(2_000);
                  byte[] all = payload.make(client, Math.max(1, messages * piece / bytes));
                  int whole = Math.max(1, all.length / bytes);
                  return CostRow.Burst.inPieces(client, all, whole, piece);
                }));
  }

  // ---- control messages ----

  private static byte[] inner(int type, int body) {
    byte[] inner = new byte[Frames.PREFIX + body];
    Frames.putU32(inner, 0, inner.length - Frames.LEN_BYTES);
    inner[Frames.TYPE_OFFSET] = (byte) type;
    return inner;
  }

  /** Many small ones, as many as fit into a record. */
  private static byte[] packed(byte[] inner) {
    int times = ONE_RECORD / inner.length;
    ByteBuffer all = ByteBuffer.allocate(times * inner.length);
    for (int i = 0; i < times; i++) {
      all.put(inner);
    }
    return all.array();
  }

  private void addControls(String who, Opening opening) {
    byte[] ping = new PingMessage(7).toInnerFrame();
    byte[] small = inner(IGNORABLE, 0);
    byte[] full = inner(IGNORABLE, ONE_RECORD - Frames.PREFIX);
    int pings = packed(ping).length / ping.length;
    int smalls = packed(small).length / small.length;
    flood(who, "ignorable, empty", 26, opening, (c, n) -> c.records(small, n, 100));
    flood(who, "PING", 34, opening, (c, n) -> c.records(ping, n, ONE_RECORD));
    flood(who, "PINGs, 5,000 a record", 13, opening, packing(ping, pings));
    oneByOne(who, "PING, a segment each", 34, 34, opening, (c, n) -> c.records(ping, n, 100));
    flood(who, "PING in records of a byte", 286, opening, (c, n) -> c.records(ping, n, 1));
    flood(who, "ignorable, 13,000 a record", 5, opening, packing(small, smalls));
    flood(who, "ignorable of 64 KiB", 65_539, opening, (c, n) -> c.records(full, n, ONE_RECORD));
    flood(who, "ignorable of 64 KiB in records of a byte", 22 * full.length, opening, drip(full));
    oneByOne(
        who, "ignorable, a byte each segment", 1, 26, opening, (c, n) -> c.records(small, n, 9));
  }

  private static Payload packing(byte[] inner, int times) {
    byte[] all = packed(inner);
    return (client, n) -> client.records(all, Math.max(1, n / times), ONE_RECORD);
  }

  private static Payload drip(byte[] inner) {
    return (client, n) -> client.records(inner, Math.min(n, 2), 1);
  }

  private void addBeforeJoin() {
    Opening secured = scene -> CostClient.secured(scene.relay());
    byte[] most = inner(JoinMessage.TYPE, 4_000);
    flood(
        "before JOIN",
        "a JOIN of 4 KiB that does not end, in records of a byte",
        22 * (most.length - 1),
        secured,
        (client, n) -> unfinished(client, most, 1));
    oneByOne(
        "before JOIN",
        "a JOIN that does not end, a byte each segment",
        1,
        400 * 22,
        secured,
        (client, n) -> Arrays.copyOf(unfinished(client, most, 1), 400 * 22));
  }

  private static byte[] unfinished(CostClient client, byte[] inner, int step) {
    return client.records(Arrays.copyOf(inner, inner.length - 1), 1, step);
  }

  // ---- relayed frames ----

  private void addFrames() {
    frames("DATA", Frames.DATA, 29);
    frames("DATA", Frames.DATA, 1 << 10);
    frames("DATA", Frames.DATA, 64 << 10);
    frames("DATA", Frames.DATA, 16 << 20);
    for (int type : new int[] {Frames.BATCH, Frames.TICK, Frames.END, Frames.CHECK}) {
      String name = List.of("BATCH", "TICK", "END", "CHECK").get(type - Frames.BATCH);
      frames(name, type, 29);
      frames(name, type, 1 << 20);
    }
    rows.add(new CostRow("producer", "DATA of 29 bytes, a segment each", frames(29, 29, 2_000)));
    rows.add(new CostRow("producer", "DATA of 29 bytes, a byte each segment", frames(29, 1, 200)));
    rows.add(
        new CostRow(
            "producer",
            "DATA of 29 bytes and an ignorable, in turn",
            scene ->
                () -> {
                  SessionId session = CostClient.plainSession();
                  CostClient client = CostClient.producer(scene.relay(), session).drain();
                  client.send(CostClient.head(session, Optional.empty(), now(), 0, 0));
                  int messages = scene.messages(55);
                  byte[] small = inner(IGNORABLE, 0);
                  ByteBuffer all = ByteBuffer.allocate(messages * 55);
                  for (int i = 0; i < messages; i++) {
                    all.put(CostClient.frames(Frames.DATA, i, 1, 29));
                    all.put(client.record(small));
                  }
                  return CostRow.Burst.flood(client, all.array(), messages);
                }));
    rows.add(new CostRow("classic producer", "frame of 5 bytes", CostRows::classicFrames));
  }

  private void frames(String name, int type, int bytes) {
    rows.add(
        new CostRow(
            "producer",
            String.format("%s of %,d bytes", name, bytes),
            scene ->
                () -> {
                  int messages = Math.min(scene.messages(bytes), 20_000);
                  SessionId session = CostClient.plainSession();
                  CostClient client = CostClient.producer(scene.relay(), session).drain();
                  client.send(CostClient.head(session, Optional.empty(), now(), 0, 0));
                  byte[] all = CostClient.frames(type, 0, Math.min(messages, 4_000_000), bytes);
                  return CostRow.Burst.flood(client, all, messages);
                }));
  }

  private static CostRow.Setting frames(int bytes, int piece, int full) {
    return scene ->
        () -> {
          int messages = scene.some(full);
          SessionId session = CostClient.plainSession();
          CostClient client = CostClient.producer(scene.relay(), session).drain();
          client.send(CostClient.head(session, Optional.empty(), now(), 0, 0));
          byte[] all = CostClient.frames(Frames.DATA, 0, messages, bytes);
          return CostRow.Burst.inPieces(client, all, messages, piece);
        };
  }

  private static CostRow.Bursts classicFrames(CostRow.Scene scene) {
    return () -> {
      CostClient client =
          CostClient.classic(scene.relay(), Role.PRODUCER, CostClient.plainSession());
      int messages = scene.messages(5);
      ByteBuffer all = ByteBuffer.allocate(messages * 5);
      for (int i = 0; i < messages; i++) {
        all.putInt(1).put((byte) 0);
      }
      return CostRow.Burst.flood(client, all.array(), messages);
    };
  }

  /**
   * A consumer that reads on and on and says PING in between: the answer may only go where a frame
   * ends, and 36,000 of these frames begin in a segment.
   */
  private void addConsumerOfSmallFrames() {
    byte[] ping = new PingMessage(7).toInnerFrame();
    int readings = 100;
    rows.add(
        new CostRow(
            "consumer",
            "64 KiB of frames of 29 bytes taken, and a PING",
            scene -> {
              SessionId session = CostClient.plainSession();
              CostClient producer = scene.keep(CostClient.producer(scene.relay(), session).drain());
              producer.send(CostClient.head(session, Optional.empty(), now(), 0, 0));
              producer.send(CostClient.frames(Frames.DATA, 0, (8 << 20) / 29, 29));
              return () -> {
                CostClient client =
                    CostClient.consumer(scene.relay(), session, JoinMessage.START_OLDEST);
                CostRow.Sending sending =
                    () -> {
                      for (int i = 0; i < readings; i++) {
                        client.read(64 << 10);
                        client.send(client.record(ping));
                      }
                    };
                return new CostRow.Burst(readings, 0, 0, sending, client);
              };
            }));
  }
}
