package io.hydrasync.protocol.wire;

import static io.hydrasync.protocol.KnownAnswers.COMMIT;
import static io.hydrasync.protocol.KnownAnswers.COMMIT_2;
import static io.hydrasync.protocol.KnownAnswers.EPOCH;
import static io.hydrasync.protocol.KnownAnswers.EPOCH_2;
import static io.hydrasync.protocol.KnownAnswers.HEAD;
import static io.hydrasync.protocol.KnownAnswers.HEAD_2;
import static io.hydrasync.protocol.KnownAnswers.SALT;
import static io.hydrasync.protocol.KnownAnswers.SALT_2;
import static io.hydrasync.protocol.KnownAnswers.T;
import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hydrasync.protocol.Bits;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.KnownAnswers;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Hashes;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("any-jdk")
class HeadTest {
  private static final int PREFIX_LENGTH = 64;
  private static final int FLAGS_OFFSET = 29;
  private static final int COUNT_OFFSET = 62;
  private static final SessionId OWNED = KnownAnswers.sessionId();
  private static final SessionId PLAIN = KnownAnswers.plainSessionId();

  // ---- known answers ----

  @Test
  void readsEveryFieldOfTheKnownHead() {
    Head head = Head.parse(hex(HEAD), OWNED);

    assertThat(head.epoch()).isEqualTo(EPOCH);
    assertThat(head.stream()).isEqualTo(EPOCH);
    assertThat(head.first()).isZero();
    assertThat(head.isSigned()).isTrue();
    assertThat(head.hasStanzas()).isFalse();
    assertThat(hex(head.salt())).isEqualTo(SALT);
    assertThat(hex(head.commit())).isEqualTo(COMMIT);
    assertThat(hex(head.transcript(OWNED))).isEqualTo(T);
    assertThat(hex(head.toBytes())).isEqualTo(HEAD);
    assertThat(head.length()).isEqualTo(160);
    assertThat(head.digest())
        .hasSize(Head.DIGEST_LENGTH)
        .isEqualTo(Arrays.copyOf(Hashes.sha256(hex(HEAD)), 8));
    assertThat(head.isSignedBy(OWNED)).isTrue();
  }

  @Test
  void readsEveryFieldOfTheHeadThatContinues() {
    Head head = Head.parse(hex(HEAD_2), OWNED);

    assertThat(head.epoch()).isEqualTo(EPOCH_2);
    assertThat(head.stream()).isEqualTo(EPOCH);
    assertThat(head.first()).isEqualTo(2);
    assertThat(head.isSigned()).isFalse();
    assertThat(head.hasStanzas()).isFalse();
    assertThat(hex(head.salt())).isEqualTo(SALT_2);
    assertThat(hex(head.commit())).isEqualTo(COMMIT_2);
    assertThat(head.isSignedBy(OWNED)).isTrue();
  }

  @Test
  void writesAndSignsTheKnownHead() {
    byte[] prefix = Head.prefix(EPOCH, EPOCH, 0, Head.FLAG_SIGNED, hex(SALT), true);

    assertThat(hex(prefix)).isEqualTo(HEAD.substring(0, 2 * PREFIX_LENGTH));
    assertThat(hex(Head.transcript(OWNED, prefix))).isEqualTo(T);
    assertThat(hex(signed(prefix, COMMIT))).isEqualTo(HEAD);
  }

  @Test
  void writesAndSignsTheHeadThatContinues() {
    byte[] prefix = Head.prefix(EPOCH_2, EPOCH, 2, 0, hex(SALT_2), true);

    assertThat(hex(signed(prefix, COMMIT_2))).isEqualTo(HEAD_2);
  }

  // ---- well-formed ----

  @Test
  void readsWhatItWritesForPlainSession() {
    byte[] frame = plain(EPOCH_2, EPOCH, 7);

    Head head = Head.parse(frame, PLAIN);

    assertThat(frame).hasSize(96);
    assertThat(Frames.u32(frame, 0)).isEqualTo(92);
    assertThat(head.length()).isEqualTo(Head.maxLength(false)).isEqualTo(96);
    assertThat(head.epoch()).isEqualTo(EPOCH_2);
    assertThat(head.stream()).isEqualTo(EPOCH);
    assertThat(head.first()).isEqualTo(7);
    assertThat(head.isSigned()).isFalse();
    assertThat(head.hasStanzas()).isFalse();
    assertThat(hex(head.salt())).isEqualTo(SALT);
    assertThat(hex(head.commit())).isEqualTo(COMMIT);
    assertThat(head.transcript(PLAIN)).isNotEqualTo(hex(T));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 511, 512})
  void readsStanzas(int stanzas) {
    byte[] frame = withStanzas(stanzas);

    Head head = Head.parse(frame, OWNED);

    assertThat(head.hasStanzas()).isTrue();
    assertThat(head.length()).isEqualTo(160 + 84 * stanzas);
    assertThat(hex(head.commit())).isEqualTo(COMMIT);
    assertThat(hex(head.transcript(OWNED))).isNotEqualTo(T);
    assertThat(head.isSignedBy(OWNED)).as("T covers the stanzas").isFalse();
  }

  @Test
  void holds512StanzasAtMost() {
    assertThat(Head.maxLength(true)).isEqualTo(160 + 512 * 84);
    assertThat(withStanzas(512)).hasSize(Head.maxLength(true));
    assertRefused(withStanzas(513), OWNED);
    assertRefused(withStanzas(0xFFFF), OWNED);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 0x7fff_ffff, 0x3fff_ffff_ffff_ffffL})
  void readsAnyFirstBelow2To62InLaterEpoch(long first) {
    assertThat(Head.parse(plain(EPOCH_2, EPOCH, first), PLAIN).first()).isEqualTo(first);
  }

  @Test
  void copiesBytesInAndOut() {
    byte[] given = hex(HEAD);
    Head head = Head.parse(given, OWNED);

    given[50]++;
    head.toBytes()[51]++;
    head.salt()[0]++;
    head.commit()[0]++;

    assertThat(hex(head.toBytes())).isEqualTo(HEAD);
    assertThat(head.isSignedBy(OWNED)).isTrue();
  }

  // ---- malformed ----

  @ParameterizedTest
  @CsvSource({
    "0x4000000000000000", // 2^62
    "0x7fffffffffffffff",
    "-1",
    "-0x8000000000000000",
  })
  void refusesFirstOutOfRange(String first) {
    assertRefused(plain(EPOCH_2, EPOCH, Long.decode(first)), PLAIN);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0", // no epoch
    "5, 0, 0", // no stream
    "0, 5, 0",
    "-1, 5, 0", // 2^64 - 1, far in the future
    "-1, -1, 0",
    "5, 6, 0", // a stream from after its epoch
    "5, 9223372036854775807, 0",
    "5, -1, 0",
    "5, 5, 1", // a new stream that does not begin at its beginning
    "5, 5, 4611686018427387903",
  })
  void refusesNumbersThatDoNotFit(long epoch, long stream, long first) {
    assertRefused(plain(epoch, stream, first), PLAIN);
    byte[] prefix = Head.prefix(epoch, stream, first, 0, hex(SALT), true);
    assertRefused(signed(prefix, COMMIT), OWNED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x02, 0x03, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x81, 0xFE, 0xFF})
  void refusesUnknownFlags(int flags) {
    assertRefused(Bits.replaced(hex(HEAD), FLAGS_OFFSET, (byte) flags), OWNED);
    byte[] frame = plain(EPOCH, EPOCH, 0);
    assertRefused(Bits.replaced(frame, FLAGS_OFFSET, (byte) flags), PLAIN);
  }

  @Test
  void refusesSignedEpochOfPlainSession() {
    byte[] frame = plain(EPOCH, EPOCH, 0);

    assertRefused(Bits.replaced(frame, FLAGS_OFFSET, (byte) Head.FLAG_SIGNED), PLAIN);
  }

  @Test
  void refusesStanzasOfPlainSession() {
    byte[] frame = plain(EPOCH, EPOCH, 0);
    byte[] withStanza =
        Bits.join(
            Arrays.copyOf(frame, COUNT_OFFSET),
            new byte[] {0, 1},
            new byte[Head.STANZA_LENGTH],
            hex(COMMIT));

    assertRefused(withLen(withStanza), PLAIN);
  }

  @Test
  void refusesSignedFormInPlainSessionAndUnsignedFormInOwnedOne() {
    byte[] prefix = Head.prefix(EPOCH, EPOCH, 0, 0, hex(SALT), true);

    assertRefused(signed(prefix, COMMIT), PLAIN);
    assertRefused(plain(EPOCH, EPOCH, 0), OWNED);
  }

  @Test
  void refusesEveryOtherLength() {
    for (SessionId session : new SessionId[] {OWNED, PLAIN}) {
      byte[] whole = session == OWNED ? hex(HEAD) : plain(EPOCH, EPOCH, 0);
      for (int length = 0; length < whole.length + 200; length++) {
        if (length != whole.length) {
          byte[] frame = Arrays.copyOf(whole, length);
          assertRefused(frame, session);
          assertRefused(length < 4 ? frame : withLen(frame), session);
        }
      }
    }
  }

  @Test
  void refusesLengthThatDoesNotFitTheStanzas() {
    for (int stanzas : new int[] {1, 512}) {
      byte[] whole = withStanzas(stanzas);
      assertRefused(withLen(Arrays.copyOf(whole, whole.length - 1)), OWNED);
      assertRefused(withLen(Arrays.copyOf(whole, whole.length + 1)), OWNED);
      assertRefused(withCount(whole, stanzas - 1), OWNED);
      assertRefused(withCount(whole, stanzas + 1), OWNED);
    }
  }

  @Test
  void refusesLengthFieldThatIsNotTheFramesLength() {
    byte[] frame = plain(EPOCH, EPOCH, 0);

    for (int len : new int[] {0, 91, 93, 96, 156, -1}) {
      byte[] changed = frame.clone();
      Frames.putU32(changed, 0, len);
      assertRefused(changed, PLAIN);
    }
  }

  @Test
  void refusesAnyOtherType() {
    byte[] frame = plain(EPOCH, EPOCH, 0);

    for (int type = 0; type < 256; type++) {
      if (type != Frames.HEAD) {
        assertRefused(Bits.replaced(frame, Frames.TYPE_OFFSET, (byte) type), PLAIN);
      }
    }
  }

  // ---- signature ----

  @ParameterizedTest
  @ValueSource(strings = {HEAD, HEAD_2})
  void everyFlippedBitIsRefusedOrNotSigned(String hex) {
    byte[] frame = hex(hex);

    for (int bit = 0; bit < Bits.count(frame); bit++) {
      assertThat(isAccepted(Bits.flipped(frame, bit))).as("bit %d", bit).isFalse();
    }
    assertThat(isAccepted(frame)).isTrue();
  }

  private static boolean isAccepted(byte[] frame) {
    try {
      return Head.parse(frame, OWNED).isSignedBy(OWNED);
    } catch (ProtocolException e) {
      return false;
    }
  }

  @Test
  void signatureOfAnotherOwnerDoesNotCount() {
    OwnerKey stranger = OwnerKey.generate(new SecureRandom());
    byte[] prefix = Head.prefix(EPOCH, EPOCH, 0, 0, hex(SALT), true);

    Head head = Head.parse(signed(stranger, OWNED, prefix, COMMIT), OWNED);

    assertThat(head.isSignedBy(OWNED)).isFalse();
  }

  @Test
  void signatureForAnotherSessionOfTheOwnerDoesNotCount() {
    SessionId other = SessionId.owned(KnownAnswers.ownerKey(), new SecureRandom());

    Head head = Head.parse(hex(HEAD), other);

    assertThat(head.isSignedBy(other)).isFalse();
  }

  // ---- frames for these tests ----

  private static void assertRefused(byte[] frame, SessionId session) {
    assertThatExceptionOfType(ProtocolException.class)
        .as("%d bytes", frame.length)
        .isThrownBy(() -> Head.parse(frame, session))
        .extracting(ProtocolException::code)
        .isEqualTo(ErrorCode.PROTOCOL);
  }

  private static byte[] plain(long epoch, long stream, long first) {
    return Bits.join(Head.prefix(epoch, stream, first, 0, hex(SALT), false), hex(COMMIT));
  }

  private static byte[] signed(byte[] prefix, String commit) {
    return signed(KnownAnswers.ownerKey(), OWNED, prefix, commit);
  }

  private static byte[] signed(OwnerKey owner, SessionId session, byte[] prefix, String commit) {
    byte[] message = Head.signedMessage(Head.transcript(session, prefix), hex(commit));
    return Bits.join(prefix, hex(commit), owner.sign(message));
  }

  /** The known HEAD with empty stanzas; its signature no longer fits. */
  private static byte[] withStanzas(int stanzas) {
    byte[] head = hex(HEAD);
    byte[] frame =
        Bits.join(
            Arrays.copyOf(head, PREFIX_LENGTH),
            new byte[stanzas * Head.STANZA_LENGTH],
            Arrays.copyOfRange(head, PREFIX_LENGTH, head.length));
    return withLen(withCount(frame, stanzas));
  }

  private static byte[] withCount(byte[] frame, int stanzas) {
    return Bits.replaced(frame, COUNT_OFFSET, (byte) (stanzas >> 8), (byte) stanzas);
  }

  private static byte[] withLen(byte[] frame) {
    byte[] len = ByteBuffer.allocate(4).putInt(frame.length - 4).array();
    return Bits.replaced(frame, 0, len);
  }
}
