package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
  private final Values values = new Values(Samples.KEY, Optional.empty());
  private final NodeEntry node = Samples.node(4371).withDraining(true).withLoadPercent(42);

  @Test
  void aNodeIsReadAsItWasWritten() {
    assertThat(values.node(Samples.A, values.node(Samples.A, node))).contains(node);
  }

  /** Each bit of the value, and the id that it stands under. */
  @Test
  void aNodeWithAnotherMacDoesNotCount() {
    byte[] value = values.node(Samples.A, node);

    assertThat(values.node(Samples.B, value)).isEmpty();
    for (int bit = 0; bit < 8 * value.length; bit++) {
      byte[] other = value.clone();
      other[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(values.node(Samples.A, other))
          .as("bit %s", bit)
          .satisfiesAnyOf(
              read -> assertThat(read).isEmpty(), read -> assertThat(read).contains(node));
    }
    assertThat(new Values(Samples.OTHER_KEY, Optional.empty()).node(Samples.A, value)).isEmpty();
    assertThat(values.node(Samples.A, "{\"node\":\"\",\"mac\":\"\"}".getBytes(UTF_8))).isEmpty();
  }

  @Test
  void aSecondKeyIsBelievedAndNotUsed() {
    Values both = new Values(Samples.OTHER_KEY, Optional.of(Samples.KEY));

    assertThat(both.node(Samples.A, values.node(Samples.A, node))).contains(node);
    assertThat(values.node(Samples.A, both.node(Samples.A, node))).isEmpty();
  }

  @Test
  void fieldsThatAreNotKnownDoNotMatter() {
    byte[] said =
        ("{\"link\": \"a:1\", \"client\":\"b:2\",\"maxFrame\":9,\"new\":[{}],\"relayKey\":\""
                + Samples.RELAY
                + "\"}")
            .getBytes(UTF_8);
    Optional<NodeEntry> read = values.node(Samples.A, values.signed(Samples.A, said));

    assertThat(read.orElseThrow().link()).hasToString("a:1");
    assertThat(read.orElseThrow().version()).isEmpty();
    assertThat(
            Values.session(
                "{\"node\":\"%s\",\"claim\":\"7\",\"state\":\"live\",\"more\":1}"
                    .formatted(Samples.A)
                    .getBytes(UTF_8)))
        .isEqualTo(Samples.entry(Samples.A, 7));
  }

  @Test
  void whereADashboardIsMayBeToldOrNot() {
    NodeEntry told = node.withHttp(URI.create("https://dash.example:8443"));

    assertThat(values.node(Samples.A, values.node(Samples.A, told))).contains(told);
    assertThat(told.withLoadPercent(1).withDraining(false).http()).isEqualTo(told.http());
    assertThat(new String(values.node(Samples.A, node), UTF_8)).doesNotContain("http");
  }

  /** It becomes a link in somebody's browser. The node is there all the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "javascript:alert(1)",
        "http://a/path",
        "http://user@a:1",
        "http://a:1?q",
        "http://a:1#f",
        "http://a:70000",
        "file:///etc/passwd",
        "//a",
        "a b",
        ""
      })
  void aDashboardThatIsNoPlaceOfAWebServerIsLeftOut(String http) {
    byte[] said =
        ("{\"link\":\"a:1\",\"maxFrame\":9,\"relayKey\":\""
                + Samples.RELAY
                + "\",\"http\":\""
                + http
                + "\"}")
            .getBytes(UTF_8);

    Optional<NodeEntry> read = values.node(Samples.A, values.signed(Samples.A, said));

    assertThat(read).isPresent();
    assertThat(read.get().http()).isEmpty();
    assertThatThrownBy(() -> NodeEntry.checkedHttp(URI.create(http)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSessionIsReadAsItWasWritten() {
    SecretHash token = SecretHash.of(new byte[] {1});
    SessionEntry entry =
        new SessionEntry(Samples.A, 3, false, -2, 5, -1, List.of(token, Samples.RELAY));

    assertThat(Values.session(Values.session(entry))).isEqualTo(entry);
    assertThat(new String(Values.session(entry), UTF_8))
        .contains("\"highest\":\"18446744073709551615\"", "\"state\":\"away\"");
  }

  /** Its key is there all the same: who wants the session writes over it. */
  @Test
  void aSessionThatCannotBeReadIsNobodys() {
    for (String wrong :
        List.of(
            "",
            "[]",
            "null",
            "{}",
            "{\"node\":\"x\"}",
            "{\"node\":\"%s\",\"state\":{}}".formatted(Samples.A),
            "{\"node\":\"%s\",\"state\":\"live\",\"claim\":\"-1\"}".formatted(Samples.A),
            "{\"node\":\"%s\",\"state\":\"live\",\"epoch\":\"1e3\"}".formatted(Samples.A),
            "{\"node\":\"%s\",\"state\":\"live\",\"tokens\":[[]]}".formatted(Samples.A),
            "[".repeat(60_000),
            "{\"a\":\"" + "x".repeat(70_000) + "\"}")) {
      assertThat(Values.session(wrong.getBytes(UTF_8))).isEqualTo(SessionEntry.UNREADABLE);
    }
  }

  @Test
  void numbersAreStringsOrNumbersOrAbsent() {
    JsonObject object = Json.parse("{\"a\": \"12\", \"b\":12, \"c\":null, \"d\":\"-3\"}");

    assertThat(Json.number(object, "a")).isEqualTo(12);
    assertThat(Json.number(object, "b")).isEqualTo(12);
    assertThat(Json.number(object, "c")).isZero();
    assertThat(Json.number(object, "d")).isEqualTo(-3);
    assertThat(Json.number(object, "absent")).isZero();
    assertThat(Json.flag(object, "absent")).isFalse();
    assertThatThrownBy(() -> Json.number(Json.parse("{\"a\":\"x\"}"), "a"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Json.parse("{} {}")).isInstanceOf(IllegalArgumentException.class);
  }
}
