package io.hydrasync.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LocalDirectoryTest {
  private static final SessionHash HASH = new SessionHash(1, 2);
  private static final SessionEntry ENTRY =
      new SessionEntry(new NodeId(3, 4), 1, true, 0, 0, 0, List.of());

  private final List<String> told = new ArrayList<>();
  private final LocalDirectory directory = new LocalDirectory(new NodeId(3, 4));

  @Test
  void everythingMayBeWrittenAndNothingIsThere() {
    directory.start(new Told());

    assertThat(told).containsExactly("state", "snapshot 0 0", "held");
    assertThat(directory.write(HASH, 0, ENTRY)).isCompletedWithValue(new WriteOutcome.Written(1));
    assertThat(directory.write(HASH, 9, ENTRY)).isCompletedWithValue(new WriteOutcome.Written(1));
    assertThat(directory.read(HASH)).isCompletedWithValueMatching(java.util.Optional::isEmpty);
    assertThat(directory.delete(HASH, 1)).isCompletedWithValue(new WriteOutcome.Written(1));
    assertThat(directory.deleteAll(Map.of(HASH, 1L))).isCompletedWithValue(Set.of(HASH));
    assertThatThrownBy(() -> directory.start(new Told())).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aClosedOneSaysSo() {
    directory.close();

    assertThat(directory.read(HASH).toCompletableFuture())
        .failsWithin(java.time.Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(
            DirectoryException.class,
            e -> assertThat(e.kind()).isEqualTo(DirectoryException.Kind.CLOSED));
    assertThatThrownBy(() -> directory.start(new Told())).isInstanceOf(IllegalStateException.class);
  }

  private final class Told implements DirectoryListener {
    @Override
    public void snapshot(DirectoryView view) {
      told.add("snapshot " + view.nodes().size() + " " + view.sessions().size());
    }

    @Override
    public void nodePut(NodeId id, NodeEntry entry) {
      told.add("put");
    }

    @Override
    public void nodeGone(NodeId id) {
      told.add("gone");
    }

    @Override
    public void sessionPut(SessionHash hash, Versioned<SessionEntry> entry) {
      told.add("session put");
    }

    @Override
    public void sessionGone(SessionHash hash, long revision) {
      told.add("session gone");
    }

    @Override
    public void leaseLost() {
      told.add("lost");
    }

    @Override
    public void leaseHeld() {
      told.add("held");
    }

    @Override
    public void state(DirectoryState state) {
      told.add("state");
    }
  }
}
