package io.hydrasync.protocol.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignProtocolTest {
  private static byte[] bytes(String escaped) {
    return escaped.translateEscapes().getBytes(ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "HTTP ~ GET / HTTP/1.1\\r\\nHost: a\\r\\n",
        "HTTP ~ POST /a HTTP/1.1\\r\\n",
        "HTTP ~ GET http://a/ HTTP/1.1\\r\\n",
        "HTTP ~ OPTIONS * HTTP/1.1\\r\\n",
        "HTTP ~ CONNECT a.example:443 HTTP/1.1\\r\\n",
        "HTTP ~ PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n",
        "TLS ~ \\26\\3\\1\\2\\0\\1\\0\\1\\374\\3\\3abc",
        "SSH ~ SSH-2.0-OpenSSH_9.6\\r\\n",
        "Redis ~ *1\\r\\n$4\\r\\nPING\\r\\n",
        "Redis ~ PING\\r\\n",
        "NATS ~ CONNECT {\\\"verbose\\\":false}\\r\\n",
        "NATS ~ PUB subject 5\\r\\nhello\\r\\n"
      })
  void knowsClients(String name, String said) {
    byte[] first = bytes(said);

    assertThat(ForeignProtocol.ofClient(first, first.length).orElseThrow()).hasToString(name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "HTTP ~ HTTP/1.1 400 Bad Request\\r\\n",
        "HTTP ~ \\0\\0\\22\\4\\0\\0\\0\\0\\0\\0\\3",
        "TLS ~ \\25\\3\\1\\0\\2\\2\\106",
        "TLS ~ \\26\\3\\3\\0\\172\\2\\0\\0\\166\\3\\3",
        "SSH ~ SSH-2.0-OpenSSH_9.6\\r\\n",
        "Redis ~ -ERR unknown command 'HYDRA2'\\r\\n",
        "Redis ~ '-NOAUTH Authentication required.\\r\\n'",
        "Redis ~ -DENIED Redis is running in protected mode\\r\\n",
        "NATS ~ INFO {\\\"server_id\\\":\\\"X\\\"}\\r\\n"
      })
  void knowsServers(String name, String said) {
    byte[] first = bytes(said);

    assertThat(ForeignProtocol.ofServer(first, first.length).orElseThrow()).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "G",
        "GET",
        "SSH-",
        "HYDRA2\\r\\n",
        "GETAWAY /",
        "PINGPONG\\r\\n",
        "\\26\\3\\1"
      })
  void doesNotTellFromTooLittleOrFromOurOwn(String said) {
    byte[] first = bytes(said);

    assertThat(ForeignProtocol.ofClient(first, first.length)).isEmpty();
    assertThat(ForeignProtocol.ofServer(first, first.length)).isEmpty();
  }

  @Test
  void looksAtWhatHasComeOnly() {
    byte[] buffer = bytes("GET / HTTP/1.1\\r\\n");

    assertThat(ForeignProtocol.ofClient(buffer, 4)).isEmpty();
    assertThat(ForeignProtocol.ofClient(buffer, 5)).isEqualTo(Optional.of(ForeignProtocol.HTTP));
  }

  /** Hellos and handshakes begin with these. */
  @Test
  void doesNotTakeRandomBytesForAnyOfThem() {
    Random random = new Random(20_261_201);
    byte[] hello = new byte[ForeignProtocol.LENGTH];
    for (int i = 0; i < 100_000; i++) {
      random.nextBytes(hello);
      assertThat(ForeignProtocol.ofClient(hello, hello.length)).isEmpty();
      assertThat(ForeignProtocol.ofServer(hello, hello.length)).isEmpty();
    }
  }
}
