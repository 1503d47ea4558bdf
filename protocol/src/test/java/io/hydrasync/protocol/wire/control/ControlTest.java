package io.hydrasync.protocol.wire.control;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.KnownAnswers;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.CredentialProof;
import io.hydrasync.protocol.wire.Frames;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlTest {
  private static final Set<Integer> LATER =
      Set.of(CountMessage.TYPE, PeersMessage.TYPE, UnreadMessage.TYPE, NextKeyMessage.TYPE);
  private static final int[] FOR_NO_LINK = {1, 2, 8, LinkedSession.LENGTH - 1};
  private static final LinkedSession LINKED = new LinkedSession(1, KnownAnswers.EPOCH, 9);

  @Test
  void samplesCoverEveryType() {
    Set<Class<?>> covered =
        Arrays.stream(ControlSample.values())
            .map(sample -> sample.message.getClass())
            .collect(Collectors.toSet());

    assertThat(covered).containsExactlyInAnyOrder(Control.class.getPermittedSubclasses());
  }

  @ParameterizedTest
  @EnumSource
  void writesTheLayoutOfTheSpecification(ControlSample sample) {
    assertThat(hex(sample.message.toInnerFrame())).isEqualTo(sample.frame());
    assertThat(sample.message.bodyLength()).isEqualTo(sample.body.length() / 2);
  }

  @ParameterizedTest
  @EnumSource
  void readsWhatItWrites(ControlSample sample) {
    Control read = Control.read(sample.type, ByteBuffer.wrap(hex(sample.body)));

    assertThat(read).usingRecursiveComparison().isEqualTo(sample.message);
    assertThat(read.type()).isEqualTo(sample.type);
    assertThat(hex(read.toInnerFrame())).isEqualTo(sample.frame());
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"COUNT", "PEERS", "UNREAD", "NEXT_KEY"}) // ignored by all whom they do not concern
  void refusesBodyOfEveryLengthThatIsTooShort(ControlSample sample) {
    byte[] body = hex(sample.body);

    for (int length = 0; length < sample.shortest; length++) {
      ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(body, length));
      assertThatExceptionOfType(ProtocolException.class)
          .as("%d bytes", length)
          .isThrownBy(() -> Control.read(sample.type, cut))
          .extracting(ProtocolException::code)
          .isEqualTo(ErrorCode.PROTOCOL);
    }
    ByteBuffer shortest = ByteBuffer.wrap(Arrays.copyOf(body, sample.shortest));
    assertThat(Control.read(sample.type, shortest)).hasSameClassAs(sample.message);
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"ADMIN", "REPLY"})
  void ignoresWhatTrailsTheBody(ControlSample sample) {
    byte[] whole = hex(sample.longestBody());

    for (int more : sample == ControlSample.JOINED ? FOR_NO_LINK : new int[] {1, 2, 8, 300}) {
      ByteBuffer body = ByteBuffer.wrap(Arrays.copyOf(whole, whole.length + more));
      Control read = Control.read(sample.type, body);
      assertThat(hex(read.toInnerFrame())).isEqualTo(sample.longestFrame());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ADMIN", "REPLY"})
  void takesAllThatIsLeftForJson(ControlSample sample) {
    byte[] body = hex(sample.body + "2020");

    Control read = Control.read(sample.type, ByteBuffer.wrap(body));

    assertThat(hex(read.toInnerFrame())).endsWith(sample.body + "2020");
  }

  @Test
  void refusesUnknownTypesBelowC0() {
    for (int type = 0; type < IgnorableMessage.FIRST_TYPE; type++) {
      if (type < JoinMessage.TYPE || type > ReplyMessage.TYPE) {
        int unknown = type;
        assertThatExceptionOfType(ProtocolException.class)
            .as("type 0x%02x", type)
            .isThrownBy(() -> Control.read(unknown, ByteBuffer.allocate(300)))
            .extracting(ProtocolException::code)
            .isEqualTo(ErrorCode.PROTOCOL);
      }
    }
  }

  @Test
  void writesAndReadsTheKnownUnread() {
    UnreadMessage unread = new UnreadMessage(KnownAnswers.EPOCH, 4_096, 4_090);
    byte[] frame = KnownAnswers.hex(KnownAnswers.UNREAD);

    assertThat(unread.toInnerFrame()).isEqualTo(frame);
    ByteBuffer body = ByteBuffer.wrap(frame, Frames.PREFIX, frame.length - Frames.PREFIX);
    assertThat(Control.read(UnreadMessage.TYPE, body)).isEqualTo(unread);
  }

  private static Control readFrame(byte[] frame) {
    ByteBuffer body = ByteBuffer.wrap(frame, Frames.PREFIX, frame.length - Frames.PREFIX);
    return Control.read(frame[Frames.TYPE_OFFSET] & 0xFF, body);
  }

  @Test
  void writesAndReadsTheKnownCount() {
    CountMessage count = new CountMessage(1_000);

    assertThat(hex(count.toInnerFrame())).isEqualTo(KnownAnswers.COUNT);
    assertThat(readFrame(hex(KnownAnswers.COUNT))).isEqualTo(count);
  }

  @Test
  void writesAndReadsTheKnownPeers() {
    PeersMessage peers =
        new PeersMessage(
            List.of(new RelayAddress("a.example", 4370), new RelayAddress("2001:db8::1", 4370)));

    assertThat(hex(peers.toInnerFrame())).isEqualTo(KnownAnswers.PEERS);
    assertThat(readFrame(hex(KnownAnswers.PEERS))).isEqualTo(peers);
  }

  @Test
  void writesAndReadsTheKnownNextKey() {
    NextKeyMessage next = new NextKeyMessage(RelayKey.of(hex(KnownAnswers.NEXT_RELAY_KEY)));

    assertThat(hex(next.toInnerFrame())).isEqualTo(KnownAnswers.NEXT_KEY);
    assertThat(readFrame(hex(KnownAnswers.NEXT_KEY))).isEqualTo(next);
    for (int length = 0; length < RelayKey.LENGTH; length++) {
      assertThat(Control.read(NextKeyMessage.TYPE, ByteBuffer.allocate(length)))
          .as("%d bytes", length)
          .isEqualTo(new IgnorableMessage(NextKeyMessage.TYPE));
    }
  }

  @Test
  void writesTheKnownJoinOfAConsumerWithItsEpoch() {
    JoinMessage join =
        JoinMessage.of(Role.CONSUMER, KnownAnswers.sessionId())
            .waiting()
            .at(KnownAnswers.EPOCH, 7)
            .withEpoch(KnownAnswers.EPOCH + 5_000);

    byte[] frame = join.toInnerFrame();
    assertThat(frame).hasSize(209);
    assertThat(hex(Hashes.sha256(frame))).isEqualTo(KnownAnswers.CONSUMER_JOIN_DIGEST);
  }

  @Test
  void writesAndReadsTheKnownJoinOfALink() {
    Credential credential = Credential.of(hex(KnownAnswers.LINK_CREDENTIAL));
    byte[] mac =
        CredentialProof.mac(
            credential, hex(KnownAnswers.H), Role.CONSUMER, KnownAnswers.sessionId());
    JoinMessage join =
        JoinMessage.of(Role.CONSUMER, KnownAnswers.sessionId())
            .linking()
            .at(KnownAnswers.EPOCH, 7)
            .withEpoch(KnownAnswers.EPOCH_2)
            .withCredential(credential.id(), mac);

    assertThat(hex(join.toInnerFrame())).isEqualTo(KnownAnswers.LINK_JOIN);
    assertThat(hex(credential.id())).isEqualTo(KnownAnswers.LINK_CREDENTIAL_ID);
    assertThat(hex(mac)).isEqualTo(KnownAnswers.LINK_CREDENTIAL_MAC);
    assertThat(readFrame(hex(KnownAnswers.LINK_JOIN))).usingRecursiveComparison().isEqualTo(join);
    assertThat(join.links()).isTrue();
  }

  @Test
  void noOtherFlagOfJoinMeansALink() {
    JoinMessage plain = JoinMessage.of(Role.CONSUMER, KnownAnswers.sessionId());

    assertThat(plain.links()).isFalse();
    assertThat(plain.waiting().links()).isFalse();
    assertThat(plain.linking().waiting().flags())
        .isEqualTo(JoinMessage.FLAG_LINK | JoinMessage.FLAG_WAIT);
    assertThat(((JoinMessage) readFrame(withFlags(plain, 0xF7))).links()).isFalse();
  }

  private static byte[] withFlags(JoinMessage join, int flags) {
    byte[] frame = join.toInnerFrame();
    frame[Frames.PREFIX + 1] = (byte) flags;
    return frame;
  }

  @Test
  void writesAndReadsTheKnownJoinedOfALink() {
    JoinedMessage joined =
        new JoinedMessage(
                JoinedMessage.FLAG_PRODUCER_LIVE,
                Frames.MAX_LEN,
                KnownAnswers.EPOCH,
                7,
                new byte[JoinMessage.RESUME_LENGTH],
                30)
            .with(LINKED);

    assertThat(hex(joined.toInnerFrame())).isEqualTo(KnownAnswers.LINK_JOINED);
    assertThat(readFrame(hex(KnownAnswers.LINK_JOINED)))
        .usingRecursiveComparison()
        .isEqualTo(joined);
  }

  /** Before its end the body is malformed; behind it an end anywhere means that none is linked. */
  @Test
  void joinedOfALinkIsWholeOrNone() {
    byte[] frame = hex(KnownAnswers.LINK_JOINED);
    byte[] body = Arrays.copyOfRange(frame, Frames.PREFIX, frame.length);

    for (int length = 0; length < body.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(body, length));
      if (length < 39) {
        assertThatExceptionOfType(ProtocolException.class)
            .as("%d bytes", length)
            .isThrownBy(() -> Control.read(JoinedMessage.TYPE, cut));
      } else {
        JoinedMessage read = (JoinedMessage) Control.read(JoinedMessage.TYPE, cut);
        assertThat(read.linked()).as("%d bytes", length).isNull();
        assertThat(read.bodyLength()).isEqualTo(39);
      }
    }
    for (int more : new int[] {0, 1, 300}) {
      ByteBuffer longer = ByteBuffer.wrap(Arrays.copyOf(body, body.length + more));
      assertThat(((JoinedMessage) Control.read(JoinedMessage.TYPE, longer)).linked())
          .isEqualTo(LINKED);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // not even a number
        "01", // no length
        "0105612e623a", // an address cut short
        "0205612e623a31", // one of two is missing
        "0100", // an empty address
        "0104612e623a", // no port
        "0105612e623a30", // port 0
        "0109612e623a3635353336", // port 65536
        "0105e42e623a31", // not ASCII
        "0107612e623a2d3031", // a port with a sign
        "0106613a3a623a31", // no brackets
        "01115b666538303a3a3125657468305d3a31" // a zone
      })
  void takesNoAddressFromMalformedPeers(String body) {
    assertThat(Control.read(PeersMessage.TYPE, ByteBuffer.wrap(hex(body))))
        .isEqualTo(new IgnorableMessage(PeersMessage.TYPE));
  }

  @Test
  void peersMayBeNoneAndAreAsManyAsAByteCounts() {
    List<RelayAddress> most = Collections.nCopies(255, new RelayAddress("r".repeat(250), 4370));

    assertThat(readFrame(hex("00000002c100"))).isEqualTo(new PeersMessage(List.of()));
    assertThat(readFrame(new PeersMessage(most).toInnerFrame())).isEqualTo(new PeersMessage(most));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PeersMessage(Collections.nCopies(256, most.get(0))));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PeersMessage(List.of(new RelayAddress("r".repeat(251), 4370))));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PeersMessage(List.of(new RelayAddress("fe80::1%eth0", 4370))));
  }

  @Test
  void knowsThatTypesFromC0MayBeIgnored() {
    for (int type = 0xC0; type <= 0xFF; type++) {
      Control read = Control.read(type, ByteBuffer.allocate(type));
      assertThat(read.isIgnorable()).isTrue();
      if (!LATER.contains(type)) {
        assertThat(read).isEqualTo(new IgnorableMessage(type));
      }
      ByteBuffer tooShort = ByteBuffer.wrap(new byte[] {-1, -1, -1});
      assertThat(Control.read(type, tooShort)).isEqualTo(new IgnorableMessage(type));
    }
  }

  @Test
  void joinWithCredentialDiffersOnlyInTheCredential() {
    JoinMessage join = KnownAnswers.join();
    String before = hex(join.toInnerFrame());

    JoinMessage with = join.withCredential(hex("01".repeat(8)), hex("02".repeat(32)));

    assertThat(hex(with.toInnerFrame()))
        .isEqualTo(before.substring(0, 2 * (5 + 164)) + "01".repeat(8) + "02".repeat(32));
  }

  @Test
  void readsNumbersUnsigned() {
    ByteBuffer joined = ByteBuffer.wrap(hex("ff".repeat(39)));
    JoinedMessage read = (JoinedMessage) Control.read(JoinedMessage.TYPE, joined);

    assertThat(read.flags()).isEqualTo(255);
    assertThat(read.lingerSeconds()).isEqualTo(65_535);
    ByteBuffer error = ByteBuffer.wrap(hex("ff".repeat(6)));
    ErrorMessage failure = (ErrorMessage) Control.read(ErrorMessage.TYPE, error);
    assertThat(failure.code()).isEqualTo(65_535);
    assertThat(failure.retryMs()).isEqualTo(ErrorMessage.NEVER);
  }

  // ---- ERROR's text ----

  @Test
  void failureTakesTheRetryTimeOfItsCode() {
    ErrorMessage failure = ErrorMessage.of(ErrorCode.LIMIT, "full");

    assertThat(failure).isEqualTo(new ErrorMessage(9, 5_000, "full"));
    assertThat(hex(ErrorMessage.of(ErrorCode.KICKED, "").toInnerFrame()))
        .isEqualTo("0000000785000bffffffff");
  }

  @Test
  void failureStripsWhatIsNoVisibleCharacter() {
    StringBuilder dirty = new StringBuilder();
    for (char c = 0; c < 0x20; c++) {
      dirty.append(c).append(Character.forDigit(c, 36));
    }
    dirty.append('\u007f');
    for (char c = 0x80; c < 0xA0; c++) {
      dirty.append(c);
    }
    dirty.append("\u202e\u2066\u200b\u2028\u061c\ufeff").appendCodePoint(0xE0041).append("é€😀");

    ErrorMessage read = readBack(dirty.toString());

    assertThat(read.text()).isEqualTo("0123456789abcdefghijklmnopqrstuvé€😀");
  }

  @Test
  void failureCutsItsTextAt256Bytes() {
    assertThat(readBack("x".repeat(256)).text()).isEqualTo("x".repeat(256));
    assertThat(readBack("x".repeat(257)).text()).isEqualTo("x".repeat(256));
    assertThat(ErrorMessage.of(ErrorCode.LIMIT, "x".repeat(9_999)).bodyLength()).isEqualTo(6 + 256);
  }

  static Object[] textsWithCharacterAtTheCut() {
    return new String[] {
      "x".repeat(255) + "é",
      "x".repeat(254) + "é",
      "x".repeat(254) + "€",
      "x".repeat(255) + "€",
      "x".repeat(253) + "😀",
      "x".repeat(254) + "😀",
      "x".repeat(255) + "😀",
      "é".repeat(200),
      "x" + "é".repeat(200),
      "€".repeat(100),
      "😀".repeat(100),
      "xxx" + "😀".repeat(100),
    };
  }

  @ParameterizedTest
  @MethodSource("textsWithCharacterAtTheCut")
  void failureIsNotCutInsideCharacter(String text) throws CharacterCodingException {
    byte[] frame = ErrorMessage.of(ErrorCode.LIMIT, text).toInnerFrame();

    ByteBuffer sent = ByteBuffer.wrap(frame, 11, frame.length - 11);
    assertThat(sent.remaining()).isBetween(253, 256);
    // This decoder refuses what String would replace.
    assertThat(text).startsWith(UTF_8.newDecoder().decode(sent).toString());
    assertThat(Frames.u32(frame, 0)).isEqualTo(frame.length - 4);
    assertThat(text).startsWith(readBack(text).text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ff", "c3", "e282", "f09f98", "eda080", "c080", "f8888080"})
  void failureReadsAnyBytesAsText(String invalid) throws CharacterCodingException {
    byte[] body = hex("0009" + "00001388" + "78" + invalid);

    ErrorMessage read = (ErrorMessage) Control.read(ErrorMessage.TYPE, ByteBuffer.wrap(body));

    assertThat(read.text()).startsWith("x\ufffd");
    // A lone surrogate could not be encoded again.
    assertThat(UTF_8.newEncoder().encode(CharBuffer.wrap(read.text())).hasRemaining()).isTrue();
  }

  @Test
  void failureReads256BytesOfLongerTextOfAnotherRelay() {
    byte[] body = (("\0\u0009" + "\0\0\u0013\0") + "x".repeat(255) + "é").getBytes(UTF_8);

    ErrorMessage read = (ErrorMessage) Control.read(ErrorMessage.TYPE, ByteBuffer.wrap(body));

    assertThat(read.text()).startsWith("x".repeat(255)).hasSizeLessThanOrEqualTo(256);
  }

  private static ErrorMessage readBack(String text) {
    byte[] frame = ErrorMessage.of(ErrorCode.LIMIT, text).toInnerFrame();
    ByteBuffer body = ByteBuffer.wrap(frame, 5, frame.length - 5);
    return (ErrorMessage) Control.read(ErrorMessage.TYPE, body);
  }

  // ---- secrets ----

  @Test
  void joinNeverShowsIdProofsOrToken() {
    assertThat(ControlSample.JOIN.message).hasToString("JoinMessage[role=1, start=2, overflow=5]");
  }

  @Test
  void joinedNeverShowsTheToken() {
    assertThat(ControlSample.JOINED.message.toString())
        .startsWith("JoinedMessage[flags=6, maxFrame=")
        .doesNotContain("resume", "[B");
  }
}
