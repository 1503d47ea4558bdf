package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.connection.Attempt;
import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.RelayConnection;
import io.hydrasync.client.internal.connection.RelayRound;
import io.hydrasync.client.internal.connection.RelaySocket;
import io.hydrasync.client.internal.connection.RetryPolicy;
import io.hydrasync.client.internal.files.LastEpoch;
import io.hydrasync.client.internal.stream.AckProgress;
import io.hydrasync.client.internal.stream.FailureCount;
import io.hydrasync.client.internal.stream.ProducerEpoch;
import io.hydrasync.client.internal.stream.ProducerStream;
import io.hydrasync.client.internal.threads.ClientTimer;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.OwnerProof;
import io.hydrasync.protocol.wire.control.JoinMessage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A producer's connections to its relay, one after the other. Each has a thread of its own, which
 * reads control frames; when its connection ends it makes the next one, which has another. Whatever
 * ends such a thread ends in one place, {@link #run}, and is told to those who wait.
 */
final class ProducerConnections {
  /** Told where there is no memory for anything else. */
  static final ConnectionException LAST_RESORT =
      new ConnectionException(
          ErrorCode.DISCONNECTED,
          "the connection to the relay is lost: out of memory",
          new OutOfMemoryError("while a failure was told"));

  /** Sealing everything anew for the fourth time without progress is a failure. */
  private static final int FIRST_IN_VAIN = 4;

  private final ClientOptions options;
  private final ProducerLink.Terms terms;
  private final SessionSecrets session;
  private final ProducerLink link;
  private final ProducerEpoch.Opener epochs;
  private final FailureCount failures = new FailureCount();
  private final RelayRound round;
  private final RetryPolicy retries;
  private final AckProgress progress = new AckProgress();

  /** How often everything has been sealed anew since there was progress. */
  private int sealedAnew;

  private final UnreadNews unread;
  private final AtomicBoolean failureTold = new AtomicBoolean();
  private volatile byte[] resumeToken = new byte[JoinMessage.RESUME_LENGTH];
  private volatile @Nullable Attempt<RelayConnection> attempt;

  /**
   * No connection so far.
   *
   * @param link what is sent over them
   */
  ProducerConnections(ClientOptions options, ProducerLink.Terms terms, ProducerLink link) {
    this.options = options;
    this.terms = terms;
    this.link = link;
    session = terms.session();
    round = new RelayRound(options.relays(), terms.nanos());
    retries = new RetryPolicy(terms.reconnectTimeout(), terms.nanos(), failures, round);
    unread = new UnreadNews(terms.unreadListener());
    epochs =
        new ProducerEpoch.Opener(
            session, new LastEpoch(terms.lastEpochFile()), System::currentTimeMillis);
  }

  ProducerEpoch.Opener epochs() {
    return epochs;
  }

  UnreadNews unread() {
    return unread;
  }

  // ---- joining ----

  /** The first one; nothing is tried again. */
  RelayConnection first() {
    RelayConnection first =
        RelaySocket.await(RelayConnection.start(options, round, hash -> join(hash, null)));
    retries.joined(0);
    return first;
  }

  /**
   * JOIN. Once a HEAD has begun to be sent it names the highest epoch of which that is so, whatever
   * the relay has of it: only a producer that has opened none takes the session from another one
   * ({@code wire2.md} section 4).
   */
  private JoinMessage join(byte[] handshakeHash, @Nullable ProducerEpoch last) {
    JoinMessage join =
        JoinMessage.of(Role.PRODUCER, session.id())
            .overflow(terms.overflow())
            .withResume(resumeToken);
    if (last != null) {
      join = join.at(last.epoch(), link.status().acknowledged());
    }
    return session.owner().isEmpty()
        ? join
        : join.withOwner(OwnerProof.sign(session.owner().get(), handshakeHash, session.id()));
  }

  /** Reads a connection from now on. */
  void startReader(RelayConnection of) {
    resumeToken = of.joined().resume();
    ClientTimer.daemon("hydra-producer").newThread(() -> run(of)).start();
  }

  // ---- a connection's thread ----

  private void run(RelayConnection from) {
    try {
      reconnect(read(from));
    } catch (Throwable e) {
      // An Error of a listener, a file that cannot be written, no memory: nobody else would tell
      // those who wait.
      link.broken(e);
    }
    if (link.status().failure() != null && !link.status().isClosing()) {
      tellFailure();
    }
  }

  private HydraException read(RelayConnection from) {
    try {
      ProducerReader reader =
          new ProducerReader(
              from, () -> link.stream().current(), link.status(), this::relayed, unread);
      HydraException end = reader.read();
      if (reader.wasLiedTo()) {
        link.stream().distrust();
      }
      return end;
    } finally {
      from.close(); // a write that is stuck ends with this
      from.destroyReader();
      link.writesNoMoreTo(from);
    }
  }

  private void relayed(ProducerEpoch epoch, long next) {
    AckProgress.Worth worth = progress.take(epoch, next);
    if (worth != AckProgress.Worth.NOTHING) {
      sealedAnew = 0;
      failures.progressed();
    }
    if (worth == AckProgress.Worth.OF_STREAM) {
      retries.progressed();
    }
  }

  /** Makes the next connection, or the failure stick, unless nobody needs the one or the other. */
  private void reconnect(HydraException first) throws InterruptedException {
    ProducerStatus status = link.status();
    status.disconnected();
    HydraException problem = first;
    boolean told = false;
    while (!status.isClosing() && status.failure() == null) {
      RetryPolicy.Decision decision = retries.after(problem, failures.takeThrown(due()));
      if (!decision.retry()) {
        status.failed(decision.outOfTime() ? gaveUp(problem) : problem);
        return;
      }
      if (!told) {
        tell(LinkListener::reconnecting);
        told = true;
      }
      status.pause(decision.waitNanos());
      try {
        if (!status.isClosing() && status.failure() == null) {
          connectAgain();
        }
        return;
      } catch (Unreachable e) {
        problem = e.why;
      }
    }
  }

  private FailureCount.Place due() {
    return FailureCount.Place.frame(link.stream().name(), link.status().acknowledged());
  }

  /** No connection could be made this time. */
  private static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient HydraException why;

    Unreachable(HydraException why) {
      super(why);
      this.why = why;
    }
  }

  private void connectAgain() throws Unreachable {
    RelayConnection fresh;
    try {
      ProducerEpoch last = link.stream().current();
      Attempt<RelayConnection> current =
          RelayConnection.start(options, round, hash -> join(hash, last));
      attempt = current;
      if (link.status().isClosing()) {
        current.giveUp();
      }
      fresh = RelaySocket.await(current);
    } catch (HydraException e) {
      throw new Unreachable(e);
    }
    retries.joined(System.nanoTime() - fresh.joinedAtNanos());
    ProducerStream.Outcome outcome = link.adopt(fresh);
    if (outcome != null) {
      tell(listener -> listener.connected(outcome));
    }
  }

  /**
   * Reads another connection from now on, over which the stream goes on.
   *
   * @throws HydraException CORRUPT if the relay does not want what it would be sent
   */
  void goOn(RelayConnection fresh) {
    if (link.stream().startsOver(fresh.joined())) {
      checkKept(fresh);
    }
    startReader(fresh);
  }

  /**
   * A relay that has forgotten the epoch gets everything once more; one that forgets it time and
   * again, and never says that it has anything, does not want it.
   */
  private void checkKept(RelayConnection fresh) {
    if (++sealedAnew < FIRST_IN_VAIN) {
      return;
    }
    long oldest = link.stream().oldest();
    FailureCount.Place where = FailureCount.Place.frame(link.stream().name(), oldest);
    if (failures.count(new FailureCount.Failure(where, due(), true))) {
      fresh.discard();
      throw inVain(fresh, oldest);
    }
  }

  private HydraException inVain(RelayConnection fresh, long oldest) {
    return fresh.corrupt(
        "no acknowledgment of what it was sent in "
            + sealedAnew
            + " epochs, each with all frames from "
            + oldest
            + " on: it does not keep them; try another relay");
  }

  /** Nobody needs another connection: one that is being made is given up. After closing. */
  void giveUp() {
    Attempt<RelayConnection> current = attempt;
    if (current != null) {
      current.giveUp();
    }
  }

  private ConnectionException gaveUp(HydraException last) {
    return new ConnectionException(
        ErrorCode.DISCONNECTED, retries.describe() + ": " + last.getMessage(), last);
  }

  // ---- the listener ----

  /** An exception of the listener harms nothing; an Error ends the producer, see {@link #run}. */
  private void tell(Consumer<LinkListener> news) {
    try {
      news.accept(terms.listener());
    } catch (RuntimeException e) {
      // the application's; a listener that fails must not end the reconnecting
    } finally {
      Thread.interrupted(); // nor one that leaves the flag of this thread set
    }
  }

  private void tellFailure() {
    if (failureTold.compareAndSet(false, true)) {
      try {
        tell(LinkListener::failed);
      } catch (Error e) {
        // those who wait have been told of the first failure
      }
    }
  }
}
