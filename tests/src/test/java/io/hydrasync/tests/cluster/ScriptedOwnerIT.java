package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an edge does with an owner that sends things together, late, not at all, or wrong. */
@Timeout(60)
class ScriptedOwnerIT extends ClusterScene {
  private static final long STREAM = ScriptedOwner.EPOCH;
  private static final int BYTES = 100;
  private static final int SOON_MS = 1_500;

  private final SessionSecrets session = session(true);

  private ScriptedOwner owner() throws Exception {
    return opened(cluster.scriptedOwner());
  }

  private static byte[] data(long seq) {
    return RawPeer.frameBytes(Frames.DATA, seq, BYTES);
  }

  private byte[] head(long epoch, long first) {
    byte[] prefix = Head.prefix(epoch, STREAM, first, 0, new byte[Head.SALT_LENGTH], true);
    byte[] commit = new byte[Head.COMMIT_LENGTH];
    byte[] signature =
        session
            .owner()
            .orElseThrow()
            .sign(Head.signedMessage(Head.transcript(session.id(), prefix), commit));
    return ByteBuffer.allocate(prefix.length + commit.length + signature.length)
        .put(prefix)
        .put(commit)
        .put(signature)
        .array();
  }

  private RawPeer consumer(TestCluster.Node node, int flags) throws Exception {
    RawPeer.Join join =
        new RawPeer.Join(
            Role.CONSUMER,
            flags,
            JoinMessage.START_OLDEST,
            Overflow.DEFAULT,
            0,
            0,
            new byte[JoinMessage.RESUME_LENGTH]);
    return opened(
        new RawPeer(node.relay().address(), session.id(), Optional.<OwnerKey>empty(), join));
  }

  private static void assertNextIsFrame(RawPeer consumer, long seq) throws Exception {
    RawPeer.Received got = consumer.next(SOON_MS);
    while (got.frame() == null || got.type() == Frames.HEAD) {
      got = consumer.next(SOON_MS);
    }
    assertThat(got.seq()).isEqualTo(seq);
  }

  @Test
  void framesBehindControlMessagesInOneReadAreTakenAtOnce() throws Exception {
    TestCluster.Node edge = cluster.start();
    ScriptedOwner owner = owner();
    RawPeer consumer = consumer(edge, JoinMessage.FLAG_WAIT);
    owner.claim(session.id(), true);
    ScriptedLink link = opened(owner.accept());
    link.joined(STREAM, 0).say(head(STREAM, 0)).say(data(0)).flush();
    assertNextIsFrame(consumer, 0);

    link.say(new StateMessage(StateMessage.AWAY))
        .say(data(1))
        .say(new StateMessage(StateMessage.LIVE))
        .say(data(2))
        .flush();

    assertNextIsFrame(consumer, 1);
    assertNextIsFrame(consumer, 2);
  }

  @Test
  void whoWaitedForTheSessionIsToldWhereTheMirrorBegins() throws Exception {
    TestCluster.Node edge = cluster.start();
    ScriptedOwner owner = owner();
    RawPeer consumer = consumer(edge, JoinMessage.FLAG_WAIT);
    assertThat(consumer.joined().seq()).isZero();
    owner.claim(session.id(), true);
    ScriptedLink link = opened(owner.accept());
    link.joined(STREAM, 500).say(head(STREAM, 0)).say(data(500)).flush();

    RawPeer.Received head = consumer.await(got -> got.frame() != null);
    assertThat(head.type()).isEqualTo(Frames.HEAD);
    RawPeer.Received gap =
        consumer.await(got -> got.frame() != null || got.control() instanceof GapMessage);
    assertThat(gap.control()).isEqualTo(new GapMessage(STREAM, 0, 500));
    assertNextIsFrame(consumer, 500);
  }

  @Test
  void whoWaitsForTheFirstHeadOfAMirrorIsToldThatTheSessionIsOver() throws Exception {
    TestCluster.Node edge = cluster.start();
    ScriptedOwner owner = owner();
    owner.claim(session.id(), true);
    Future<RawPeer> joining = Fixture.async(() -> consumer(edge, 0));
    ScriptedLink link = opened(owner.accept());
    link.joined(0, 0).flush();
    RawPeer consumer = Fixture.join(joining);

    link.say(new StateMessage(StateMessage.ENDED)).flush();

    StateMessage last =
        consumer.await(StateMessage.class, state -> state.state() == StateMessage.ENDED);
    assertThat(last.state()).isEqualTo(StateMessage.ENDED);
  }

  /** Whoever is between two nodes can change a bit of a HEAD: the mirror keeps what it has. */
  @Test
  void aHeadThatTheOwnerHasNotSignedDoesNotBeginTheMirrorAnew() throws Exception {
    TestCluster.Node edge = cluster.start();
    ScriptedOwner owner = owner();
    owner.claim(session.id(), true);
    Future<RawPeer> joining = Fixture.async(() -> consumer(edge, 0));
    ScriptedLink link = opened(owner.accept());
    link.joined(STREAM, 0).say(head(STREAM, 0)).say(data(0)).flush();
    assertNextIsFrame(Fixture.join(joining), 0);
    byte[] wrong = head(STREAM, 0);
    wrong[wrong.length - 1] ^= 1;
    link.say(wrong).flush();
    assertThat(link.isClosedWithin(Duration.ofSeconds(2))).isTrue();

    JoinMessage next = opened(owner.accept()).join();
    assertThat(next.start()).isEqualTo(JoinMessage.START_AT);
    assertThat(next.seq()).isEqualTo(1);
  }

  @Test
  void aLinkThatIsPromisedTheFirstHeadAndGetsNoneIsGivenUp() throws Exception {
    TestCluster.Node edge = cluster.start();
    ScriptedOwner owner = owner();
    consumer(edge, JoinMessage.FLAG_WAIT);
    owner.claim(session.id(), false); // else its consumers would be sent away, and the link ended
    ScriptedLink link = opened(owner.accept());
    link.joined(STREAM, 0).flush();

    assertThat(link.isClosedWithin(Duration.ofSeconds(6))).isTrue();
  }

  @Test
  void aLinkThatBringsNothingTellsNobodyThatTheProducerIsThere() throws Exception {
    TestCluster.Node edge = cluster.start();
    ScriptedOwner owner = owner();
    RawPeer consumer = consumer(edge, JoinMessage.FLAG_WAIT);
    owner.claim(session.id(), true);
    try (ScriptedLink link = owner.accept()) {
      link.joined(STREAM, 0).say(head(STREAM, 0)).say(data(0)).flush();
      assertNextIsFrame(consumer, 0);
    }
    consumer.await(StateMessage.class, state -> state.state() == StateMessage.AWAY);
    try (ScriptedLink link = owner.accept()) {
      link.joined(STREAM, 5).flush();
    }
    opened(owner.accept());

    assertThat(consumer.during(SOON_MS)).noneMatch(got -> got.control() instanceof StateMessage);
  }

  /** An owner that drains, or has too much to do, says when it wants to be asked again. */
  @Test
  void anOwnerIsLeftAloneForAsLongAsItsErrorSays() throws Exception {
    TestCluster.Node edge = cluster.start();
    ScriptedOwner owner = owner();
    RawPeer consumer = consumer(edge, JoinMessage.FLAG_WAIT);
    owner.claim(session.id(), false); // else its consumers would be sent away, and the link ended
    long told;
    try (ScriptedLink link = owner.accept()) {
      link.joined(STREAM, 0).say(head(STREAM, 0)).say(data(0)).flush();
      assertNextIsFrame(consumer, 0);
      told = System.nanoTime();
      link.say(new ErrorMessage(ErrorCode.SHUTDOWN.wireCode(), 2_500, "drains")).flush();
      assertThat(link.isClosedWithin(Duration.ofSeconds(2))).isTrue();
    }
    try (ScriptedLink refused = owner.accept()) {
      assertThat(Duration.ofNanos(System.nanoTime() - told))
          .isGreaterThan(Duration.ofMillis(2_400));
      told = System.nanoTime();
      refused.say(new ErrorMessage(ErrorCode.LIMIT.wireCode(), 2_500, "too many")).flush();
    }
    opened(owner.accept());
    assertThat(Duration.ofNanos(System.nanoTime() - told)).isGreaterThan(Duration.ofMillis(2_400));
  }

  @Test
  void anEdgeSaysByeToALinkThatItDoesNotWantAnyMore() throws Exception {
    TestCluster.Node edge = cluster.start(options -> options.linger(Duration.ofSeconds(1)));
    ScriptedOwner owner = owner();
    RawPeer consumer = consumer(edge, JoinMessage.FLAG_WAIT);
    owner.claim(session.id(), true);
    ScriptedLink link = opened(owner.accept());
    link.joined(STREAM, 0).say(head(STREAM, 0)).say(data(0)).flush();
    assertNextIsFrame(consumer, 0);

    consumer.close(); // the mirror is kept for the linger time

    assertThat(link.isClosedWithin(Duration.ofSeconds(6))).isTrue();
    assertThat(link.hasSaidBye()).isTrue();
  }

  @Test
  void aPlaceThatNoFrameCanHaveIsNotAskedForAgain() throws Exception {
    TestCluster.Node edge = cluster.start();
    ScriptedOwner owner = owner();
    RawPeer consumer = consumer(edge, JoinMessage.FLAG_WAIT);
    owner.claim(session.id(), true);
    ScriptedLink link = opened(owner.accept());
    link.joined(STREAM, 0).say(head(STREAM, 0)).say(data(0)).flush();
    assertNextIsFrame(consumer, 0);

    link.say(new GapMessage(STREAM, 1, Frames.SEQ_LIMIT + 1)).flush();
    assertThat(link.isClosedWithin(Duration.ofSeconds(2))).isTrue();

    ScriptedLink next = opened(owner.accept());
    assertThat(next.join().seq()).isEqualTo(1);
    next.joined(STREAM, 1).say(head(STREAM, 0)).say(data(1)).flush();
    assertNextIsFrame(consumer, 1);
  }
}
