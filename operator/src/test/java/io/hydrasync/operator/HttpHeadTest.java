package io.hydrasync.operator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpHeadTest {
  private static HttpHead parse(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return HttpHead.parse(bytes, bytes.length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /livez HTTP/1.1\r\nHost: localhost:1\r\nAccept: */*\r\n\r\n",
        "GET /livez?a=b HTTP/1.0\nhOSt:\tlocalhost:1 \n\n",
        "GET /livez HTTP/1.1\r\nX-Host: a\r\nHost:localhost:1\n\r\n"
      })
  void readsRequestsAndFindsTheirEndsAtEachByte(String text) {
    byte[] bytes = (text + "GET / HTTP/1.1\r\n\r\n").getBytes(ISO_8859_1);
    int seen = 0;
    for (int length = 1; length < text.length(); length++) {
      assertThat(HttpHead.end(bytes, seen, length)).isEqualTo(-1);
      seen = length;
    }
    assertThat(HttpHead.end(bytes, seen, bytes.length)).isEqualTo(text.length());
    assertThat(HttpHead.end(bytes, 0, bytes.length)).isEqualTo(text.length());
    assertThat(parse(text)).isEqualTo(new HttpHead("GET", "/livez", Optional.of("localhost:1")));
  }

  /** Such as a client of the relay that has got the wrong port. */
  @Test
  void endsWithTheFirstLineWhereThatIsNoRequest() {
    byte[] hello = "HYDRA2\r\nand 32 bytes".getBytes(ISO_8859_1);

    assertThat(HttpHead.end(hello, 0, 7)).isEqualTo(-1);
    assertThat(HttpHead.end(hello, 7, 8)).isEqualTo(8);
    assertThat(HttpHead.end(hello, 0, hello.length)).isEqualTo(8);
    assertThatIllegalArgumentException().isThrownBy(() -> HttpHead.parse(hello, 8));
  }

  @Test
  void needsNoHost() {
    assertThat(parse("HEAD / HTTP/1.0\r\n\r\n").host()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        " / HTTP/1.1\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET / x HTTP/1.1\r\n\r\n",
        "GET http://evil/ HTTP/1.1\r\n\r\n",
        "GET livez HTTP/1.1\r\n\r\n",
        "G\u00cbT / HTTP/1.1\r\n\r\n",
        "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n\r\n",
        "GET /\0 HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\n: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\u007f\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\rHost: a\r\n\r\n",
        "GET / HTTP/1.1",
        ""
      })
  void refusesWhatIsNone(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> parse(text));
  }

  @Test
  void refusesGarbageInNoOtherWay() {
    Random random = new Random(16);
    byte[] valid = "GET /livez HTTP/1.1\r\nHost: localhost:1\r\n\r\n".getBytes(ISO_8859_1);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = valid.clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        HttpHead.parse(bytes, random.nextInt(bytes.length + 1));
      } catch (IllegalArgumentException e) {
        // malformed
      }
    }
  }
}
