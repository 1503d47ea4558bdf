package io.hydrasync.client.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.PositionText;
import io.hydrasync.client.internal.stream.Beginning.From;
import io.hydrasync.client.internal.stream.StreamVerifier.Outcome;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.StreamTruncatedException;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StreamVerifierTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final long EPOCH = NOW;

  private StreamVerifier verifier;

  @BeforeEach
  void newVerifier() {
    verifier = fresh();
  }

  /** A verifier that begins elsewhere than at the beginning. */
  private void startAt(From start) {
    verifier = new StreamVerifier(SESSION.id(), SESSION.key(), start, () -> NOW);
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

  /** An epoch of a stream of the same number, of which some frames have been sealed. */
  private static FrameSealer sealed(long stream, long first, int frames) {
    FrameSealer sealer = epoch(first == 0 ? stream : stream + 1, stream, first);
    for (int i = 0; i < frames; i++) {
      data(sealer);
    }
    return sealer;
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
    reconnect(EPOCH, seq);
  }

  private Beginning.Request reconnect(long stream, long seq) {
    Beginning.Request request = verifier.request();
    verifier.connected(stream, seq);
    return request;
  }

  /** A failure, which whoever makes the next connection counts. */
  private FailureCount.Failure assertCode(ErrorCode code, Runnable step) {
    assertThatThrownBy(step::run)
        .isInstanceOfSatisfying(HydraException.class, e -> assertThat(e.code()).isEqualTo(code));
    FailureCount.Failure failure = verifier.takeFailure();
    verifier.failures().count(failure);
    return failure;
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
    verifier.gapAnnounced(new GapMessage(EPOCH, 2, 3));
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

    assertThat(take(damaged)).isEqualTo(Outcome.PASSED_OVER);
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
    startAt(From.OLDEST);
    FrameSealer sealer = sealed(EPOCH, 0, 7);
    reconnectAt(7);
    verifier.head(sealer.head());
    assertThat(verifier.position(false, 0)).isEmpty();

    assertThat(take(data(sealer))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.pollEvent()).isNull();
    assertThat(verifier.next()).isEqualTo(8);
    assertThat(verifier.missedBefore()).isEqualTo(7);
  }

  @Test
  void tellsWhatItMissedOfAStreamWhoseBeginningItWasPromised() {
    startAt(From.OLDEST);
    reconnect(0, 0);
    FrameSealer sealer = sealed(EPOCH, 0, 7);
    reconnectAt(7); // cut before the first frame; the relay has let go of that one meanwhile
    verifier.head(sealer.head());

    assertThat(take(data(sealer))).isEqualTo(Outcome.MESSAGE);
    assertGap(0, 7);
    assertThat(verifier.missedBefore()).isZero();
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

    assertCode(ErrorCode.STALE_EPOCH, () -> verifier.head(epoch(EPOCH - 1, EPOCH - 1, 0).head()));
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
    SessionSecrets stranger = SessionSecrets.generate();
    StreamVerifier wrongKey =
        new StreamVerifier(SESSION.id(), stranger.key(), From.BEGINNING, () -> NOW);
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
      StreamVerifier fresh = fresh();
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
    SessionSecrets plain = new SessionSecrets(SessionId.of(new byte[64]), SESSION.key());
    FrameSealer sealer =
        FrameSealer.open(plain.id(), plain.key(), plain.owner(), EPOCH, EPOCH, 0, 0, new byte[32]);
    StreamVerifier open = new StreamVerifier(plain.id(), plain.key(), From.BEGINNING, () -> NOW);
    open.connected(0, 0);
    open.head(sealer.head());
    byte[] frame = data(sealer);

    assertThat(open.frame(frame, 0, frame.length)).isEqualTo(Outcome.MESSAGE);
  }

  private static void restart(StreamVerifier from, StreamVerifier to) {
    to.restore(PositionText.writtenAndRead(from.position(false, 0).orElseThrow()));
  }

  private static StreamVerifier fresh() {
    return new StreamVerifier(SESSION.id(), SESSION.key(), From.BEGINNING, () -> NOW);
  }

  @Test
  void goesOnAtAPositionThatWasSaved() {
    FrameSealer sealer = deliver(3);
    StreamVerifier again = fresh();
    restart(verifier, again);
    assertThat(again.request())
        .isEqualTo(new Beginning.Request(JoinMessage.START_AT, EPOCH, 3, EPOCH));
    assertThat(again.stream()).isEqualTo(EPOCH);
    assertThat(again.next()).isEqualTo(3);

    again.connected(EPOCH, 3);
    again.head(sealer.head());
    byte[] frame = data(sealer);
    assertThat(again.frame(frame, 0, frame.length)).isEqualTo(Outcome.MESSAGE);
    assertThat(again.pollEvent()).isNull();
    assertThat(again.position(false, 0)).isNotEqualTo(verifier.position(false, 0));
  }

  @Test
  void hasNoPositionBeforeTheFirstFrame() {
    startAt(From.OLDEST);
    assertThat(verifier.position(false, 0)).isEmpty();
    FrameSealer sealer = sealed(EPOCH, 0, 3);
    reconnectAt(3);
    verifier.head(sealer.head());
    assertThat(verifier.position(false, 0)).isEmpty();
    take(data(sealer));
    assertThat(verifier.position(false, 0)).isPresent();
  }

  @Test
  void refusesReplaysAndForgeriesAfterARestart() {
    deliver(1);
    StreamVerifier again = fresh();
    restart(verifier, again);
    again.connected(EPOCH, 1);
    FrameSealer forged =
        FrameSealer.open(
            SESSION.id(), SESSION.key(), SESSION.owner(), EPOCH, EPOCH, 0, 0, new byte[32]);

    assertCode(ErrorCode.STALE_EPOCH, () -> again.head(forged.head()));
    assertCode(ErrorCode.STALE_EPOCH, () -> again.head(epoch(EPOCH - 1, EPOCH - 1, 0).head()));
  }

  @Test
  void cannotTellAForgeryAtAPositionThatWasTyped() {
    StreamVerifier typed = fresh();
    typed.restore(new StreamPosition(EPOCH, 2, 0, StreamEnd.NONE, 0, new byte[0]));
    typed.connected(EPOCH, 2);
    FrameSealer sealer = epoch(EPOCH, EPOCH, 0);
    typed.head(sealer.head());
    data(sealer);
    data(sealer);
    byte[] second = data(sealer);

    assertThat(typed.frame(second, 0, second.length)).isEqualTo(Outcome.MESSAGE);
    assertThat(typed.pollEvent()).isNull();
    assertCode(ErrorCode.STALE_EPOCH, () -> typed.head(epoch(EPOCH - 1, EPOCH - 1, 0).head()));
  }

  @Test
  void standsInTheMidstOfABatchThatIsHandedOut() {
    FrameSealer sealer = deliver(2);
    byte[] batch = seal(sealer, Frames.BATCH, new byte[] {0, 0, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0, 0});
    assertThat(take(batch)).isEqualTo(Outcome.BATCH);
    StreamPosition position = verifier.position(true, 1).orElseThrow();
    assertThat(position.next()).isEqualTo(2);
    assertThat(position.delivered()).isEqualTo(1);

    StreamVerifier again = fresh();
    again.restore(position);
    assertThat(again.position(false, 0)).contains(position);
    again.connected(EPOCH, 2);
    again.head(sealer.head());
    assertThat(again.frame(batch, 0, batch.length)).isEqualTo(Outcome.BATCH);
    assertThat(again.alreadyDelivered()).isEqualTo(1);
    byte[] next = data(sealer);
    assertThat(again.frame(next, 0, next.length)).isEqualTo(Outcome.MESSAGE);
    assertThat(again.alreadyDelivered()).isZero();
  }

  @Test
  void tellsAgainAfterARestartWhatHadNotBeenTold() {
    deliver(5);
    verifier.head(epoch(EPOCH + 1, EPOCH, 8).head());
    StreamPosition untold = verifier.position(false, 0).orElseThrow();
    assertThat(untold.next()).isEqualTo(5);
    verifier.pollEvent();

    assertThat(verifier.position(false, 0).orElseThrow().next()).isEqualTo(8);
    StreamVerifier again = fresh();
    again.restore(untold);
    again.connected(EPOCH, 8);
    again.head(epoch(EPOCH + 1, EPOCH, 8).head());
    assertThat(again.pollEvent())
        .isInstanceOfSatisfying(
            GapException.class,
            gap -> assertThat(gap.kind()).isEqualTo(GapException.Kind.PRODUCER));
  }

  @Test
  void knowsAfterARestartWhetherTheStreamHadEnded() {
    for (int last = 0; last < 3; last++) {
      newVerifier();
      FrameSealer sealer = deliver(1);
      if (last < 2) {
        take(end(sealer, last));
      }
      StreamVerifier again = fresh();
      restart(verifier, again);
      assertThat(again.end()).isEqualTo(verifier.end());
      again.connected(EPOCH + 10, 0);
      again.head(epoch(EPOCH + 10, EPOCH + 10, 0).head());

      if (last < 2) {
        assertThat(again.pollEvent()).isNull();
      } else {
        assertThat(again.pollEvent()).isInstanceOf(TruncatedException.class);
      }
    }
  }

  @Test
  void findsAFrameBehindTheEndFatalAfterARestartToo() {
    FrameSealer sealer = deliver(1);
    take(end(sealer, 0));
    StreamVerifier again = fresh();
    restart(verifier, again);
    again.connected(EPOCH, 2);
    again.head(sealer.head());
    byte[] behind = data(sealer);

    assertThatThrownBy(() -> again.frame(behind, 0, behind.length))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void isTruncatedWhenTheStreamWentOnBehindAnEndThatWasNotTheLast() {
    FrameSealer sealer = deliver(1);
    take(end(sealer, 0));
    FrameSealer rotated = epoch(EPOCH + 1, EPOCH, 2);
    verifier.head(rotated.head());
    assertThat(take(data(rotated))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.end()).isEqualTo(StreamEnd.NONE);
    verifier.head(epoch(EPOCH + 10, EPOCH + 10, 0).head());

    assertThat(verifier.pollEvent()).isInstanceOf(TruncatedException.class);
  }

  private void assertKind(GapException.Kind kind) {
    assertThat(verifier.pollEvent())
        .isInstanceOfSatisfying(GapException.class, gap -> assertThat(gap.kind()).isEqualTo(kind));
  }

  @Test
  void saysWhatKindOfGapItWas() {
    FrameSealer sealer = deliver(1);
    data(sealer);
    verifier.gapAnnounced(new GapMessage(EPOCH, 1, 2));
    take(data(sealer));
    assertKind(GapException.Kind.ANNOUNCED);

    data(sealer);
    byte[] later = data(sealer);
    for (int sighting = 0; sighting < 2; sighting++) {
      assertCode(ErrorCode.GAP, () -> take(later));
    }
    take(later);
    assertKind(GapException.Kind.UNANNOUNCED);

    byte[] damaged = data(sealer);
    damaged[14] ^= 1;
    for (int sighting = 0; sighting < 2; sighting++) {
      assertCode(ErrorCode.CORRUPT, () -> take(damaged));
    }
    take(damaged);
    assertKind(GapException.Kind.CORRUPT);

    verifier.head(epoch(EPOCH + 1, EPOCH, 9).head());
    assertKind(GapException.Kind.PRODUCER);
  }

  @Test
  void skipsAnEpochWhoseHeadFailsForTheThirdTimeAfterAGoodOne() {
    deliver(2);
    FrameSealer damaged = epoch(EPOCH + 1, EPOCH, 1);
    byte[] head = damaged.head().clone();
    head[head.length - 1] ^= 1;
    for (int sighting = 0; sighting < 2; sighting++) {
      reconnectAt(2);
      assertCode(ErrorCode.BAD_SIGNATURE, () -> verifier.head(head));
    }
    reconnectAt(2);
    verifier.head(head);
    StreamPosition before = verifier.position(false, 0).orElseThrow();
    assertThat(verifier.pollEvent()).isInstanceOf(TruncatedException.class);
    assertThat(verifier.pollEvent()).isNull();
    assertThat(take(data(damaged))).as("nothing of that epoch").isEqualTo(Outcome.PASSED_OVER);
    assertThat(verifier.position(false, 0)).contains(before);

    FrameSealer good = epoch(EPOCH + 2, EPOCH, 1);
    verifier.head(good.head());
    assertThat(take(data(good))).isEqualTo(Outcome.NOTHING);
    assertThat(take(data(good))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.pollEvent()).isNull();
    assertThat(verifier.next()).isEqualTo(3);
  }

  @Test
  void doesNotSkipTheFirstEpochNorAReplay() {
    byte[] head = epoch(EPOCH, EPOCH, 0).head().clone();
    head[head.length - 1] ^= 1;
    for (int sighting = 0; sighting < 5; sighting++) {
      verifier.connected(0, 0);
      assertCode(ErrorCode.BAD_SIGNATURE, () -> verifier.head(head));
    }
    deliver(1);
    for (int sighting = 0; sighting < 5; sighting++) {
      assertCode(ErrorCode.STALE_EPOCH, () -> verifier.head(epoch(EPOCH - 1, EPOCH - 1, 0).head()));
    }
  }

  // ---- the beginning ----

  @Test
  void theBeginningIsFrame0WhateverTheRelayNames() {
    FrameSealer sealer = sealed(EPOCH, 0, 7);
    reconnectAt(7);
    verifier.head(sealer.head());

    assertThat(verifier.position(false, 0)).contains(position(EPOCH, 0));
    assertThat(take(data(sealer))).isEqualTo(Outcome.MESSAGE);
    assertGap(0, 7);
    assertThat(verifier.missedBefore()).isZero();
  }

  private StreamPosition position(long stream, long next) {
    StreamPosition known = verifier.position(false, 0).orElseThrow();
    return new StreamPosition(stream, next, 0, StreamEnd.NONE, known.epoch(), known.transcript());
  }

  @Test
  void theBeginningIsFrame0WhateverTheHeadNames() {
    reconnect(0, 0);
    verifier.head(epoch(EPOCH + 1, EPOCH, 5).head());

    assertThat(verifier.position(false, 0))
        .as("told again after a restart")
        .map(StreamPosition::next)
        .contains(0L);
    assertGap(0, 5);
    assertThat(verifier.position(false, 0)).map(StreamPosition::next).contains(5L);
    assertThat(verifier.request())
        .isEqualTo(new Beginning.Request(JoinMessage.START_AT, EPOCH, 5, EPOCH + 1));
  }

  @Test
  void theBeginningOfTheFirstHeadIsWhereOneBeginsWhoCameWhenThereWasNone() {
    for (From start : new From[] {From.OLDEST, From.LIVE}) {
      startAt(start);
      reconnect(0, 0);
      FrameSealer sealer = epoch(EPOCH + 1, EPOCH, 5);
      assertThat(reconnect(EPOCH, 5).start()).isEqualTo(JoinMessage.START_OLDEST);
      verifier.head(sealer.head());

      assertThat(verifier.missedBefore()).isEqualTo(5);
      data(sealer);
      verifier.gapAnnounced(new GapMessage(EPOCH, 5, 6));
      assertThat(take(data(sealer))).isEqualTo(Outcome.MESSAGE);
      assertGap(5, 6);
    }
  }

  @Test
  void aLiveOneComesBackToThePlaceThatWasNamedFirst() {
    startAt(From.LIVE);
    assertThat(reconnect(EPOCH, 10).start()).isEqualTo(JoinMessage.START_LIVE);
    FrameSealer sealer = sealed(EPOCH, 0, 13);
    verifier.head(sealer.head());
    assertThat(verifier.position(false, 0)).as("a place is never stored").isEmpty();

    assertThat(reconnect(EPOCH, 13))
        .isEqualTo(new Beginning.Request(JoinMessage.START_AT, EPOCH, 10, 0));
    verifier.gapAnnounced(new GapMessage(EPOCH, 10, 13));
    verifier.head(sealer.head());
    assertThat(take(data(sealer))).isEqualTo(Outcome.MESSAGE);
    assertGap(10, 13);
    assertThat(verifier.missedBefore()).isEqualTo(10);
  }

  @Test
  void aPlaceDropsNothing() {
    startAt(From.LIVE);
    reconnect(EPOCH, 10);
    FrameSealer again = epoch(EPOCH + 1, EPOCH, 8); // sealed anew for a relay that had lost all
    verifier.head(again.head());

    assertThat(take(data(again))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.pollEvent()).isNull();
    assertThat(verifier.missedBefore()).isEqualTo(8);
  }

  @Test
  void aPlaceIsOverWhereAnotherStreamComesFirst() {
    startAt(From.LIVE);
    reconnect(EPOCH, 10);
    verifier.head(epoch(EPOCH + 11, EPOCH + 10, 3).head());

    assertGap(0, 3);
  }

  @Test
  void inASecondStreamFrame0IsDueForEverybody() {
    for (From start : From.values()) {
      startAt(start);
      FrameSealer sealer = epoch(EPOCH, EPOCH, 0);
      reconnect(EPOCH, 0);
      verifier.head(sealer.head());
      take(end(sealer, 0));
      verifier.head(epoch(EPOCH + 11, EPOCH + 10, 3).head());

      assertGap(0, 3);
    }
  }

  @Test
  void jumpsToJoinedOnlyWhereThatWasNotWhatItAskedFor() {
    deliver(3);
    FrameSealer sealer = sealed(EPOCH, 0, 8);
    reconnectAt(8); // asked for 3
    verifier.head(sealer.head());
    byte[] frame = data(sealer);

    assertCode(ErrorCode.GAP, () -> take(frame));
    reconnectAt(8);
    verifier.gapAnnounced(new GapMessage(EPOCH, 3, 8));
    verifier.head(sealer.head());
    assertThat(take(frame)).isEqualTo(Outcome.MESSAGE);
    assertGap(3, 8);
  }

  @Test
  void joinedMayMeanAnyHeadOfItsStreamUntilAFrameHasCome() {
    FrameSealer sealer = epoch(EPOCH, EPOCH, 0);
    FrameSealer rotated = sealed(EPOCH, 4, 3);
    reconnectAt(7);
    verifier.head(sealer.head());
    verifier.head(rotated.head());

    assertThat(take(data(rotated))).isEqualTo(Outcome.MESSAGE);
    assertGapsUpTo(7);
  }

  /** Gaps without a hole between them, from frame 0 on. */
  private void assertGapsUpTo(long end) {
    long due = 0;
    while (verifier.pollEvent() instanceof GapException gap) {
      assertThat(gap.from()).isEqualTo(due);
      due = gap.to();
    }
    assertThat(due).isEqualTo(end);
  }

  @Test
  void tellsOfAStreamWhoseHeadWasAllThatCame() {
    for (From start : From.values()) {
      startAt(start);
      reconnect(EPOCH, 0);
      verifier.head(epoch(EPOCH, EPOCH, 0).head());
      verifier.head(epoch(EPOCH + 10, EPOCH + 10, 0).head());

      assertThat(verifier.pollEvent()).isInstanceOf(StreamTruncatedException.class);
      assertThat(verifier.pollEvent()).isNull();
      assertThat(verifier.request())
          .isEqualTo(new Beginning.Request(JoinMessage.START_AT, EPOCH + 10, 0, EPOCH + 10));
    }
  }

  @Test
  void whoComesBackAsItCameMayMeetTheHeadThatItHadSeenOrAnOlderOne() {
    startAt(From.OLDEST);
    reconnect(EPOCH + 10, 4);
    verifier.head(sealed(EPOCH + 10, 0, 4).head());
    assertThat(reconnect(EPOCH, 2).start()).isEqualTo(JoinMessage.START_OLDEST);
    FrameSealer older = sealed(EPOCH, 0, 2);
    verifier.head(older.head());

    assertThat(verifier.pollEvent()).isInstanceOf(StreamTruncatedException.class);
    assertThat(take(data(older))).isEqualTo(Outcome.MESSAGE);
    assertGap(0, 2);
  }

  // ---- the end ----

  @Test
  void anEndThatRotatesLeavesTheStreamOpen() {
    FrameSealer sealer = deliver(1);
    assertThat(take(end(sealer, 2))).isEqualTo(Outcome.NOTHING);
    assertThat(verifier.end()).isEqualTo(StreamEnd.NONE);
    byte[] behind = data(sealer);
    assertThatThrownBy(() -> take(behind)).isInstanceOf(ProtocolException.class);

    verifier.head(epoch(EPOCH + 10, EPOCH + 10, 0).head());
    assertThat(verifier.pollEvent()).isInstanceOf(StreamTruncatedException.class);
  }

  @Test
  void anEndOfAnotherKindIsMalformed() {
    for (int kind : new int[] {3, 127, 255}) {
      newVerifier();
      FrameSealer sealer = deliver(1);
      byte[] end = end(sealer, kind);
      assertThatThrownBy(() -> take(end)).isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void aHeadBehindAnEndThatLeftOpensTheStreamAgain() {
    take(end(deliver(1), 0));
    verifier.head(epoch(EPOCH + 1, EPOCH, 2).head());
    assertThat(verifier.end()).isEqualTo(StreamEnd.NONE);

    verifier.head(epoch(EPOCH + 10, EPOCH + 10, 0).head());
    assertThat(verifier.pollEvent()).isInstanceOf(StreamTruncatedException.class);
  }

  @Test
  void anEndThatLeftStaysWhereTheRingIsSealedAnew() {
    take(end(deliver(3), 0));
    FrameSealer again = sealed(EPOCH, 2, 0);
    verifier.head(again.head());
    take(data(again));
    assertThat(take(end(again, 0))).isEqualTo(Outcome.NOTHING);

    verifier.head(epoch(EPOCH + 10, EPOCH + 10, 0).head());
    assertThat(verifier.pollEvent()).isNull();
  }

  // ---- failures ----

  private static byte[] damaged(byte[] frame) {
    byte[] copy = frame.clone();
    copy[copy.length - 1] ^= 1;
    return copy;
  }

  private static byte[] at(FrameSealer of, long seq) {
    FrameSealer copy = sealed(of, seq);
    return data(copy);
  }

  /** A sealer of the same epoch whose next frame has a sequence. */
  private static FrameSealer sealed(FrameSealer of, long seq) {
    FrameSealer copy = epoch(EPOCH, EPOCH, 0);
    assertThat(copy.head()).isEqualTo(of.head());
    while (copy.next() < seq) {
      data(copy);
    }
    return copy;
  }

  @Test
  void countsFailuresOfAllKindsAtOnePlaceTogether() {
    FrameSealer sealer = deliver(2);
    byte[] ahead = at(sealer, 3);
    byte[] behind = at(sealer, 1);
    assertCode(ErrorCode.GAP, () -> take(ahead));
    reconnectAt(2);
    verifier.head(sealer.head());
    take(at(sealer, 0)); // delivered before; the order of the connection begins there
    assertCode(ErrorCode.REPLAY, () -> take(at(sealer, 0)));
    reconnectAt(2);
    verifier.head(sealer.head());

    assertThat(take(damaged(at(sealer, 2)))).isEqualTo(Outcome.PASSED_OVER);
    assertGap(2, 3);
    assertThat(behind).isNotEmpty();
  }

  @Test
  void anUnannouncedJumpTakesEffectOnlyWithAFrameThatOpens() {
    FrameSealer sealer = deliver(2);
    byte[] bad = damaged(at(sealer, 6));
    for (int connection = 0; connection < 2; connection++) {
      assertCode(ErrorCode.GAP, () -> take(bad));
      reconnectAt(2);
      verifier.head(sealer.head());
    }
    for (int connection = 0; connection < 2; connection++) {
      FailureCount.Failure failure = assertCode(ErrorCode.CORRUPT, () -> take(bad));
      assertThat(failure.where()).isEqualTo(FailureCount.Place.frame(EPOCH, 6));
      reconnectAt(2);
      verifier.head(sealer.head());
    }
    assertThat(take(bad)).isEqualTo(Outcome.PASSED_OVER);
    assertThat(verifier.next()).as("nothing moves").isEqualTo(2);
    assertThat(verifier.pollEvent()).isNull();
    assertThat(verifier.request())
        .isEqualTo(new Beginning.Request(JoinMessage.START_AT, EPOCH, 2, EPOCH));

    assertThat(take(at(sealer, 7))).as("the target in its place").isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.pollEvent())
        .isInstanceOfSatisfying(
            GapException.class,
            gap -> {
              assertThat(gap.from()).isEqualTo(2);
              assertThat(gap.to()).isEqualTo(7);
              assertThat(gap.kind()).isEqualTo(GapException.Kind.UNANNOUNCED);
            });
  }

  @Test
  void aFarGapBeforeADamagedFrameLeadsNowhere() {
    FrameSealer sealer = deliver(1);
    long far = Frames.SEQ_LIMIT - 1;
    byte[] bad = damaged(at(sealer, 1));
    Frames.putU64(bad, Frames.SEQ_OFFSET, far);
    int failures = 0;
    for (boolean last = false; !last; failures++) {
      reconnectAt(1);
      verifier.head(sealer.head());
      verifier.gapAnnounced(new GapMessage(EPOCH, 1, far));
      try {
        assertThat(take(bad)).isEqualTo(Outcome.PASSED_OVER);
      } catch (AuthenticationException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT);
        last = verifier.failures().count(verifier.takeFailure());
      }
      assertThat(verifier.position(false, 0)).map(StreamPosition::next).contains(1L);
      assertThat(verifier.pollEvent()).isNull();
    }

    assertThat(failures).isEqualTo(FailureCount.LAST_AT_ONE_NEXT);
  }

  @Test
  void aFirstFrameThatIsDamagedEachTimeIsNotWhereOneBegins() {
    for (From start : new From[] {From.OLDEST, From.LIVE}) {
      startAt(start);
      FrameSealer sealer = epoch(EPOCH, EPOCH, 0);
      for (int connection = 0; connection < 2; connection++) {
        reconnectAt(5);
        verifier.head(sealer.head());
        assertCode(ErrorCode.CORRUPT, () -> take(damaged(at(sealer, 5))));
      }
      reconnectAt(5);
      verifier.head(sealer.head());
      assertThat(take(damaged(at(sealer, 5)))).isEqualTo(Outcome.PASSED_OVER);
      assertThat(verifier.position(false, 0)).isEmpty();
      assertThat(verifier.pollEvent()).isNull();

      assertThat(take(at(sealer, 6))).isEqualTo(Outcome.MESSAGE);
      if (start == From.LIVE) {
        assertGap(5, 6); // the place was named
      } else {
        assertThat(verifier.pollEvent()).isNull();
        assertThat(verifier.missedBefore()).isEqualTo(6);
      }
    }
  }

  @Test
  void aDamagedFrameThatWasDeliveredBeforeMovesNothing() {
    deliver(5);
    FrameSealer again = epoch(EPOCH + 1, EPOCH, 2);
    data(again);
    byte[] bad = damaged(data(again));
    for (int connection = 0; connection < 2; connection++) {
      FrameSealer copy = epoch(EPOCH + 1, EPOCH, 2);
      reconnectAt(5);
      verifier.head(again.head());
      take(data(copy));
      assertCode(ErrorCode.CORRUPT, () -> take(bad));
    }
    FrameSealer copy = epoch(EPOCH + 1, EPOCH, 2);
    reconnectAt(5);
    verifier.head(again.head());
    take(data(copy));
    assertThat(take(bad)).isEqualTo(Outcome.PASSED_OVER);
    assertThat(take(data(again))).isEqualTo(Outcome.NOTHING);
    assertThat(verifier.next()).isEqualTo(5);
    assertThat(verifier.pollEvent()).isNull();
    assertThat(take(data(again))).isEqualTo(Outcome.MESSAGE);
    assertThat(verifier.pollEvent()).isNull();
  }

  @Test
  void onlyProgressEndsTheCount() {
    FrameSealer sealer = deliver(2);
    byte[] bad = damaged(at(sealer, 2));
    for (int connection = 0; connection < 2; connection++) {
      assertCode(ErrorCode.CORRUPT, () -> take(bad));
      reconnectAt(2);
      verifier.head(sealer.head());
      take(at(sealer, 0));
      take(at(sealer, 1)); // opens, and was delivered before
    }

    assertThat(take(bad)).isEqualTo(Outcome.PASSED_OVER);
    assertGap(2, 3);
    FrameSealer next = sealed(sealer, 3);
    assertThat(take(data(next))).isEqualTo(Outcome.MESSAGE);
    assertCode(ErrorCode.CORRUPT, () -> take(damaged(data(next))));
    assertThat(verifier.failures().at(FailureCount.Place.frame(EPOCH, 2))).isZero();
  }

  @Test
  void anEpochThatIsPlayedAgainBehindItsEndIsDropped() {
    for (int last = 0; last < 3; last++) {
      newVerifier();
      FrameSealer sealer = deliver(3);
      byte[] end = end(sealer, last);
      take(end);
      StreamPosition before = verifier.position(false, 0).orElseThrow();
      reconnectAt(4);
      verifier.head(sealer.head());
      for (int seq = 0; seq < 3; seq++) {
        assertThat(take(at(sealer, seq))).isEqualTo(Outcome.NOTHING);
      }
      assertThat(take(end)).isNotEqualTo(Outcome.END);
      assertCode(ErrorCode.REPLAY, () -> take(at(sealer, 0)));
      assertThat(verifier.position(false, 0)).contains(before);
      assertThat(verifier.pollEvent()).isNull();
    }
  }

  @Test
  void aDamagedFrameBehindTheEndIsNotPassedOver() {
    FrameSealer sealer = deliver(3);
    byte[] end = end(sealer, 0);
    take(end);
    StreamPosition before = verifier.position(false, 0).orElseThrow();
    for (int connection = 0; connection < 3; connection++) {
      reconnectAt(4);
      verifier.head(sealer.head());
      assertCode(ErrorCode.CORRUPT, () -> take(damaged(at(sealer, 4))));
    }
    assertThat(verifier.position(false, 0)).contains(before);
    verifier.head(epoch(EPOCH + 10, EPOCH + 10, 0).head());
    assertThat(verifier.pollEvent()).as("it was complete").isNull();
  }
}
