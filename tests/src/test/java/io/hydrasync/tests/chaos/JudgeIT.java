package io.hydrasync.tests.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.tests.chaos.Finding.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The judge of {@link ClusterChaos} sees each fault in the logs of clients, and none where none is.
 */
class JudgeIT {
  private static final int LOSSLESS = 0;
  private static final int LOSSY = 1;
  private static final long STREAM = 7;

  @TempDir private Path directory;

  private final List<ChaosSession> sessions = List.of(session(LOSSLESS), session(LOSSY));
  private ClientLog producer;
  private ClientLog consumer;
  private Judge judge;
  private int index;

  private static ChaosSession session(int index) {
    return ChaosSession.of(
        index, List.of(new RelayAddress("127.0.0.1", 1)), RelayKey.of(new byte[32]));
  }

  @BeforeEach
  void begin() throws IOException {
    judge = new Judge(directory, sessions);
    of(LOSSLESS);
  }

  private void of(int session) throws IOException {
    if (producer != null) {
      end();
    }
    producer = new ClientLog(directory, sessions.get(session).producerLog());
    consumer = new ClientLog(directory, sessions.get(session).consumerLog(0));
    index = session;
  }

  @AfterEach
  void end() throws IOException {
    producer.close();
    consumer.close();
  }

  private void taken(int incarnation, long count) {
    producer.append(Entry.of(Entry.Kind.TOOK, incarnation, count - 1, 0, 0));
  }

  /** The consumer gets a message, which is in the frame behind that of its number. */
  private void given(int incarnation, long number) {
    byte[] message =
        new Payload(index, incarnation, sessions.get(index).shape().size).of(number, 1).clone();
    consumer.append(Payload.entry(ByteBuffer.wrap(message), STREAM + incarnation, number + 1));
  }

  private void gap(long from, long to) {
    consumer.append(Entry.of(Entry.Kind.GAP, 0, from, STREAM, to));
  }

  private void is(Kind... kinds) throws IOException {
    assertThat(judge.look()).extracting(Finding::kind).containsExactly(kinds);
  }

  @Test
  void findsNothingWhereEachMessageComesOnceInOrder() throws IOException {
    taken(0, 3);
    given(0, 0);
    given(0, 1);
    is();
    given(0, 2);
    producer.append(Entry.of(Entry.Kind.CLOSED, 0));
    consumer.append(Entry.of(Entry.Kind.END, 0));
    is();
    assertThat(judge.given()).isEqualTo(3);
  }

  @Test
  void findsAMessageThatComesTwice() throws IOException {
    given(0, 0);
    given(0, 1);
    given(0, 1);
    is(Kind.TWICE);
  }

  @Test
  void findsTwoThatAreSwapped() throws IOException {
    of(LOSSY);
    given(0, 0);
    gap(2, 3);
    given(0, 2);
    given(0, 1);
    assertThat(judge.look()).extracting(Finding::kind).contains(Kind.OUT_OF_ORDER);
  }

  @Test
  void findsOneThatIsMissingAndWasNotAnnounced() throws IOException {
    of(LOSSY);
    given(0, 0);
    given(0, 2);
    is(Kind.UNANNOUNCED);
  }

  @Test
  void findsAnAnnouncementThatIsTooShort() throws IOException {
    of(LOSSY);
    given(0, 0);
    gap(2, 3);
    given(0, 3);
    is(Kind.UNANNOUNCED);
  }

  @Test
  void findsAnAnnouncementOfOtherFramesThanThoseThatAnotherConsumerGot() throws IOException {
    of(LOSSY);
    try (ClientLog other = new ClientLog(directory, sessions.get(LOSSY).consumerLog(1))) {
      Payload payload = new Payload(LOSSY, 0, sessions.get(LOSSY).shape().size);
      for (int number = 0; number < 3; number++) {
        byte[] message = payload.of(number, 1).clone();
        other.append(Payload.entry(ByteBuffer.wrap(message), STREAM, 1 + 3 * number));
      }
    }
    byte[] first = new Payload(LOSSY, 0, sessions.get(LOSSY).shape().size).of(0, 1).clone();
    consumer.append(Payload.entry(ByteBuffer.wrap(first), STREAM, 1));
    gap(5, 7); // the message that is missing was in frame 4
    byte[] third = new Payload(LOSSY, 0, sessions.get(LOSSY).shape().size).of(2, 1).clone();
    consumer.append(Payload.entry(ByteBuffer.wrap(third), STREAM, 7));
    is(Kind.UNANNOUNCED);
  }

  @Test
  void acceptsWhatALossyPolicyHasAnnounced() throws IOException {
    of(LOSSY);
    given(0, 0);
    gap(2, 4);
    given(0, 3);
    is();
    assertThat(judge.missing()).isEqualTo(2);
  }

  @Test
  void findsALossThatIsAnnouncedWhereThePolicyLosesNothing() throws IOException {
    given(0, 0);
    gap(2, 4);
    given(0, 3);
    is(Kind.LOST);
  }

  @Test
  void findsAMessageThatCameAlthoughItWasSaidToBeMissing() throws IOException {
    of(LOSSY);
    given(0, 0);
    gap(2, 9);
    given(0, 3);
    is(Kind.UNANNOUNCED);
  }

  @Test
  void findsAChangedMessage() throws IOException {
    byte[] message = new Payload(index, 0, sessions.get(index).shape().size).of(0, 1).clone();
    message[message.length - 1] ^= 1;
    consumer.append(Payload.entry(ByteBuffer.wrap(message), STREAM, 1));
    is(Kind.CHANGED);
  }

  @Test
  void wantsToBeToldThatAKilledProducersStreamStopped() throws IOException {
    given(0, 0);
    consumer.append(Entry.of(Entry.Kind.TRUNCATED, 0));
    given(1, 0);
    is();
    given(2, 0);
    is(Kind.UNANNOUNCED);
  }

  @Test
  void findsWhatIsMissingInFrontOfTheEnd() throws IOException {
    taken(0, 2);
    given(0, 0);
    consumer.append(Entry.of(Entry.Kind.END, 0));
    is(Kind.UNANNOUNCED);
  }

  @Test
  void tellsWhatClientsSayInWords() throws IOException {
    producer.say(Kind.REFUSED + " REPLACED somebody else");
    consumer.say(Kind.UNVERIFIED + " frame 3 came where frame 2 is due");
    is(Kind.UNVERIFIED, Kind.REFUSED);
  }

  @Test
  void measuresUntilEachHasWhatWasHandedOverBehindTheMark() throws IOException {
    judge.mark(0);
    given(0, 0);
    judge.look();
    assertThat(judge.waiting()).hasSize(5).doesNotContain(sessions.get(LOSSLESS).consumerLog(0));
  }
}
