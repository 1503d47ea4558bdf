package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.CredentialProof;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.internal.admission.CredentialPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The known answers of {@code docs/reference/cluster-directory.md}, and what a key file is. */
class KnownAnswersTest {
  private static final NodeId NODE = NodeId.parse("101112131415161718191a1b1c1d1e1f");
  private static final byte[] SAID =
      "{\"link\":\"10.0.0.1:4371\",\"client\":\"a.example:4370\"}".getBytes(UTF_8);

  @TempDir private Path directory;

  @Test
  void macOfANode() {
    assertThat(HexFormat.of().formatHex(Samples.KEY.nodeMac(NODE, SAID)))
        .isEqualTo("1df3ed89cf183ae6928d825337093752822391fd7d3f69b1e3d29bc58619ffab");
  }

  @Test
  void valueOfANode() {
    Values values = new Values(Samples.KEY, java.util.Optional.empty());

    assertThat(new String(values.signed(NODE, SAID), UTF_8))
        .isEqualTo(
            "{\"node\":\"eyJsaW5rIjoiMTAuMC4wLjE6NDM3MSIsImNsaWVudCI6ImEuZXhhbXBsZTo0MzcwIn0\","
                + "\"mac\":\"HfPtic8YOuaSjYJTNwk3UoIjkf19P2mx49KbxYYZ_6s\"}");
  }

  @Test
  void credentialOfALink() {
    Credential credential = Samples.KEY.linkCredential();

    assertThat(HexFormat.of().formatHex(credential.secretBytes()))
        .isEqualTo("70891365b6bff7f266f6a4006309ebf1ed44343fd91b91c55f707799e5746d3d");
    assertThat(HexFormat.of().formatHex(credential.id())).isEqualTo("0916f0c9347606d2");
  }

  /** What stands in the JOIN of a link, and how a relay looks at it. */
  @Test
  void proofOfALinkIsTakenByARelayThatKnowsTheKey() {
    byte[] handshake = bytes("85b3776071a156a26ad92bf184a8ee027fa7b478ba04b75cbf8c2dea36945b98");
    SessionId session =
        SessionId.of(
            bytes(
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
                    + "404142434445464748494a4b4c4d4e4f6565a70be105c3148a3df08d6191a7d3"));
    Credential credential = Samples.KEY.linkCredential();
    Credential second = Samples.OTHER_KEY.linkCredential();
    byte[] mac = CredentialProof.mac(credential, handshake, Role.CONSUMER, session);
    CredentialPolicy links = links(credential, second);

    assertThat(HexFormat.of().formatHex(mac))
        .isEqualTo("7e0ec6800af6fd44606a2aa6019c5bfe9abf6ebce2dd34cc2a54a6e5b5dfd45a");
    assertThat(links.admits(credential.id(), mac, handshake, Role.CONSUMER, session)).isTrue();
    assertThat(links.admits(second.id(), mac, handshake, Role.CONSUMER, session)).isFalse();
    assertThat(links(second).admits(credential.id(), mac, handshake, Role.CONSUMER, session))
        .isFalse();
    for (int bit = 0; bit < 8 * mac.length; bit++) {
      byte[] flipped = mac.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(links.admits(credential.id(), flipped, handshake, Role.CONSUMER, session))
          .isFalse();
    }
  }

  /** A relay takes the key that it uses, and the one that it only accepts. */
  private static CredentialPolicy links(Credential... accepted) {
    return new CredentialPolicy(
        Stream.of(accepted).collect(Collectors.toMap(key -> key, key -> Set.of(Role.CONSUMER))));
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  @Test
  void aKeyIsReadFromItsFile() throws IOException {
    Path file = file("33".repeat(ClusterKey.LENGTH) + "\n", "rw-------");

    assertThat(ClusterKey.read(file)).isEqualTo(Samples.KEY).isNotEqualTo(Samples.OTHER_KEY);
    assertThat(Samples.KEY.toString()).doesNotContain("33");
  }

  @Test
  void aFileThatOthersMayReadIsRefused() throws IOException {
    Path file = file("33".repeat(ClusterKey.LENGTH), "rw-r-----");

    assertThatThrownBy(() -> ClusterKey.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void whatIsNoKeyIsRefusedAndNotQuoted() throws IOException {
    for (String wrong : List.of("", "33".repeat(31), "33".repeat(33), "zz".repeat(32))) {
      Path file = file(wrong, "rw-------");
      assertThatThrownBy(() -> ClusterKey.read(file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageNotContaining("3333")
          .hasMessageNotContaining("zzzz");
    }
  }

  private Path file(String text, String rights) throws IOException {
    Path file = Files.createTempFile(directory, "key", "");
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
    return file;
  }
}
