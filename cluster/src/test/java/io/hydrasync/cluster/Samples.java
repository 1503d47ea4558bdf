package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Values that tests share. */
final class Samples {
  static final ClusterKey KEY = key(0x33);
  static final ClusterKey OTHER_KEY = key(0x44);
  static final NodeId A = new NodeId(0, 0xa);
  static final NodeId B = new NodeId(0, 0xb);
  static final SecretHash RELAY = SecretHash.of("relay".getBytes(US_ASCII));

  private Samples() {}

  static ClusterKey key(int each) {
    byte[] bytes = new byte[ClusterKey.LENGTH];
    Arrays.fill(bytes, (byte) each);
    return ClusterKey.of(bytes);
  }

  static SessionHash session(long number) {
    return new SessionHash(0, number);
  }

  static SessionEntry entry(NodeId owner, long claim) {
    return new SessionEntry(owner, claim, true, 0, 0, 0, List.of());
  }

  static NodeEntry node(int linkPort) {
    return new NodeEntry(
        new RelayAddress("127.0.0.1", linkPort),
        Optional.of(new RelayAddress("127.0.0.1", 4370)),
        "1",
        1 << 20,
        false,
        0,
        RELAY);
  }
}
