package io.hydrasync.tests.costs;

import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.tests.peer.CostClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Connections and joins: those that are taken, and those that each check refuses. */
final class CostJoinRows {
  private static final String STRANGER = "stranger";
  private static final int COUNT = 100;
  private static final int CROWD = 1_000;

  private final List<CostRow> rows = new ArrayList<>();

  private CostJoinRows() {}

  static List<CostRow> all() {
    CostJoinRows made = new CostJoinRows();
    made.addOpenings();
    made.addRefusals();
    made.addJoins();
    made.addPlaces();
    return made.rows;
  }

  /** Does something with a connection, which is closed behind it. */
  private interface Use {
    void run(CostClient client, SessionId session) throws Exception;
  }

  private void connected(String name, Use use) {
    opened(name, scene -> new CostClient(scene.relay()), use);
  }

  private void secured(String name, Use use) {
    opened(name, scene -> CostClient.secured(scene.relay()), use);
  }

  private void opened(String name, CostRows.Opening opening, Use use) {
    rows.add(
        new CostRow(
            STRANGER,
            name,
            scene ->
                () ->
                    CostRow.Burst.connections(
                        scene.some(COUNT),
                        () -> {
                          try (CostClient client = opening.open(scene)) {
                            use.run(client, CostClient.plainSession());
                          }
                        })));
  }

  private void addOpenings() {
    byte[] opening = new byte[40];
    System.arraycopy(Magic.bytes(), 0, opening, 0, Magic.LENGTH);
    connected("nothing sent", (client, session) -> {});
    connected(
        "a magic of another version",
        (client, session) -> {
          client.send(new byte[] {'H', 'Y', 'D', 'R', 'A', '9', 13, 10});
          client.awaitEnd();
        });
    connected(
        "message 1 of low order",
        (client, session) -> {
          client.send(opening);
          client.awaitEnd();
        });
    connected("39 of 40 bytes, one by one", (client, session) -> client.send(drip(opening), 1));
    connected(
        "160 bytes that are no classic hello of anybody",
        (client, session) -> client.send(new byte[127], 1));
    secured("handshake, no JOIN", (client, session) -> {});
  }

  private static byte[] drip(byte[] opening) {
    return java.util.Arrays.copyOf(opening, opening.length - 1);
  }

  private void addRefusals() {
    secured(
        "PING instead of JOIN",
        (client, session) -> {
          client.send(client.record(new PingMessage(1).toInnerFrame()));
          client.awaitEnd();
        });
    secured(
        "a record that does not open",
        (client, session) -> {
          byte[] record = client.record(new byte[200]);
          record[record.length - 1] ^= 1;
          client.send(record);
          client.awaitEnd();
        });
    secured(
        "JOIN refused: start 3",
        (client, session) -> {
          client.send(client.joinRecord(session, Role.CONSUMER, 3, 0, 0));
          client.awaitEnd();
        });
    secured(
        "JOIN refused: an admin without credential",
        (client, session) -> {
          client.send(client.joinRecord(session, Role.ADMIN, 0, 0, 0));
          client.awaitEnd();
        });
    secured(
        "JOIN refused: not the owner",
        (client, session) -> {
          OwnerKey owner = CostClient.ownerKey();
          SessionId owned = SessionId.owned(owner, new java.security.SecureRandom());
          client.send(client.joinRecord(owned, Role.PRODUCER, 0, 0, 0));
          client.awaitEnd();
        });
  }

  private void addJoins() {
    secured(
        "JOIN of a producer, BYE",
        (client, session) -> {
          client.join(session, Role.PRODUCER, JoinMessage.START_LIVE, 0, 0);
          client.send(client.record(new ByeMessage().toInnerFrame()));
          client.awaitEnd();
        });
    secured(
        "JOIN of a consumer that waits, BYE",
        (client, session) -> {
          client.join(session, Role.CONSUMER, JoinMessage.START_LIVE, 0, 0);
          client.send(client.record(new ByeMessage().toInnerFrame()));
          client.awaitEnd();
        });
  }

  // ---- places in a log ----

  /** Joins the same session again and again. */
  private void place(String name, int epochs, int frames, int start, long seq) {
    rows.add(
        new CostRow(
            "consumer",
            name,
            scene -> {
              SessionId session = CostClient.plainSession();
              long epoch = CostRows.now();
              fill(scene, session, epoch, epochs, frames);
              return () ->
                  CostRow.Burst.connections(
                      scene.some(COUNT),
                      () -> {
                        try (CostClient client = CostClient.secured(scene.relay())) {
                          client.join(session, Role.CONSUMER, start, epoch, seq);
                        }
                      });
            }));
  }

  /** HEADs of one stream, the last one with frames behind it. */
  static CostClient fill(CostRow.Scene scene, SessionId session, long epoch, int epochs, int frames)
      throws Exception {
    CostClient producer = scene.keep(CostClient.producer(scene.relay(), session).drain());
    for (int i = 0; i < epochs; i++) {
      producer.send(CostClient.head(session, Optional.empty(), epoch + i, epoch, 0, 0));
    }
    producer.send(CostClient.frames(Frames.DATA, 0, frames, 29));
    scene.probe().received(0);
    return producer;
  }

  private void addPlaces() {
    place("JOIN live", 1, 10, JoinMessage.START_LIVE, 0);
    place("JOIN oldest, of 8 MiB", 1, 8 << 20 >> 5, JoinMessage.START_OLDEST, 0);
    place("JOIN at the last frame of a segment of 36,000", 1, 60_000, JoinMessage.START_AT, 59_990);
    place("JOIN at a frame to come", 1, 10, JoinMessage.START_AT, 1L << 40);
    place("JOIN at a frame to come, 4,000 epochs held", 4_000, 10, JoinMessage.START_AT, 1L << 40);
    place("JOIN at a frame held, 4,000 epochs held", 4_000, 1_000, JoinMessage.START_AT, 900);
    rows.add(crowd("producer", "DATA of 29 bytes, 1,000 parked, 500 epochs", 500, 1L << 40));
    rows.add(crowd("producer", "DATA of 29 bytes, 1,000 parked, 1 epoch", 1, 1L << 40));
    rows.add(crowd(CostRow.SENT_ON, "DATA of 29 bytes to 1,000 consumers", 1, 10));
  }

  /** A producer's frames, and strangers that take them, or wait for one that never comes. */
  private static CostRow crowd(String group, String name, int epochs, long seq) {
    return new CostRow(
        group,
        name,
        scene -> {
          SessionId session = CostClient.plainSession();
          long epoch = CostRows.now();
          CostClient producer = fill(scene, session, epoch, epochs, 10);
          for (int i = 0; i < scene.some(CROWD); i++) {
            CostClient consumer = scene.keep(CostClient.secured(scene.relay()));
            consumer.join(session, Role.CONSUMER, JoinMessage.START_AT, epoch, seq);
          }
          long[] next = {10};
          return () -> {
            int messages = scene.some(200); // what sockets hold that nobody reads
            byte[] all = CostClient.frames(Frames.DATA, next[0], messages, 29);
            next[0] += messages;
            return new CostRow.Burst(
                messages, all.length, 29, () -> producer.send(all, 29), () -> {});
          };
        });
  }
}
