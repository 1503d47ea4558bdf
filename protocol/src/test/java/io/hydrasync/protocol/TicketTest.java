package io.hydrasync.protocol;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.check.HostPort;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("any-jdk")
class TicketTest {
  private static final String SID = base64(hex(KnownAnswers.SID));
  private static final String RELAY = base64(hex(KnownAnswers.OWNER_PUBLIC_KEY));
  private static final String KEY = base64(hex(KnownAnswers.SESSION_KEY));
  private static final String TICKET =
      "hydra://relay.example:4711/" + SID + "?relay=" + RELAY + "#" + KEY;
  private static final String CLASSIC =
      "hydra+classic://relay.example:4711/" + SID + "?version=1.0.0-beta.6#" + KEY;

  @Test
  void writesTheFormOfTheSpecification() {
    assertThat(ticket("relay.example", 4711).format()).isEqualTo(TICKET);
  }

  @Test
  void writesNoRelayKeyWhereNoneIsKnown() {
    Ticket ticket =
        Ticket.of(
            List.of(new RelayAddress("relay.example", 4711)),
            KnownAnswers.sessionId(),
            KnownAnswers.sessionKey());

    assertThat(ticket.format()).isEqualTo("hydra://relay.example:4711/" + SID + "#" + KEY);
  }

  @Test
  void readsEveryPart() {
    Ticket ticket = Ticket.parse(TICKET);

    assertThat(ticket.addresses()).containsExactly(new RelayAddress("relay.example", 4711));
    assertThat(ticket.sessionId()).isEqualTo(KnownAnswers.sessionId());
    assertThat(ticket.relayKey()).contains(KnownAnswers.relayKey());
    assertThat(ticket.sessionKey()).isEqualTo(KnownAnswers.sessionKey());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[fe80::1%eth0]", "[fe80::1%25eth0]", "fe80::1%1", "relay%2eexample"})
  void refusesAZoneAndAPercentSignByName(String host) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ticket.parse("hydra://" + host + ":1/" + SID + "#" + KEY))
        .withMessageStartingWith("a ticket's host has no percent sign");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ticket(host, 1))
        .withMessageContaining("percent sign");
  }

  private static Arguments nullOf(String name, ThrowingCallable call) {
    return Arguments.of(name, call);
  }

  static List<Arguments> nulls() {
    List<RelayAddress> to = List.of(new RelayAddress("relay.example", 1));
    SessionId id = KnownAnswers.sessionId();
    SessionKey key = KnownAnswers.sessionKey();
    RelayKey relay = KnownAnswers.relayKey();
    String version = "1.0.0-beta.6";
    SessionSecrets session = new SessionSecrets(id, key);
    return List.of(
        nullOf("a ticket", () -> Ticket.parse(null)),
        nullOf("a host", () -> new RelayAddress(null, 1)),
        nullOf("a host", () -> Ticket.of(List.of(new RelayAddress(null, 1)), id, relay, key)),
        nullOf("a ticket's addresses", () -> Ticket.of(null, id, relay, key)),
        nullOf(
            "one of a ticket's addresses",
            () -> Ticket.of(Collections.singletonList(null), id, relay, key)),
        nullOf("a session id", () -> Ticket.of(to, null, relay, key)),
        nullOf("a relay key", () -> Ticket.of(to, id, null, key)),
        nullOf("a session key", () -> Ticket.of(to, id, relay, null)),
        nullOf("a ticket's addresses", () -> Ticket.classic(null, id, version, key)),
        nullOf("a session id", () -> Ticket.classic(to, null, version, key)),
        nullOf("a version", () -> Ticket.classic(to, id, null, key)),
        nullOf("a session key", () -> Ticket.classic(to, id, version, null)),
        nullOf("a session id", () -> new SessionSecrets(null, key)),
        nullOf("a session key", () -> new SessionSecrets(id, null)),
        nullOf("an owner's key", () -> new SessionSecrets(id, key, null)),
        nullOf("a relay key", () -> session.ticket(new RelayAddress("h", 1), null)),
        nullOf("a version", () -> session.classicTicket(new RelayAddress("h", 1), null)),
        nullOf("a session id", () -> SessionId.of(null)),
        nullOf("an owner's key", () -> SessionId.owned(null, new byte[16])),
        nullOf("a session key", () -> SessionKey.of(null)),
        nullOf("a relay key", () -> RelayKey.of(null)),
        nullOf("a relay key", () -> RelayKey.parse(null)),
        nullOf("an owner's seed", () -> OwnerKey.of(null)),
        nullOf("a credential", () -> Credential.of(null)),
        nullOf("a source of random bytes", () -> SessionKey.generate(null)));
  }

  @ParameterizedTest
  @MethodSource("nulls")
  void refusesWhatIsNotGivenByName(String name, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isExactlyInstanceOf(NullPointerException.class)
        .hasMessage(name + " is null");
  }

  @Test
  void readsTicketWithoutRelayKey() {
    Ticket ticket = Ticket.parse("hydra://127.0.0.1:1/" + SID + "#" + KEY);

    assertThat(ticket.relayKey()).isEmpty();
    assertThat(ticket.addresses()).containsExactly(new RelayAddress("127.0.0.1", 1));
    assertThat(ticket.sessionKey()).isEqualTo(KnownAnswers.sessionKey());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[beef]:1",
        "[1.2.3.4]:1",
        "[.]:1",
        "[:]:1",
        "[:::::]:1",
        "...:1",
        "-:1",
        "a..b:1",
        "localhost:04711",
        "localhost:0",
        "localhost:65536",
        "[::1:1",
        "::1:1",
        "a-:1"
      })
  void refusesWhatIsNoHostAndPort(String authority) {
    String good = ticket("localhost", 1).format();
    String bad = good.replace("localhost:1", authority);

    assertThatIllegalArgumentException().isThrownBy(() -> Ticket.parse(bad));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 1, localhost",
    "127.0.0.1, 65535, 127.0.0.1",
    "relay-1.example_net, 4711, relay-1.example_net",
    "::1, 4711, [::1]",
    "::, 4711, [::]",
    "2001:db8::FFFF, 80, [2001:db8::FFFF]",
    "::ffff:192.0.2.1, 443, [::ffff:192.0.2.1]",
  })
  void roundTripsHostAndPort(String host, int port, String written) {
    Ticket ticket = ticket(host, port);

    String text = ticket.format();

    assertThat(text).startsWith("hydra://" + written + ":" + port + "/");
    assertThat(Ticket.parse(text)).isEqualTo(ticket).hasSameHashCodeAs(ticket);
    assertThat(Ticket.parse(text).addresses().get(0).host()).isEqualTo(host);
  }

  @Test
  void roundTripsPlainSessions() {
    Ticket ticket =
        Ticket.of(
            List.of(new RelayAddress("h", 1)),
            KnownAnswers.plainSessionId(),
            KnownAnswers.sessionKey());

    assertThat(Ticket.parse(ticket.format())).isEqualTo(ticket);
  }

  static Object[] malformedTickets() {
    return new String[] {
      "",
      "hydra://",
      // scheme
      TICKET.replace("hydra:", "HYDRA:"),
      TICKET.replace("hydra:", "https:"),
      TICKET.substring(1),
      // space and line ends around or inside
      " " + TICKET,
      TICKET + " ",
      TICKET + "\n",
      TICKET.replace("/" + SID, "/\n" + SID),
      // host
      TICKET.replace("relay.example", ""),
      TICKET.replace("relay.example", "re lay"),
      TICKET.replace("relay.example", "user@relay"),
      TICKET.replace("relay.example", "%72elay"),
      TICKET.replace("relay.example", "réseau"),
      TICKET.replace("relay.example", "::1"),
      TICKET.replace("relay.example", "[]"),
      TICKET.replace("relay.example", "[::1"),
      TICKET.replace("relay.example", "::1]"),
      TICKET.replace("relay.example", "[[::1]]"),
      TICKET.replace("relay.example", "[relay.example]"),
      TICKET.replace("relay.example", "[fe80::1%25eth0]"),
      // port
      TICKET.replace(":4711", ""),
      TICKET.replace("4711", ""),
      TICKET.replace("4711", "0"),
      TICKET.replace("4711", "65536"),
      TICKET.replace("4711", "99999"),
      TICKET.replace("4711", "100000"),
      TICKET.replace("4711", "4294971007"),
      TICKET.replace("4711", "-1"),
      TICKET.replace("4711", "+4711"),
      TICKET.replace("4711", "0x10"),
      TICKET.replace("4711", "٤٧١١"),
      // session id
      TICKET.replace("/" + SID, ""),
      TICKET.replace(SID, ""),
      TICKET.replace(SID, SID.substring(1)),
      TICKET.replace(SID, SID + "A"),
      TICKET.replace(SID, SID + "AA"),
      TICKET.replace(SID, SID + "=="),
      TICKET.replace(SID, KEY),
      TICKET.replace(SID, "/" + SID),
      TICKET.replace(SID, SID + "/"),
      TICKET.replace(SID, withLastCharacter(SID, +1)),
      TICKET.replace(SID, "%41" + SID.substring(1)),
      TICKET.replace(SID, "+" + SID.substring(1)),
      // query
      TICKET.replace("?relay=" + RELAY, "?"),
      TICKET.replace("?relay=" + RELAY, "?relay="),
      TICKET.replace("?relay=" + RELAY, "?relay"),
      TICKET.replace(RELAY, RELAY.substring(1)),
      TICKET.replace(RELAY, RELAY + "A"),
      TICKET.replace(RELAY, RELAY + "="),
      TICKET.replace(RELAY, SID),
      TICKET.replace(RELAY, withLastCharacter(RELAY, +1)),
      TICKET.replace(RELAY, RELAY + "&relay=" + RELAY),
      TICKET.replace(RELAY, RELAY + "&wait=1"),
      TICKET.replace("?relay=", "?wait=1&relay="),
      TICKET.replace("?relay=", "?Relay="),
      TICKET.replace("?relay=", "?key="),
      TICKET.replace("?relay=", "&relay="),
      TICKET.replace("?relay=", "?relay%3d"),
      // session key
      TICKET.replace("#" + KEY, ""),
      TICKET.replace(KEY, ""),
      TICKET.replace(KEY, KEY.substring(1)),
      TICKET.replace(KEY, KEY + "A"),
      TICKET.replace(KEY, KEY + "="),
      TICKET.replace(KEY, SID),
      TICKET.replace(KEY, withLastCharacter(KEY, +1)),
      TICKET.replace(KEY, withLastCharacter(KEY, +2)),
      TICKET.replace(KEY, withLastCharacter(KEY, +3)),
      TICKET.replace(KEY, "%41" + KEY.substring(3)),
      TICKET.replace(KEY, KEY + "#" + KEY),
      TICKET.replace("#", "%23"),
      "hydra://relay.example:4711/" + SID + "#" + KEY + "?relay=" + RELAY,
    };
  }

  @ParameterizedTest
  @MethodSource("malformedTickets")
  void refusesMalformedTicketWithoutQuotingIt(String text) {
    Throwable refusal = catchThrowable(() -> Ticket.parse(text));

    assertThat(refusal).isInstanceOf(IllegalArgumentException.class);
    for (Throwable at = refusal; at != null; at = at.getCause()) {
      assertQuotesNoSecret(at.toString());
    }
  }

  @Test
  void refusesEveryTruncationOfTicket() {
    for (int length = 0; length < TICKET.length(); length++) {
      String cut = TICKET.substring(0, length);
      assertThatIllegalArgumentException().as(cut).isThrownBy(() -> Ticket.parse(cut));
    }
  }

  @Test
  void readsNoTextAsWhatAnotherTextMeans() {
    // Each text that differs in one character is refused, or is a ticket that is written like it.
    for (int i = TICKET.indexOf('/' + SID); i < TICKET.length(); i++) {
      for (char c : "AQz09-_=+/%#?&".toCharArray()) {
        String text = TICKET.substring(0, i) + c + TICKET.substring(i + 1);
        Throwable refusal =
            catchThrowable(() -> assertThat(Ticket.parse(text).format()).isEqualTo(text));
        assertThat(refusal)
            .satisfiesAnyOf(
                none -> assertThat(none).isNull(),
                some -> assertThat(some).isInstanceOf(IllegalArgumentException.class));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 65_536, Integer.MAX_VALUE})
  void refusesPortOutOfRange(int port) {
    assertThatIllegalArgumentException().isThrownBy(() -> ticket("relay", port));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[::1]",
        "relay:4711",
        "relay/",
        "user@relay",
        "relay?",
        "relay#",
        "fe80::1%eth0",
        "réseau",
        "relay\n"
      })
  void refusesHostThatCannotStandInTicket(String host) {
    assertThatIllegalArgumentException().isThrownBy(() -> ticket(host, 4711));
  }

  @Test
  void differsInEveryPart() {
    Ticket ticket = Ticket.parse(TICKET);

    assertThat(ticket).isEqualTo(Ticket.parse(TICKET)).isNotEqualTo(TICKET);
    assertThat(Ticket.parse(TICKET.replace("relay.example", "other"))).isNotEqualTo(ticket);
    assertThat(Ticket.parse(TICKET.replace("4711", "4712"))).isNotEqualTo(ticket);
    assertThat(Ticket.parse(TICKET.replace(SID, "A" + SID.substring(1)))).isNotEqualTo(ticket);
    assertThat(Ticket.parse(TICKET.replace(RELAY, "A" + RELAY.substring(1)))).isNotEqualTo(ticket);
    assertThat(Ticket.parse(TICKET.replace("?relay=" + RELAY, ""))).isNotEqualTo(ticket);
    assertThat(Ticket.parse(TICKET.replace(KEY, "B" + KEY.substring(1)))).isNotEqualTo(ticket);
  }

  @Test
  void neverShowsItsSecrets() {
    Ticket ticket = Ticket.parse(TICKET);

    assertThat(ticket)
        .hasToString(
            "Ticket[relay.example:4711, session " + KnownAnswers.sessionId().logName() + "]");
    assertQuotesNoSecret(ticket.toString());
  }

  private static void assertQuotesNoSecret(String text) {
    for (String secret : new String[] {SID, KEY}) {
      for (int i = 0; i + 6 <= secret.length(); i++) {
        assertThat(text).doesNotContain(secret.substring(i, i + 6));
      }
    }
    assertThat(text)
        .doesNotContain(KnownAnswers.SID.substring(0, 12))
        .doesNotContain(KnownAnswers.SESSION_KEY.substring(0, 12));
  }

  /** Another last character, whose highest bits are the same: only unused bits change. */
  private static String withLastCharacter(String text, int difference) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int last = alphabet.indexOf(text.charAt(text.length() - 1));
    return text.substring(0, text.length() - 1) + alphabet.charAt(last + difference);
  }

  private static Ticket ticket(String host, int port) {
    return KnownAnswers.session().ticket(new RelayAddress(host, port), KnownAnswers.relayKey());
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** A million characters are looked at no longer than a few, and on a thread with little stack. */
  @ParameterizedTest
  @ValueSource(strings = {"a.", "a-", "a", "a.b_c-d.", "1.", "-", "."})
  void refusesHostsOfAnyLength(String unit) throws Exception {
    String parts = ":1/" + "A".repeat(86) + "#" + "A".repeat(43);
    assertThat(Ticket.parse("hydra://" + "a.".repeat(126) + "aa" + parts).addresses().get(0).host())
        .hasSize(254);
    for (int length : new int[] {255, 40_000, 1_000_000}) {
      String host = unit.repeat(length / unit.length() + 1) + "aaa";
      FutureTask<Void> parsing =
          new FutureTask<>(
              () -> {
                assertThatThrownBy(() -> Ticket.parse("hydra://" + host + parts))
                    .isInstanceOf(IllegalArgumentException.class)
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
                return null;
              });
      new Thread(null, parsing, "small-stack", 128 << 10).start();
      parsing.get(60, TimeUnit.SECONDS);
    }
  }

  // ---- several relays ----

  @Test
  void knowsTheKnownAnswerForSeveralRelays() {
    Ticket ticket = Ticket.parse(KnownAnswers.TICKET);

    assertThat(ticket.addresses())
        .containsExactly(
            new RelayAddress("relay.example", 4711), new RelayAddress("2001:db8::1", 4370));
    assertThat(ticket.wire()).isEqualTo(Wire.WIRE_2);
    assertThat(ticket.sessionId()).isEqualTo(KnownAnswers.sessionId());
    assertThat(ticket.relayKey()).contains(KnownAnswers.relayKey());
    assertThat(ticket.format()).isEqualTo(KnownAnswers.TICKET);
    assertThat(ticket)
        .isEqualTo(
            Ticket.of(
                ticket.addresses(),
                KnownAnswers.sessionId(),
                KnownAnswers.relayKey(),
                KnownAnswers.sessionKey()));
  }

  @Test
  void takesEightRelaysAndNoNinth() {
    String eight = "a:1,b:2,c:3,[::1]:4,e:5,f:6,g:7,1.2.3.4:8";

    assertThat(Ticket.parse(TICKET.replace("relay.example:4711", eight)).addresses()).hasSize(8);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ticket.parse(TICKET.replace("relay.example:4711", eight + ",i:9")));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Ticket.of(List.of(), KnownAnswers.sessionId(), KnownAnswers.sessionKey()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",a:1",
        "a:1,",
        "a:1,,b:2",
        "a:1, b:2",
        "a:1;b:2",
        "a,b:1",
        "a:1,b",
        "a:1,user@b:2",
        "a:1,[fe80::1%25eth0]:2",
        "a:1,%62:2",
        "a:1,b:0",
        "a:1,b:65536",
        "a:1,::1:2",
        "a:1,[b]:2",
        "a:1/b:2",
        "a:1,hydra://b:2"
      })
  void refusesListsOfRelaysThatAreNone(String authority) {
    for (String good : new String[] {TICKET, CLASSIC}) {
      String bad = good.replace("relay.example:4711", authority);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> Ticket.parse(bad))
          .satisfies(e -> assertQuotesNoSecret(e.toString()));
    }
  }

  /** The longest that there is can be read, and anything longer costs no more than its look. */
  @Test
  void readsTheLongestTicketAndNoLongerOne() throws Exception {
    String host = "a.".repeat(126) + "aa:65535";
    String eight = String.join(",", Collections.nCopies(8, host));
    Ticket longest = Ticket.parse(CLASSIC.replace("relay.example:4711", eight));

    assertThat(Ticket.parse(longest.format())).isEqualTo(longest);
    for (String unit : new String[] {",", "a:1,", "a", "[", "]:", "?", "/"}) {
      String authority = unit.repeat(1_000_000 / unit.length());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Ticket.parse("hydra://" + authority))
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(250));
    }
  }

  // ---- the classic wire ----

  @Test
  void knowsTheKnownAnswerForTheClassicWire() {
    Ticket ticket = Ticket.parse(KnownAnswers.CLASSIC_TICKET);

    assertThat(ticket.wire()).isEqualTo(Wire.CLASSIC);
    assertThat(ticket.classicVersion()).contains("1.0.0-beta.6");
    assertThat(ticket.isSpoken()).isTrue();
    assertThat(ticket.relayKey()).isEmpty();
    assertThat(ticket.addresses()).hasSize(2);
    assertThat(ticket.sessionId().toBytes()).startsWith(0x40, 0x41).endsWith(0x7e, 0x7f);
    assertThat(ticket.sessionKey()).isEqualTo(KnownAnswers.sessionKey());
    assertThat(ticket.format()).isEqualTo(KnownAnswers.CLASSIC_TICKET);
    assertThat(ticket)
        .isEqualTo(
            Ticket.classic(
                ticket.addresses(), ticket.sessionId(), "1.0.0-beta.6", KnownAnswers.sessionKey()))
        .isNotEqualTo(Ticket.of(ticket.addresses(), ticket.sessionId(), KnownAnswers.sessionKey()))
        .hasToString(
            "Ticket[relay.example:4711,[2001:db8::1]:4370, classic 1.0.0-beta.6, session "
                + ticket.sessionId().logName()
                + "]");
  }

  @Test
  void makesTheClassicTicketOfASession() {
    SessionSecrets session =
        new SessionSecrets(KnownAnswers.plainSessionId(), KnownAnswers.sessionKey());

    Ticket ticket = session.classicTicket(new RelayAddress("h", 1), "1.0.0-beta.3");

    assertThat(Ticket.parse(ticket.format())).isEqualTo(ticket);
    assertThat(ticket.isSpoken()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.0-beta.1", "1.0.0-beta.10", "2.0.0", "x_+.-"})
  void readsVersionsThatItDoesNotSpeak(String version) {
    Ticket ticket = Ticket.parse(CLASSIC.replace("1.0.0-beta.6", version));

    assertThat(ticket.classicVersion()).contains(version);
    assertThat(ticket.isSpoken()).isFalse();
    assertThat(Ticket.SPOKEN_VERSIONS).doesNotContain(version).contains("1.0.0-beta.3");
  }

  static Object[] malformedClassicTickets() {
    String query = "?version=1.0.0-beta.6";
    return new String[] {
      CLASSIC.replace(query, ""),
      CLASSIC.replace(query, "?"),
      CLASSIC.replace(query, "?version="),
      CLASSIC.replace(query, "?version"),
      CLASSIC.replace(query, "?Version=1.0.0-beta.6"),
      CLASSIC.replace(query, query + "&relay=" + RELAY),
      CLASSIC.replace(query, "?relay=" + RELAY),
      CLASSIC.replace(query, query + "&version=1.0.0-beta.6"),
      CLASSIC.replace(query, "?version=1.0.0%2dbeta.6"),
      CLASSIC.replace(query, "?version=1.0.0 beta"),
      CLASSIC.replace(query, "?version=" + "1".repeat(65)),
      CLASSIC.replace(query, "?version=1?version=1"),
      CLASSIC.replace("4711/", "4711/prefix/"),
      CLASSIC.replace("hydra+classic:", "hydra:"),
      CLASSIC.replace("hydra+classic:", "HYDRA+classic:"),
      CLASSIC.replace("hydra+classic:", "hydra+tls:"),
      CLASSIC.replace("hydra+classic://", "hydra+classic:/"),
      TICKET.replace("hydra:", "hydra+classic:"),
      CLASSIC.replace("#" + KEY, ""),
      CLASSIC.replace(KEY, KEY + "A"),
      CLASSIC.replace("relay.example", "user@relay"),
      CLASSIC + "\n",
    };
  }

  @ParameterizedTest
  @MethodSource("malformedClassicTickets")
  void refusesMalformedClassicTicketWithoutQuotingIt(String text) {
    Throwable refusal = catchThrowable(() -> Ticket.parse(text));

    assertThat(refusal).isInstanceOf(IllegalArgumentException.class);
    assertQuotesNoSecret(refusal.toString());
  }

  @Test
  void refusesEveryTruncationOfAClassicTicket() {
    for (int length = 0; length < CLASSIC.length(); length++) {
      String cut = CLASSIC.substring(0, length);
      assertThatIllegalArgumentException().as(cut).isThrownBy(() -> Ticket.parse(cut));
    }
  }

  // ---- two keys ----

  private static final RelayKey NEXT = RelayKey.of(KnownAnswers.hex(KnownAnswers.NEXT_RELAY_KEY));

  @Test
  void writesAndReadsTheKnownTicketOfTwoKeys() {
    Ticket ticket = Ticket.parse(KnownAnswers.TICKET_OF_TWO_KEYS);

    assertThat(ticket.relayKeys()).contains(RelayKeys.of(KnownAnswers.relayKey(), NEXT));
    assertThat(ticket.relayKey()).contains(KnownAnswers.relayKey());
    assertThat(ticket.format()).isEqualTo(KnownAnswers.TICKET_OF_TWO_KEYS);
    assertThat(Ticket.parse(KnownAnswers.TICKET).withRelayKeys(ticket.relayKeys().orElseThrow()))
        .isEqualTo(ticket)
        .isNotEqualTo(Ticket.parse(KnownAnswers.TICKET));
  }

  @Test
  void theLongestTicketHasTwoKeysAndCanBeRead() {
    RelayKeys keys = RelayKeys.of(KnownAnswers.relayKey(), NEXT);
    List<RelayAddress> most =
        Collections.nCopies(8, new RelayAddress("r".repeat(HostPort.MAX_HOST), 65_535));
    Ticket ticket =
        Ticket.of(most, KnownAnswers.sessionId(), KnownAnswers.sessionKey()).withRelayKeys(keys);

    assertThat(Ticket.parse(ticket.format())).isEqualTo(ticket);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",", "A,", ",A", "A,A", "A,B,C", "A;B", "A, B", "A,b"})
  void refusesAnyOtherNumberOfKeys(String pattern) {
    String keys =
        pattern
            .replace("A", KnownAnswers.relayKey().toString())
            .replace("B", NEXT.toString())
            .replace("C", "A".repeat(43))
            .replace("b", NEXT.toString().substring(1));

    assertThatIllegalArgumentException().isThrownBy(() -> RelayKeys.parse(keys));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ticket.parse("hydra://h:1/" + SID + "?relay=" + keys + "#" + KEY));
  }

  @Test
  void aTicketForTheClassicWireHasNoKeys() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Ticket.parse(KnownAnswers.CLASSIC_TICKET).withRelayKeys(RelayKeys.of(NEXT)))
        .withMessage("a ticket for the classic wire names no relay key");
  }

  @Test
  void knowsWhichKeysWillDo() {
    RelayKey first = KnownAnswers.relayKey();
    RelayKeys both = RelayKeys.of(first, NEXT);

    assertThat(both.has(first) && both.has(NEXT)).isTrue();
    assertThat(both.has(RelayKey.of(new byte[RelayKey.LENGTH]))).isFalse();
    assertThat(RelayKeys.of(first).has(NEXT)).isFalse();
    assertThat(both)
        .isEqualTo(RelayKeys.parse(both.toString()))
        .hasSameHashCodeAs(RelayKeys.of(first, NEXT))
        .isNotEqualTo(RelayKeys.of(NEXT, first))
        .isNotEqualTo(RelayKeys.of(first));
    assertThatIllegalArgumentException().isThrownBy(() -> RelayKeys.of(first, first));
  }
}
