package io.hydrasync.tests.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tests' own server against the known answers of the wire. */
class LaterServerIT {
  private static final HexFormat HEX = HexFormat.of();

  private static byte[] bytes(int first, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (first + i);
    }
    return bytes;
  }

  private static byte[] key(String version) throws Exception {
    byte[] client = new byte[LaterServer.HELLO];
    byte[] server = new byte[LaterServer.HELLO];
    for (int i = 0; i < 128; i++) {
      client[i] = (byte) i;
      server[i] = (byte) (255 - i);
    }
    System.arraycopy(LaterServer.publicKey(bytes(0, 32)), 0, client, 128, 32);
    System.arraycopy(LaterServer.publicKey(bytes(0x20, 32)), 0, server, 128, 32);
    byte[] secret =
        LaterServer.secret(bytes(0x20, 32), HEX.parseHex(HEX.formatHex(client).substring(256)));
    return LaterServer.transportKey(client, server, secret, version);
  }

  @ParameterizedTest
  @CsvSource({
    "1.0.0-beta.9, a99f704aad24c891ae4744ea805ddf95457c2b9e6a7eea7a90dbbe47d223a43e",
    "1.0.0-beta.8, e6fb2bc6f48b1f13f6f5bc70968b601a6028ce3541e7bb6f6714d4c496fe4d01",
    "1.0.0-beta.7, b23ded00e0e530b4b8bf7da815cc8d6718b6f8acff357d018815c17c7f00a013"
  })
  void agreesOnTheKeys(String version, String key) throws Exception {
    assertThat(HEX.formatHex(key(version))).isEqualTo(key);
  }

  @Test
  void sealsAStatusAndALength() throws Exception {
    byte[] key = key("1.0.0-beta.9");
    byte[] length = {0, 0x40, 0, 0, 0, 0, 0, 0};

    assertThat(HEX.formatHex(LaterServer.seal(key, bytes(0xb0, 12), new byte[1])))
        .isEqualTo("b0b1b2b3b4b5b6b7b8b9babba8172081f543810b1960d06df673e5c347");
    assertThat(HEX.formatHex(LaterServer.seal(key, bytes(0xc0, 12), length)))
        .isEqualTo("c0c1c2c3c4c5c6c7c8c9cacb5c3ce582606835249f8fd2ad3939b36659894f5571ea6a1b");
  }

  @Test
  void sealsAndOpensAPacket() throws Exception {
    byte[] key = bytes(0x40, 32);
    byte[] packet = LaterServer.seal(key, bytes(0xe0, 12), bytes(0, 16));

    assertThat(HEX.formatHex(packet))
        .isEqualTo(
            "e0e1e2e3e4e5e6e7e8e9eaebafd9cb6ade0ab2d79dcafcecc6b21967e80d941f0c5dd0bdaa2fba310d491b9e");
    assertThat(LaterServer.open(key, packet)).isEqualTo(bytes(0, 16));
  }
}
