package io.hydrasync.server.cluster;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Hashes;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class EntriesTest {
  @Test
  void aNodesIdIsItsBytesAndItsHexDigits() {
    byte[] bytes = HexFormat.of().parseHex("101112131415161718191a1b1c1d1eff");
    NodeId id = NodeId.of(bytes);

    assertThat(id).hasToString("101112131415161718191a1b1c1d1eff");
    assertThat(id.toBytes()).isEqualTo(bytes);
    assertThat(NodeId.parse(id.toString())).isEqualTo(id);
    assertThat(NodeId.parse("f0000000000000000000000000000000")).isGreaterThan(id);
    assertThat(NodeId.random(new SecureRandom())).isNotEqualTo(NodeId.random(new SecureRandom()));
    assertThatThrownBy(() -> NodeId.of(new byte[15])).isInstanceOf(IllegalArgumentException.class);
    for (String wrong :
        List.of(
            "",
            "10",
            "101112131415161718191A1B1C1D1E1F",
            "101112131415161718191a1b1c1d1e1f0",
            "+01112131415161718191a1b1c1d1e1f")) {
      assertThatThrownBy(() -> NodeId.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** The id is a capability: nothing of it is in the name. */
  @Test
  void aSessionIsNamedByTheHashOfItsId() {
    byte[] id = new byte[SessionId.LENGTH];
    Arrays.fill(id, (byte) 7);
    SessionHash hash = SessionHash.of(SessionId.of(id));

    assertThat(hash)
        .hasToString(HexFormat.of().formatHex(Hashes.sha256(id), 0, SessionHash.LENGTH));
    assertThat(hash.toString()).startsWith(SessionId.of(id).logName());
    assertThat(SessionHash.parse(hash.toString())).isEqualTo(hash);
  }

  @Test
  void theHighestEpochOnlyRises() {
    SessionEntry entry = new SessionEntry(NodeId.NOBODY, 1, true, 5, 5, 9, List.of());

    assertThat(entry.withSeen(8).highest()).isEqualTo(9);
    assertThat(entry.withSeen(10).highest()).isEqualTo(10);
    assertThat(entry.withHead(7, 5).highest()).isEqualTo(9);
    assertThat(entry.withHead(12, 5).highest()).isEqualTo(12);
    assertThat(entry.withSeen(-1).highest()).as("unsigned").isEqualTo(-1);
    assertThat(entry.withSeen(-1).withHead(1, 1).withLive(false).highest()).isEqualTo(-1);
  }

  @Test
  void anEntryHoldsTwoTokensAtMost() {
    SecretHash token = SecretHash.of("token".getBytes(US_ASCII));

    assertThat(SecretHash.parse(token.toString())).isEqualTo(token);
    assertThatThrownBy(
            () -> new SessionEntry(NodeId.NOBODY, 1, true, 5, 5, 9, List.of(token, token, token)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nodeAndNumberTellWhoseAWriteWas() {
    NodeId node = NodeId.parse("000102030405060708090a0b0c0d0e0f");
    SessionEntry entry = new SessionEntry(node, 3, true, 0, 0, 0, List.of());

    assertThat(entry.isOf(node, 3)).isTrue();
    assertThat(entry.isOf(node, 4)).isFalse();
    assertThat(entry.isOf(NodeId.NOBODY, 3)).isFalse();
  }
}
