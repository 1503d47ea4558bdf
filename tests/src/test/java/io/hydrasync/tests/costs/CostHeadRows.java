package io.hydrasync.tests.costs;

import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.tests.peer.CostClient;
import java.io.ByteArrayOutputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** HEADs: those that are taken, and those that each check refuses. */
final class CostHeadRows {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String GROUP = "producer";

  /** As many as a relay has checked before its loop hears of it, if as many have come. */
  private static final int CHECKED_TOGETHER = 64;

  private final List<CostRow> rows = new ArrayList<>();

  private CostHeadRows() {}

  static List<CostRow> all() {
    CostHeadRows made = new CostHeadRows();
    made.taken("HEAD, plain", false, 0, 500);
    made.taken("HEAD, owned", true, 0, 200);
    made.taken("HEAD, owned, 1 stanza", true, 1, 200);
    made.taken("HEAD, owned, 512 stanzas", true, 512, 60);
    made.refused("HEAD refused: not a new epoch", 0, false, false);
    made.refused("HEAD refused: in the future", 48L * 3_600_000, false, false);
    made.refused("HEAD refused: signature of another", 1, true, false);
    made.refused("HEAD refused: a flag that is not known", 1, false, true);
    return made.rows;
  }

  private static SessionId owned(OwnerKey owner) {
    return SessionId.owned(owner, RANDOM);
  }

  private void taken(String name, boolean isOwned, int stanzas, int full) {
    rows.add(
        new CostRow(
            GROUP,
            name,
            scene ->
                () -> {
                  Optional<OwnerKey> owner =
                      isOwned ? Optional.of(CostClient.ownerKey()) : Optional.empty();
                  SessionId session =
                      owner.map(CostHeadRows::owned).orElse(CostClient.plainSession());
                  CostClient client = join(scene, session, owner).drain();
                  int messages = scene.some(full);
                  ByteArrayOutputStream all = new ByteArrayOutputStream();
                  long epoch = CostRows.now();
                  for (int i = 0; i < messages; i++) {
                    all.writeBytes(CostClient.head(session, owner, epoch + i, 0, stanzas));
                  }
                  return CostRow.Burst.flood(client, all.toByteArray(), messages)
                      .inBatches(isOwned ? CHECKED_TOGETHER : 0);
                }));
  }

  private static CostClient join(CostRow.Scene scene, SessionId session, Optional<OwnerKey> owner)
      throws Exception {
    return owner.isPresent()
        ? CostClient.producer(scene.relay(), session, owner.get())
        : CostClient.producer(scene.relay(), session);
  }

  /** One connection each: it is closed. Owned, with the most stanzas. */
  private void refused(String name, long later, boolean damagesSignature, boolean damagesFlags) {
    rows.add(
        new CostRow(
            GROUP,
            name,
            scene ->
                () ->
                    CostRow.Burst.connections(
                        scene.some(60),
                        () -> refused(scene, later, damagesSignature, damagesFlags))));
  }

  private static void refused(
      CostRow.Scene scene, long later, boolean damagesSignature, boolean damagesFlags)
      throws Exception {
    OwnerKey owner = CostClient.ownerKey();
    SessionId session = owned(owner);
    try (CostClient client = CostClient.producer(scene.relay(), session, owner)) {
      long epoch = CostRows.now();
      client.send(CostClient.head(session, Optional.of(owner), epoch, 0, 0));
      byte[] head = CostClient.head(session, Optional.of(owner), epoch + later, 0, 512);
      head[head.length - 1] ^= (byte) (damagesSignature ? 1 : 0);
      head[29] |= (byte) (damagesFlags ? 2 : 0);
      client.send(head);
      client.awaitEnd();
    }
  }
}
