package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.StreamVerifier.Outcome;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.wire.Control;
import io.hydrasync.protocol.wire.Frames;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StreamVerifierTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final Session SESSION = Session.generate();
  private static final long EPOCH = NOW;

  private StreamVerifier verifier;

  @BeforeEach
  void newVerifier() {
    verifier = new StreamVerifier(SESSION.id(), SESSION.key(), () -> NOW);
  }

  private static FrameSealer epoch(long epoch, long stream, long first) {
    byte[] salt = new byte[32];
    Frames.putU64(salt, 0, epoch);
    return FrameSealer.open(
        SESSION.id(), SESSION.key(), SESSION.owner(), epoch, stream, first, 0, salt);
  }

  private static byte[] seal(FrameSealer sealer, int type, byte[] plaintext) {
    byte[] out = new byte[plaintext.length + Frames.OVERHEAD];
    sealer.seal(type, plaintext, 0, plaintext.length, out, 0);
    return out;
  }

  private static byte[] data(FrameSealer sealer) {
    return seal(sealer, Frames.DATA, new byte[] {(byte) sealer.next()});
  }

  private static byte[] end(FrameSealer sealer, int last) {
    byte[] plaintext = new byte[9];
    plaintext[8] = (byte) last;
    return seal(sealer, Frames.END, plaintext);
  }

  private Outcome take(byte[] frame) {
    return verifier.frame(frame, 0, frame.length);
  }

  /** Delivers frames 0 to {@code count - 1} of a new stream. */
  private FrameSealer deliver(int count) {
    FrameSealer sealer = epoch(EPOCH, EPOCH, 0);
    verifier.connected(0, 0);
    verifier.head(sealer.head());
    for (int i = 0; i < count; i++) {
      assertThat(take(data(sealer))).isEqualTo(Outcome.MESSAGE);
    }
    return sealer;
  }

  private void reconnectAt(long seq) {
    verifier.connected(EPOCH, seq);
  }

  private static void assertCode(ErrorCode code, Runnable step) {
    assertThatThrownBy(step::run)
        .isInstanceOfSatisfying(
            HydraException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void deliversFramesInOrderAndTheEnd() {
    FrameSealer sealer = deliver(3);

    assertThat(take(end(sealer, 1))).isEqualTo(Outcome.END);
    assertThat(verifier.next()).isEqualTo(4);
    assertThat(verifier.pollEvent()).isNull();
  }

  @Test
  void refusesAFrameASecondTime() {
    FrameSealer sealer = epoch(EPOCH, EPOCH, 0);
    verifier.connected(0, 0);
    verifier.head(sealer.head());
    byte[] first = data(sealer);
    take(first);

    assertCode(ErrorCode.REPLAY, () -> take(first));
    assertThat(verifier.next()).isEqualTo(1);
  }

  @Test
  void refusesAGapThatWasNotAnnouncedTwiceAndThenTellsOfIt() {
    FrameSealer sealer = deliver(2);
    data(sealer); // frame 2 is withheld
    byte[] third = data(sealer);
    for (int sighting = 0; sighting < 2; sighting++) {
      assertCode(ErrorCode.GAP, () -> take(third));
      assertThat(verifier.next()).isEqualTo(2);
      reconnectAt(2);
      verifier.head(sealer.head());
    }

    assertThat(take(third)).isEqualTo(Outcome.MESSAGE);
    assertGap(2, 3);
  }

  private void assertGap(long from, long to) {
    assertThat(verifier.pollEvent())
        .isInstanceOfSatisfying(
            GapException.class,
            gap -> {
              assertThat(gap.from()).isEqualTo(from);
              assertThat(gap.to()).isEqualTo(to);
            });
    assertThat(verifier.pollEvent()).isNull();
  }

  @Test
  void jumpsOverAnAnnouncedGapOnlyWithAnAuthenticFrame() {
    FrameSealer sealer = deliver(2);
    data(sealer);
    byte[] third = data(sealer);
    verifier.gapAnnounced(new Control.Gap(EPOCH, 2, 3));
    byte[] forged = third.clone();
    forged[20] ^= 1;

    assertCode(ErrorCode.CORRUPT, () -> take(forged));
    assertThat(verifier.next()).as("JOINED and GAP move nothing").isEqualTo(2);
    assertThat(verifier.pollEvent()).isNull();
    assertThat(take(third)).isEqualTo(Outcome.MESSAGE);
    assertGap(2, 3);
  }

  @Test
  void skipsAFrameThatIsDamagedEachTime() {
    FrameSealer sealer = deliver(2);
    byte[] damaged = data(sealer);
    damaged[damaged.length - 1] ^= 1;
    for (int sighting = 0; sighting < 2; sighting++) {
      assertCode(ErrorCode.CORRUPT, () -> take(damaged));
      reconnectAt(2);
      verifier.head(sealer.head());
    }

    assertThat(take(damaged)).isEqualTo(Outcome.NOTHING);
    assertGap(2, 3);
    assertThat(take(data(sealer))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.pollEvent()).isNull();
  }

  @Test
  void dropsWhatItHasAlreadyWhenTheProducerStartsOver() {
    deliver(5);
    FrameSealer again = epoch(EPOCH + 1, EPOCH, 2);
    verifier.connected(EPOCH, 5);
    verifier.head(again.head());
    for (int seq = 2; seq < 5; seq++) {
      assertThat(take(data(again))).isEqualTo(Outcome.NOTHING);
    }

    assertThat(take(data(again))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.next()).isEqualTo(6);
    assertThat(verifier.pollEvent()).isNull();
  }

  @Test
  void tellsOfAGapWhenTheProducersRingBeginsTooLate() {
    deliver(5);
    FrameSealer again = epoch(EPOCH + 1, EPOCH, 8);
    verifier.head(again.head());

    assertGap(5, 8);
    assertThat(take(data(again))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.pollEvent()).isNull();
  }

  @Test
  void tellsOfAStreamThatStoppedWithoutItsEnd() {
    deliver(5);
    FrameSealer other = epoch(EPOCH + 10, EPOCH + 10, 0);
    verifier.head(other.head());

    assertThat(verifier.pollEvent()).isInstanceOf(TruncatedException.class);
    assertThat(take(data(other))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.stream()).isEqualTo(EPOCH + 10);
  }

  @Test
  void goesOnQuietlyWithTheNextStreamBehindAnEnd() {
    FrameSealer sealer = deliver(1);
    assertThat(take(end(sealer, 0))).isEqualTo(Outcome.NOTHING);
    FrameSealer other = epoch(EPOCH + 10, EPOCH + 10, 0);
    verifier.head(other.head());

    assertThat(take(data(other))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.pollEvent()).isNull();
  }

  @Test
  void beginsInTheMiddleWithoutAGapWhenItHasNoPosition() {
    FrameSealer sealer = epoch(EPOCH, EPOCH, 0);
    for (int i = 0; i < 7; i++) {
      data(sealer);
    }
    verifier.connected(EPOCH, 7);
    verifier.head(sealer.head());

    assertThat(take(data(sealer))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.pollEvent()).isNull();
    assertThat(verifier.next()).isEqualTo(8);
  }

  @Test
  void takesTheFirstFrameOfAHeadNewerThanJoinedMeant() {
    deliver(10);
    verifier.connected(EPOCH, 10);
    FrameSealer again = epoch(EPOCH + 1, EPOCH, 5);
    verifier.head(again.head());

    assertThat(take(data(again))).isEqualTo(Outcome.NOTHING);
  }

  @Test
  void refusesOldEpochsAndFutureOnes() {
    deliver(1);

    assertCode(
        ErrorCode.STALE_EPOCH, () -> verifier.head(epoch(EPOCH - 1, EPOCH - 1, 0).head()));
    assertCode(
        ErrorCode.STALE_EPOCH,
        () -> verifier.head(epoch(NOW + 49 * 3_600_000L, NOW + 49 * 3_600_000L, 0).head()));
    FrameSealer sameNumber =
        FrameSealer.open(
            SESSION.id(), SESSION.key(), SESSION.owner(), EPOCH, EPOCH, 0, 0, new byte[32]);
    assertCode(ErrorCode.STALE_EPOCH, () -> verifier.head(sameNumber.head()));
  }

  @Test
  void takesTheSameHeadAgain() {
    FrameSealer sealer = deliver(1);
    verifier.head(sealer.head());

    assertThat(take(data(sealer))).isEqualTo(Outcome.MESSAGE);
  }

  @Test
  void tellsAWrongKeyFromAForgedSignature() {
    Session stranger = Session.generate();
    StreamVerifier wrongKey = new StreamVerifier(SESSION.id(), stranger.key(), () -> NOW);
    wrongKey.connected(0, 0);
    assertCode(ErrorCode.WRONG_KEY, () -> wrongKey.head(epoch(EPOCH, EPOCH, 0).head()));

    byte[] forged = epoch(EPOCH, EPOCH, 0).head().clone();
    forged[forged.length - 1] ^= 1;
    verifier.connected(0, 0);
    assertCode(ErrorCode.BAD_SIGNATURE, () -> verifier.head(forged));
  }

  @Test
  void refusesAFrameBeforeAnyHead() {
    verifier.connected(0, 0);

    assertThatThrownBy(() -> take(data(epoch(EPOCH, EPOCH, 0))))
        .isInstanceOf(AuthenticationException.class);
  }

  @Test
  void findsAuthenticFramesThatAreMalformedFatal() {
    FrameSealer sealer = deliver(1);
    byte[][] plaintexts = {{}, {0, 0, 0}, {0, 0, 0, 2, 1}, {0, 0, 0, 1, 1, 9}, {-1, -1, -1, -1, 0}};
    for (byte[] plaintext : plaintexts) {
      StreamVerifier fresh = new StreamVerifier(SESSION.id(), SESSION.key(), () -> NOW);
      FrameSealer own = epoch(EPOCH, EPOCH, 0);
      fresh.connected(0, 0);
      fresh.head(own.head());
      byte[] batch = seal(own, Frames.BATCH, plaintext);

      assertThatThrownBy(() -> fresh.frame(batch, 0, batch.length))
          .isInstanceOf(ProtocolException.class);
    }
    assertThatThrownBy(() -> take(seal(sealer, Frames.TICK, new byte[7])))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void findsAFrameBehindTheEndFatal() {
    FrameSealer sealer = deliver(1);
    take(end(sealer, 1));

    assertThatThrownBy(() -> take(data(sealer))).isInstanceOf(ProtocolException.class);
  }

  @Test
  void needsNoOwnerForAPlainSession() {
    Session plain =
        new Session(
            SessionId.of(new byte[64]), SESSION.key(), Optional.empty());
    FrameSealer sealer =
        FrameSealer.open(
            plain.id(), plain.key(), plain.owner(), EPOCH, EPOCH, 0, 0, new byte[32]);
    StreamVerifier open = new StreamVerifier(plain.id(), plain.key(), () -> NOW);
    open.connected(0, 0);
    open.head(sealer.head());
    byte[] frame = data(sealer);

    assertThat(open.frame(frame, 0, frame.length)).isEqualTo(Outcome.MESSAGE);
  }
}
