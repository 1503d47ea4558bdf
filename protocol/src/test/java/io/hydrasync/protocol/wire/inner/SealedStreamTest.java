package io.hydrasync.protocol.wire.inner;

import static io.hydrasync.protocol.KnownAnswers.CLIENT_TO_RELAY_KEY;
import static io.hydrasync.protocol.KnownAnswers.REKEYED_CLIENT_TO_RELAY_KEY;
import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hydrasync.protocol.Bits;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.KnownAnswers;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.noise.CipherPair;
import io.hydrasync.protocol.noise.CipherState;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.AdminMessage;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.ControlSample;
import io.hydrasync.protocol.wire.control.IgnorableMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.ReplyMessage;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The inner stream, from {@link SealedWriter} to {@link SealedReader} and piece by piece. */
class SealedStreamTest {
  private static final byte[] BYE = hex("0000000186");

  private final CipherPair pair = CipherPair.fresh();
  private final SealedWriter writer = new SealedWriter(pair.sender());
  private final SealedReader reader = new SealedReader(pair.receiver());

  // ---- what arrives ----

  @Test
  void firstFrameIsTheKnownAnswer() {
    byte[] frame = writer.seal(KnownAnswers.join());

    assertThat(frame).hasSize(KnownAnswers.JOIN_FRAME_LENGTH);
    assertThat(Frames.u32(frame, 0)).isEqualTo(KnownAnswers.JOIN_FRAME_LENGTH - 4);
    assertThat(frame[Frames.TYPE_OFFSET]).isEqualTo((byte) Frames.SEALED);
    assertThat(hex(Hashes.sha256(frame))).isEqualTo(KnownAnswers.JOIN_FRAME_DIGEST);
  }

  @ParameterizedTest
  @EnumSource
  void carriesEveryType(ControlSample sample) {
    openAll(writer.seal(sample.message));

    assertThat(reader.next()).usingRecursiveComparison().isEqualTo(sample.message);
    assertThat(reader.next()).isNull();
  }

  @Test
  void carriesMessagesInOrder() {
    for (long i = 0; i < 1_000; i++) {
      openAll(writer.seal(new PingMessage(i)));
      assertThat(reader.next()).isEqualTo(new PingMessage(i));
      assertThat(reader.next()).isNull();
    }
  }

  @Test
  void deliversNothingFromNothing() {
    assertThat(reader.next()).isNull();
  }

  @Test
  void cutsManyMessagesOutOfOneRecord() {
    ByteArrayOutputStream inner = new ByteArrayOutputStream();
    for (ControlSample sample : ControlSample.values()) {
      inner.writeBytes(hex(sample.frame()));
    }
    openRecord(inner.toByteArray());

    for (ControlSample sample : ControlSample.values()) {
      assertThat(reader.next()).usingRecursiveComparison().isEqualTo(sample.message);
    }
    assertThat(reader.next()).isNull();
  }

  @Test
  void joinsMessageFromRecordsOfOneByte() {
    for (ControlSample sample : ControlSample.values()) {
      byte[] inner = hex(sample.frame());
      for (int i = 0; i < inner.length; i++) {
        assertThat(reader.next()).as("%s after %d bytes", sample, i).isNull();
        openRecord(inner[i]);
      }
      assertThat(reader.next()).usingRecursiveComparison().isEqualTo(sample.message);
    }
  }

  @Test
  void cutsTheInnerStreamAnywhere() {
    ByteArrayOutputStream inner = new ByteArrayOutputStream();
    for (int i = 0; i < 20; i++) {
      for (ControlSample sample : ControlSample.values()) {
        inner.writeBytes(hex(sample.frame()));
      }
    }
    List<Control> got = new ArrayList<>();
    Random random = new Random(4711);

    byte[] stream = inner.toByteArray();
    for (int at = 0; at < stream.length; ) {
      int n = Math.min(1 + random.nextInt(700), stream.length - at);
      openRecord(Arrays.copyOfRange(stream, at, at + n));
      at += n;
      for (Control next = reader.next(); next != null; next = reader.next()) {
        got.add(next);
      }
    }

    ByteArrayOutputStream again = new ByteArrayOutputStream();
    got.forEach(message -> again.writeBytes(message.toInnerFrame()));
    assertThat(again.toByteArray()).isEqualTo(stream);
  }

  @Test
  void carriesMessageThatSpansRecords() {
    reader.limit(Control.MAX_LEN_TO_CLIENT);
    byte[] json = new byte[1 << 20];
    new Random(1).nextBytes(json);

    byte[] frames = writer.seal(new ReplyMessage(7, json));

    assertThat(recordLengths(frames)).hasSize(17).allMatch(length -> length <= 65_535);
    assertThat(recordLengths(frames).subList(0, 16)).containsOnly(65_535);
    openAll(frames);
    assertThat(reader.next())
        .isInstanceOfSatisfying(
            ReplyMessage.class,
            reply -> {
              assertThat(reply.id()).isEqualTo(7);
              assertThat(reply.json()).isEqualTo(json);
            });
    assertThat(reader.next()).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {65_519 - 9, 65_519 - 8})
  void fillsRecordBeforeItBeginsTheNext(int jsonLength) {
    reader.limit(Control.MAX_LEN_TO_CLIENT);
    boolean fits = jsonLength + 9 <= 65_519;

    byte[] frames = writer.seal(new ReplyMessage(7, new byte[jsonLength]));

    assertThat(recordLengths(frames)).isEqualTo(fits ? List.of(65_535) : List.of(65_535, 17));
    openAll(frames);
    assertThat(reader.next()).isInstanceOf(ReplyMessage.class);
  }

  @Test
  void opensRecordInTheMiddleOfAnArray() {
    byte[] frame = writer.seal(new PingMessage(3));
    byte[] around = Bits.join(new byte[11], frame, new byte[9]);

    boolean opened = reader.open(around, 11 + Frames.PREFIX, frame.length - Frames.PREFIX);

    assertThat(opened).isTrue();
    assertThat(reader.next()).isEqualTo(new PingMessage(3));
  }

  @Test
  void messageDoesNotChangeWhenTheBufferIsUsedAgain() {
    openRecord(hex(ControlSample.ADMIN.frame()));
    Control first = reader.next();
    openRecord(new byte[] {0, 0, 0, 12, (byte) 0x89, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});

    assertThat(reader.next()).isNotNull();
    assertThat(first).usingRecursiveComparison().isEqualTo(ControlSample.ADMIN.message);
  }

  // ---- what was changed on the way ----

  @Test
  void refusesRecordWithAnyBitFlipped() {
    byte[] frame = writer.seal(KnownAnswers.join());
    byte[] message = Arrays.copyOfRange(frame, Frames.PREFIX, frame.length);

    for (int bit = 0; bit < Bits.count(message); bit++) {
      SealedReader fresh = new SealedReader(CipherPair.fresh().receiver());
      assertThat(fresh.open(Bits.flipped(message, bit), 0, message.length))
          .as("bit %d", bit)
          .isFalse();
      assertThat(fresh.next()).as("bit %d", bit).isNull();
    }
    assertThat(reader.open(message, 0, message.length)).isTrue();
  }

  @Test
  void refusesTruncatedRecord() {
    byte[] frame = writer.seal(new PingMessage(1));

    for (int length = 0; length < frame.length - Frames.PREFIX; length++) {
      SealedReader fresh = new SealedReader(CipherPair.fresh().receiver());
      assertThat(fresh.open(frame, Frames.PREFIX, length)).as("%d bytes", length).isFalse();
      assertThat(fresh.next()).isNull();
    }
  }

  @Test
  void refusesRecordThatComesTwice() {
    byte[] frame = writer.seal(new PingMessage(1));
    openAll(frame);

    assertThat(reader.open(frame, Frames.PREFIX, frame.length - Frames.PREFIX)).isFalse();
  }

  @Test
  void refusesRecordThatFollowsMissingOne() {
    writer.seal(new PingMessage(1));
    byte[] second = writer.seal(new PingMessage(2));

    assertThat(reader.open(second, Frames.PREFIX, second.length - Frames.PREFIX)).isFalse();
  }

  // ---- rekey ----

  @Test
  void bothEndsRekeyAfter2To20Records() throws Exception {
    // given: all but one record of the first interval
    Control bye = new ByeMessage();
    for (int i = 0; i < (1 << 20) - 1; i++) {
      byte[] frame = writer.seal(bye);
      if (!reader.open(frame, Frames.PREFIX, frame.length - Frames.PREFIX)
          || reader.next() == null) {
        throw new AssertionError("record " + i + " does not arrive");
      }
    }

    // when
    byte[] last = writer.seal(bye);
    byte[] first = writer.seal(bye);
    byte[] second = writer.seal(bye);

    // then: the JDK by itself opens them with the known keys and the counter that goes on
    assertThat(openedByJdk(last, CLIENT_TO_RELAY_KEY, (1 << 20) - 1)).isEqualTo(BYE);
    assertThat(openedByJdk(first, REKEYED_CLIENT_TO_RELAY_KEY, 1 << 20)).isEqualTo(BYE);
    assertThat(openedByJdk(second, REKEYED_CLIENT_TO_RELAY_KEY, (1 << 20) + 1)).isEqualTo(BYE);
    for (byte[] frame : new byte[][] {last, first, second}) {
      openAll(frame);
      assertThat(reader.next()).isEqualTo(bye);
    }
  }

  private static byte[] openedByJdk(byte[] frame, String key, long n) throws Exception {
    byte[] nonce = hex("00000000" + "%016x".formatted(n));
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.DECRYPT_MODE, new SecretKeySpec(hex(key), "AES"), new GCMParameterSpec(128, nonce));
    return cipher.doFinal(frame, Frames.PREFIX, frame.length - Frames.PREFIX);
  }

  @Test
  void rekeysEvery2To20Records() {
    assertThat(SealedWriter.REKEY_INTERVAL).isEqualTo(1_048_576);
  }

  // ---- limits ----

  @Test
  void takes4KiBBeforeJoined() {
    assertTakesExactly(4_096);
  }

  @Test
  void takes64KiBAnd64BytesToTheRelay() {
    reader.limit(Control.MAX_LEN_TO_RELAY);

    assertTakesExactly(65_536 + 64);
  }

  @Test
  void takes1MiBAnd64BytesToClient() {
    reader.limit(Control.MAX_LEN_TO_CLIENT);

    assertTakesExactly(1_048_576 + 64);
  }

  /** A frame whose len is the limit is taken; one more is refused as soon as len is there. */
  private void assertTakesExactly(int limit) {
    openAll(writer.seal(new AdminMessage(1, new byte[limit - 5])));
    assertThat(reader.next())
        .isInstanceOfSatisfying(
            AdminMessage.class, admin -> assertThat(admin.json()).hasSize(limit - 5));

    openRecord(hex("%08x".formatted(limit + 1)));
    assertRefused(ErrorCode.TOO_BIG);
  }

  @Test
  void refusesLargestLength() {
    openRecord(hex("ffffffff"));

    assertRefused(ErrorCode.TOO_BIG);
  }

  @Test
  void refusesLengthWithTheHighestBit() {
    openRecord(hex("80000001" + "86"));

    assertRefused(ErrorCode.TOO_BIG);
  }

  @Test
  void limitMayRiseBetweenMessages() {
    openAll(writer.seal(KnownAnswers.join()));
    assertThat(reader.next()).isInstanceOf(JoinMessage.class);
    openRecord(hex("00001001" + "89"));

    reader.limit(Control.MAX_LEN_TO_RELAY);

    assertThat(reader.next()).isNull();
    openRecord(new byte[4_096]);
    assertThat(reader.next()).isInstanceOf(AdminMessage.class);
  }

  // ---- malformed ----

  @Test
  void refusesInnerFrameOfLength0() {
    openRecord(hex("00000000"));

    assertRefused(ErrorCode.PROTOCOL);
  }

  @Test
  void refusesSealedInsideSealed() {
    openRecord(hex("0000001201" + "00".repeat(17)));

    assertRefused(ErrorCode.PROTOCOL);
  }

  @Test
  void refusesRelayedFramesInsideSealed() {
    for (int type = Frames.HEAD; type <= Frames.CHECK; type++) {
      SealedReader fresh = new SealedReader(CipherPair.fresh().receiver());
      byte[] record =
          record(
              CipherPair.fresh().sender(), hex("00000019%02x".formatted(type) + "00".repeat(24)));
      assertThat(fresh.open(record, Frames.PREFIX, record.length - Frames.PREFIX)).isTrue();
      assertRefused(fresh, ErrorCode.PROTOCOL);
    }
  }

  @Test
  void refusesUnknownTypeBelowC0() {
    openRecord(hex("00000001" + "bf"));

    assertRefused(ErrorCode.PROTOCOL);
  }

  @Test
  void goesOnBehindTypesThatMayBeIgnored() {
    openRecord(hex("00000001c0" + "00000004ff010203" + "0000000186"));

    assertThat(reader.next()).isEqualTo(new IgnorableMessage(0xC0));
    assertThat(reader.next()).isEqualTo(new IgnorableMessage(0xFF));
    assertThat(reader.next()).isEqualTo(new ByeMessage());
    assertThat(reader.next()).isNull();
  }

  @Test
  void goesOnBehindBytesThatTrailBody() {
    for (ControlSample sample : ControlSample.values()) {
      if (!sample.takesAllThatIsLeft()) {
        String body = sample.longestBody() + "00112233445566778899";
        openRecord(hex("%08x%02x".formatted(1 + body.length() / 2, sample.type) + body));
        openRecord(BYE);

        Control read = reader.next();
        assertThat(hex(read.toInnerFrame())).isEqualTo(sample.longestFrame());
        assertThat(reader.next()).isEqualTo(new ByeMessage());
      }
    }
  }

  @Test
  void refusesTruncatedBodyInsteadOfReadingIntoTheNextFrame() {
    openRecord(hex("0000000887" + "00".repeat(7) + "0000000186"));

    assertRefused(ErrorCode.PROTOCOL);
  }

  // ---- memory ----

  @Test
  void holdsLittleAfterLargeMessage() throws Exception {
    reader.limit(Control.MAX_LEN_TO_CLIENT);
    int before = capacity();

    openAll(writer.seal(new ReplyMessage(1, new byte[1 << 20])));
    int during = capacity();
    assertThat(reader.next()).isNotNull();

    assertThat(during).isBetween(1 << 20, (1 << 20) + 64 + 65_535);
    assertThat(capacity()).isEqualTo(before).isLessThanOrEqualTo(1_024);
  }

  @Test
  void growsWithWhatHasArrivedAndNotWithWhatIsAnnounced() throws Exception {
    reader.limit(Control.MAX_LEN_TO_CLIENT);
    openRecord(hex("00100040" + "8a"));

    assertThat(reader.next()).isNull();
    assertThat(capacity()).isLessThanOrEqualTo(1_024);

    int arrived = 5;
    while (arrived < 1 << 20) {
      openRecord(new byte[1_000]);
      arrived += 1_000;
      assertThat(capacity()).isLessThanOrEqualTo(2 * arrived + 1_024);
    }
  }

  @Test
  void holdsNoMoreThanOneRecordBeyondTheLimitBeforeJoined() throws Exception {
    openRecord(Arrays.copyOf(hex("00001000" + "89"), 4_000));
    assertThat(reader.next()).isNull();

    openRecord(new byte[65_519]);

    assertThat(capacity()).isLessThanOrEqualTo(4 + 4_096 + 65_535);
    assertThat(reader.next()).isInstanceOf(AdminMessage.class);
  }

  private int capacity() throws ReflectiveOperationException {
    Field buffer = SealedReader.class.getDeclaredField("buffer");
    buffer.setAccessible(true);
    return ((byte[]) buffer.get(reader)).length;
  }

  // ---- records for these tests ----

  private void assertRefused(ErrorCode code) {
    assertRefused(reader, code);
  }

  private static void assertRefused(SealedReader reader, ErrorCode code) {
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(reader::next)
        .extracting(ProtocolException::code)
        .isEqualTo(code);
  }

  /** Opens the SEALED frames that a writer made. */
  private void openAll(byte[] frames) {
    int at = 0;
    for (int length : recordLengths(frames)) {
      at += Frames.PREFIX;
      assertThat(reader.open(frames, at, length)).isTrue();
      at += length;
    }
    assertThat(at).isEqualTo(frames.length);
  }

  /** Lengths of the transport messages in SEALED frames. */
  private static List<Integer> recordLengths(byte[] frames) {
    List<Integer> lengths = new ArrayList<>();
    for (int at = 0; at < frames.length; ) {
      assertThat(frames[at + Frames.TYPE_OFFSET]).isEqualTo((byte) Frames.SEALED);
      int length = (int) Frames.u32(frames, at) - 1;
      lengths.add(length);
      at += Frames.PREFIX + length;
    }
    return lengths;
  }

  /** Seals any piece of an inner stream as one record, as a peer may, and opens it. */
  private void openRecord(byte... plaintext) {
    byte[] record = record(pair.sender(), plaintext);
    assertThat(reader.open(record, Frames.PREFIX, record.length - Frames.PREFIX)).isTrue();
  }

  private static byte[] record(CipherState sender, byte[] plaintext) {
    byte[] frame = new byte[Frames.PREFIX + plaintext.length + Frames.TAG];
    sender.seal(plaintext, 0, plaintext.length, frame, Frames.PREFIX);
    return frame;
  }
}
