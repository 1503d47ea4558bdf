package io.hydrasync.server.internal.cluster;

import static io.hydrasync.server.internal.cluster.RoleScene.LINGER;
import static io.hydrasync.server.internal.cluster.RoleScene.R;
import static io.hydrasync.server.internal.cluster.RoleScene.X;
import static io.hydrasync.server.internal.cluster.RoleScene.entry;
import static io.hydrasync.server.internal.cluster.RoleScene.node;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClusterNodeTest {
  private static final long SECOND = 1_000_000_000;

  private final Set<SessionHash> here = new HashSet<>();
  private final List<String> told = new ArrayList<>();
  private final List<Map<SessionHash, Long>> deleted = new ArrayList<>();
  private final Map<SessionHash, SessionEntry> written = new HashMap<>();
  private long due = Long.MAX_VALUE;
  private final ClusterContext context = new ClusterContext(R, LINGER, new Random(2));
  private final ClusterNode node = new ClusterNode(context, new Effects());

  private final class Effects implements NodeEffects {
    @Override
    public Collection<SessionHash> sessions() {
      return here;
    }

    @Override
    public boolean changed(
        SessionHash session, Optional<Versioned<SessionEntry>> entry, long revision) {
      told.add("changed " + session.low() + " at " + revision);
      return here.contains(session);
    }

    @Override
    public boolean snapshot(
        SessionHash session, Optional<Versioned<SessionEntry>> entry, long revision) {
      told.add("snapshot " + session.low() + (entry.isPresent() ? "" : " absent"));
      return here.contains(session);
    }

    @Override
    public void nodesChanged() {
      told.add("nodes");
    }

    @Override
    public void write(SessionHash session, long expected, SessionEntry entry) {
      written.put(session, entry);
    }

    @Override
    public void deleteAll(Map<SessionHash, Long> expected) {
      deleted.add(expected);
    }

    @Override
    public void timerAt(long nanos) {
      due = nanos;
    }
  }

  private static SessionHash session(long number) {
    return new SessionHash(0, number);
  }

  private static Versioned<SessionEntry> at(long revision, SessionEntry entry) {
    return new Versioned<>(entry, revision);
  }

  private void snapshot(Map<SessionHash, Versioned<SessionEntry>> sessions) {
    node.snapshot(new DirectoryView(1_000, Map.of(R, node(1), X, node(2)), sessions, 0), 0);
  }

  @Test
  void aSnapshotIsToldToEverySessionThatIsHereThoseItLacksToo() {
    here.add(session(1));
    here.add(session(2));
    snapshot(Map.of(session(1), at(5, entry(X, true, 1)), session(3), at(6, entry(X, true, 1))));

    assertThat(told)
        .containsExactlyInAnyOrder("snapshot 1", "snapshot 3", "snapshot 2 absent", "nodes");
    assertThat(node.entry(session(3))).contains(at(6, entry(X, true, 1)));
    assertThat(written).isEmpty();
  }

  @Test
  void whatNamesThisNodeAndIsNotHereIsReleased() {
    here.add(session(1));
    snapshot(Map.of(session(1), at(5, entry(R, true, 7))));
    assertThat(written).isEmpty();
    node.sessionPut(session(2), at(1_001, entry(R, true, 8)), 0);

    assertThat(written)
        .containsExactly(Map.entry(session(2), ClaimRules.released(entry(R, true, 8))));
    assertThat(written.get(session(2)).highest()).isEqualTo(8);
  }

  @Test
  void orphansAreDeletedAfterTheLingerTimeAndUpToTenSeconds() {
    snapshot(Map.of(session(1), at(5, entry(X, true, 1)), session(2), at(6, entry(R, true, 1))));
    assertThat(due).isEqualTo(Long.MAX_VALUE);
    node.nodeGone(X, 100 * SECOND);
    assertThat(due).isBetween(100 * SECOND + LINGER, 110 * SECOND + LINGER);
    node.timer(due - 1);
    assertThat(deleted).isEmpty();
    node.timer(due);
    assertThat(deleted).containsExactly(Map.of(session(1), 5L));
  }

  @Test
  void anOrphanThatSomebodyTakesOrWhoseNodeComesBackStays() {
    snapshot(Map.of(session(1), at(5, entry(X, true, 1)), session(2), at(6, entry(X, true, 1))));
    node.nodeGone(X, 0);
    node.sessionPut(session(1), at(1_001, entry(R, true, 1)), SECOND);
    node.nodePut(X, node(2));
    node.timer(LINGER + 20 * SECOND);
    assertThat(deleted).isEmpty();
  }

  @Test
  void aDeletionThatIsNotDoneIsTriedAgainUntilItIsTold() {
    snapshot(Map.of(session(1), at(5, entry(new NodeId(0, 9), true, 1))));
    node.timer(due);
    node.timer(due);
    assertThat(deleted).hasSize(2);
    node.sessionGone(session(1), 1_001);
    node.timer(LINGER * 2);
    assertThat(deleted).hasSize(2);
    assertThat(due).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void atMostAHundredAreDeletedInATransaction() {
    Map<SessionHash, Versioned<SessionEntry>> many = new HashMap<>();
    for (int i = 1; i <= 250; i++) {
      many.put(session(i), at(i, entry(X, true, 1)));
    }
    snapshot(many);
    node.nodeGone(X, 0);
    node.timer(LINGER + 10 * SECOND);
    assertThat(deleted).extracting(Map::size).containsExactly(100, 100, 50);
    assertThat(deleted.stream().flatMap(batch -> batch.keySet().stream()).distinct()).hasSize(250);
  }

  private static NodeEntry with(String client, boolean draining, int maxFrame, int key) {
    return new NodeEntry(
        new RelayAddress("10.0.0.1", 1),
        Optional.of(RelayAddress.parse(client)),
        "",
        maxFrame,
        draining,
        0,
        SecretHash.of(new byte[] {(byte) key}));
  }

  @Test
  void peersAreThisNodeTheOthersAndThoseOnTheirWayOutLast() {
    Map<NodeId, NodeEntry> nodes = new HashMap<>();
    nodes.put(new NodeId(0, 2), with("b.example:1", true, 5, 1));
    nodes.put(new NodeId(0, 3), with("c.example:1", false, 4, 1));
    nodes.put(new NodeId(0, 4), with("0.0.0.0:1", false, 9, 1));
    nodes.put(new NodeId(0, 5), with("[::]:1", false, 9, 1));
    nodes.put(new NodeId(0, 6), with("[fe80::1%eth0]:1", false, 9, 1));
    nodes.put(new NodeId(0, 7), with("c.example:1", false, 9, 1));
    NodeTable table = new NodeTable(nodes);

    assertThat(table.peers(R, with("a.example:1", true, 9, 1)))
        .extracting(RelayAddress::toString)
        .containsExactly("a.example:1", "c.example:1", "b.example:1");
    assertThat(table.leastMaxFrame(6)).isEqualTo(4);
    assertThat(table.leastMaxFrame(3)).isEqualTo(3);
  }

  @Test
  void peersAreAtMostSixteen() {
    Map<NodeId, NodeEntry> nodes = new HashMap<>();
    for (int i = 2; i < 40; i++) {
      nodes.put(new NodeId(0, i), with("n" + i + ".example:1", i == 2, 9, 1));
    }
    assertThat(new NodeTable(nodes).peers(R, with("a.example:1", false, 9, 1)))
        .hasSize(16)
        .startsWith(RelayAddress.parse("a.example:1"), RelayAddress.parse("n3.example:1"));
  }

  /** Otherwise the clients of each node that is lost would go to the same few. */
  @Test
  void eachNodeNamesOthersWhereThereAreMany() {
    Map<NodeId, NodeEntry> nodes = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      nodes.put(new NodeId(0, i), with("n" + i + ".example:1", false, 9, 1));
    }
    NodeTable table = new NodeTable(nodes);
    Map<RelayAddress, Integer> named = new HashMap<>();
    nodes.forEach(
        (id, own) -> table.peers(id, own).forEach(peer -> named.merge(peer, 1, Integer::sum)));

    assertThat(named).hasSize(100);
    assertThat(named.values()).allMatch(count -> count == 16);
  }

  @Test
  void aNodeWhoseKeysFitNobodyDoesNotStart() {
    NodeEntry own = with("a.example:1", false, 9, 1);
    NodeEntry other = with("b.example:1", false, 9, 2);
    assertThat(NodeTable.whyNotStart(view(Map.of(), 0), R, own)).isEmpty();
    assertThat(NodeTable.whyNotStart(view(Map.of(R, own), 2), R, own))
        .hasValueSatisfying(text -> assertThat(text).contains("cluster key", "(2)"));
    assertThat(NodeTable.whyNotStart(view(Map.of(X, other), 0), R, own))
        .hasValueSatisfying(text -> assertThat(text).contains("relay key", "(1)"));
    assertThat(NodeTable.whyNotStart(view(Map.of(X, other, new NodeId(0, 5), own), 4), R, own))
        .isEmpty();
  }

  private static DirectoryView view(Map<NodeId, NodeEntry> nodes, int strangers) {
    return new DirectoryView(1, nodes, Map.of(), strangers);
  }
}
