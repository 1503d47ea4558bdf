package io.hydrasync.tests.cluster;

import io.hydrasync.cluster.MemoryCluster;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A node in another language in the directory of ours: what it would say there is said for it, and
 * it is told where the owner of what it does not own takes links.
 */
final class PeerSeat implements DirectoryListener, AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  private final Directory directory;
  private final Consumer<RelayAddress> owner;
  private final Map<NodeId, RelayAddress> links = new ConcurrentHashMap<>();

  /**
   * Comes into the directory.
   *
   * @param owner told where links go, from the directory's thread
   */
  PeerSeat(
      MemoryCluster store,
      RelayAddress link,
      RelayAddress client,
      RelayKey key,
      Consumer<RelayAddress> owner) {
    this.owner = owner;
    directory = store.node(NodeId.random(new SecureRandom()));
    directory.publish(
        new NodeEntry(
            link, Optional.of(client), "", Frames.MAX_LEN, false, 0, SecretHash.of(key.toBytes())));
    directory.start(this);
  }

  /** The session's producer has come to this node. */
  void claims(SessionId session) throws Exception {
    SessionHash hash = SessionHash.of(session);
    while (true) {
      Optional<Versioned<SessionEntry>> before =
          directory.read(hash).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      SessionEntry entry =
          before
              .map(Versioned::value)
              .map(
                  old ->
                      new SessionEntry(
                          directory.self(),
                          old.claim() + 1,
                          true,
                          old.epoch(),
                          old.stream(),
                          old.highest(),
                          old.tokens()))
              .orElseGet(() -> new SessionEntry(directory.self(), 1, true, 0, 0, 0, List.of()));
      WriteOutcome outcome =
          directory
              .write(hash, before.map(Versioned::modRevision).orElse(0L), entry)
              .toCompletableFuture()
              .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (outcome instanceof WriteOutcome.Written) {
        return;
      }
    }
  }

  @Override
  public void snapshot(DirectoryView view) {
    view.nodes().forEach(this::nodePut);
    view.sessions().forEach(this::sessionPut);
  }

  @Override
  public void nodePut(NodeId id, NodeEntry entry) {
    links.put(id, entry.link());
  }

  @Override
  public void nodeGone(NodeId id) {
    links.remove(id);
  }

  @Override
  public void sessionPut(SessionHash hash, Versioned<SessionEntry> entry) {
    NodeId of = entry.value().owner();
    RelayAddress where = links.get(of);
    if (where != null && !of.equals(directory.self())) {
      owner.accept(where);
    }
  }

  @Override
  public void sessionGone(SessionHash hash, long revision) {}

  @Override
  public void leaseLost() {}

  @Override
  public void leaseHeld() {}

  @Override
  public void state(DirectoryState state) {}

  /** It is gone: others learn that at once. */
  @Override
  public void close() {
    directory.close();
  }
}
