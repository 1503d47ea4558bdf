package io.hydrasync.cli.relay;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.server.ClusterStatus;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterStartTest {
  private static final RelayKey KEY = RelayKey.of(new byte[RelayKey.LENGTH]);
  private static final RelayKey NEXT = RelayKey.parse("A".repeat(42) + "E");
  private static final RelayKeys OWN = RelayKeys.of(KEY);
  private static final SecretHash OURS = SecretHash.of(KEY.toBytes());
  private static final SecretHash THEIRS = SecretHash.of(new byte[] {1});
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final NodeId SELF = NodeId.random(RANDOM);

  private static ClusterStatus seen(int strangers, SecretHash... others) {
    Map<NodeId, NodeEntry> nodes = new HashMap<>();
    nodes.put(SELF, node(OURS));
    for (SecretHash other : others) {
      nodes.put(NodeId.random(RANDOM), node(other));
    }
    return new ClusterStatus(
        SELF,
        new InetSocketAddress("127.0.0.1", 4371),
        true,
        Optional.empty(),
        DirectoryState.GOOD,
        nodes,
        strangers,
        0,
        List.of());
  }

  private static NodeEntry node(SecretHash key) {
    return new NodeEntry(
        new RelayAddress("10.0.0.1", 4371), Optional.empty(), "1", 1 << 20, false, 0, key);
  }

  @Test
  void startsWhereThereIsNobodyElse() {
    assertThatCode(() -> ClusterStart.refuse(seen(0), OWN)).doesNotThrowAnyException();
  }

  @Test
  void startsWhereSomebodyHasTheSameKeys() {
    assertThatCode(() -> ClusterStart.refuse(seen(3, THEIRS, OURS), OWN))
        .doesNotThrowAnyException();
  }

  @Test
  void startsWithEitherKeyWhileTheyAreChanged() {
    assertThatCode(() -> ClusterStart.refuse(seen(0, OURS), RelayKeys.of(NEXT, KEY)))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> ClusterStart.refuse(seen(0, OURS), RelayKeys.of(NEXT)))
        .hasMessageStartingWith("--key-file: none of the 1 other relays");
  }

  @Test
  void refusesAClusterKeyThatNobodyHas() {
    assertThatThrownBy(() -> ClusterStart.refuse(seen(2), OWN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("--cluster-key-file: none of the 2 other relays");
  }

  @Test
  void refusesARelayKeyThatNobodyHas() {
    assertThatThrownBy(() -> ClusterStart.refuse(seen(0, THEIRS, THEIRS), OWN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("--key-file: none of the 2 other relays");
  }
}
