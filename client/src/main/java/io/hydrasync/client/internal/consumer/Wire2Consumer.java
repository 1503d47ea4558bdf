package io.hydrasync.client.internal.consumer;

import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.FrameReader;
import io.hydrasync.client.internal.connection.RelayConnection;
import io.hydrasync.client.internal.stream.MessageCursor;
import io.hydrasync.client.internal.stream.StreamEnd;
import io.hydrasync.client.internal.stream.StreamPosition;
import io.hydrasync.client.internal.stream.StreamVerifier;
import io.hydrasync.client.internal.threads.ReceivingThread;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PeersMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A consumer on wire 2: reads, and makes a broken connection anew from the first frame that has not
 * been delivered. For the thread that receives, but for {@link #close()}.
 */
public final class Wire2Consumer implements ConsumerWire {
  /** How long after its deadline a call still takes what has been read: none of it is a message. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** How long a call that has been closed may take to notice. */
  private static final long CLOSING_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ReceivingThread receiver = new ReceivingThread();
  private final StreamVerifier verifier;
  private final StallWatch stalls;
  private final ConsumerLink link;
  private final MessageCursor messages = new MessageCursor();
  private final @Nullable Consumer<GapException> gapListener;

  /**
   * A message of the current frame has been handed out and another one follows, so there is nothing
   * to tell before it. A frame may have a thousand messages, so they take the shortest way.
   */
  private boolean withinFrame;

  private volatile boolean ended;
  private boolean sessionOver;
  private @Nullable HydraException fatal;

  /**
   * Connects and joins.
   *
   * @param verifier knows where to begin or to go on
   * @param gapListener hears of gaps, which are thrown if it is null
   * @param stallListener hears of stalls
   */
  public Wire2Consumer(
      ClientOptions options,
      ConsumerLink.Terms terms,
      StreamVerifier verifier,
      @Nullable Consumer<GapException> gapListener,
      Consumer<StallWatch.Noticed> stallListener) {
    ConsumerWire.rehearse();
    this.verifier = verifier;
    stalls = new StallWatch(terms.nanos(), System::currentTimeMillis, stallListener);
    this.gapListener = gapListener;
    link = new ConsumerLink(options, terms, verifier, receiver, () -> isDue(stalls));
    joined();
  }

  @Override
  public @Nullable ByteBuffer receive(long deadline) {
    if (withinFrame && receiver.enterShort()) {
      try {
        if (withinFrame && !link.isClosed()) {
          return nextMessage();
        }
      } finally {
        receiver.leaveShort();
      }
    }
    receiver.enter();
    try {
      return receiveFrame(deadline);
    } finally {
      receiver.leave();
    }
  }

  private ByteBuffer nextMessage() {
    ByteBuffer message = messages.next();
    withinFrame = messages.isPending();
    return message;
  }

  private @Nullable ByteBuffer receiveFrame(long deadline) {
    boolean first = true;
    while (true) {
      tellEvents();
      if (messages.isPending()) {
        return nextMessage();
      }
      HydraException last = fatal;
      if (last != null) {
        throw last;
      }
      if (ended) {
        return null;
      }
      if (!first && deadline != FOREVER) {
        checkDeadline(deadline);
      }
      first = false;
      step(deadline);
    }
  }

  /** A relay that sends what is no message does not hold the caller. */
  private void checkDeadline(long deadline) {
    long late = System.nanoTime() - deadline;
    if (late >= GRACE_NANOS
        || (late >= 0 && !(link.isUp() && link.connection().frames().isNextBuffered()))) {
      throw nothingInTime();
    }
  }

  private static ReceiveTimeoutException nothingInTime() {
    return new ReceiveTimeoutException("no message within the time given");
  }

  /** Outside of all that is caught: what a listener throws is not ours. */
  private void tellEvents() {
    checkOpen();
    stalls.tell();
    while (verifier.hasEvents()) {
      checkOpen();
      HydraException event = Objects.requireNonNull(verifier.pollEvent());
      Consumer<GapException> listener = gapListener;
      if (listener == null || !(event instanceof GapException gap)) {
        throw event;
      }
      listener.accept(gap);
    }
    checkOpen();
  }

  private void checkOpen() {
    if (link.isClosed()) {
      throw ConsumerWire.closed(null);
    }
  }

  /** Takes one frame, or repairs the connection. */
  private void step(long deadline) {
    try {
      if (link.isUp()) {
        takeFrame(deadline);
      } else {
        restore(deadline);
      }
    } catch (SocketTimeoutException e) {
      timedOut(e, deadline);
    } catch (InterruptedIOException e) {
      throw ConsumerWire.interrupted(e);
    } catch (IOException e) {
      link.lost(link.disconnected("the connection to the relay broke: " + e.getMessage(), e));
    } catch (AuthenticationException | RelayException | ConnectionException e) {
      link.lost(e);
    } catch (ProtocolException e) {
      fatal = e;
    } catch (HydraException e) {
      throw e; // of this call only
    } catch (RuntimeException e) { // such as a key that close() has zeroed meanwhile
      ends(e);
    } catch (Error e) { // such as no memory
      if (!link.isUp()) {
        throw e; // the next call makes the connection
      }
      ends(e);
    }
  }

  /** A frame may be lost by now: whatever happens here, no later call goes on behind it. */
  private void ends(Throwable what) {
    fatal = ConsumerWire.LAST_RESORT;
    fatal = ConsumerWire.fault(what);
  }

  private void takeFrame(long deadline) throws IOException {
    RelayConnection connection = link.connection();
    if (!(deadline == FOREVER
        ? connection.nextFrame()
        : connection.nextFrame(timeoutMs(deadline)))) {
      connectionEnded();
      return;
    }
    if (connection.frames().type() == Frames.SEALED) {
      handleControls(connection);
      stalls.look(); // PONGs come for this, among other things
      if (stalls.isAwayTooLong()) {
        link.leave();
      }
    } else {
      handleFrame(connection);
    }
  }

  private static boolean isDue(StallWatch stalls) {
    return stalls.isOverdue() || stalls.isAwayTooLong();
  }

  private void timedOut(SocketTimeoutException problem, long deadline) {
    stalls.look();
    if (link.isSilentTooLong()) { // also of who waits for a moment at a time
      link.lost(link.disconnected("the relay has fallen silent", problem));
    }
    if (deadline != FOREVER && System.nanoTime() - deadline >= 0) {
      throw nothingInTime();
    }
  }

  private int timeoutMs(long deadline) {
    long left = Math.min(stalls.leftNanos(), deadline - System.nanoTime());
    long ms = left / 1_000_000 + 1; // rounded up: at the end of the wait it is really over
    return (int) Math.max(1, Math.min(RelayConnection.LIVENESS_MS, ms));
  }

  private void handleFrame(RelayConnection connection) {
    FrameReader frames = connection.frames();
    int type = frames.type();
    if (!Frames.isRelayed(type)) {
      throw connection.corrupt("a frame of type 0x" + Integer.toHexString(type));
    }
    if (type == Frames.HEAD) {
      byte[] head = new byte[frames.length()];
      System.arraycopy(frames.buffer(), frames.offset(), head, 0, head.length);
      if (verifier.head(head)) {
        stalls.frame();
      }
      return;
    }
    try {
      takeFrame(frames);
    } catch (RuntimeException | Error e) {
      verifier.takeBack(); // it has not been handed out, and the position says so
      throw e;
    }
  }

  private void takeFrame(FrameReader frames) {
    long before = verifier.next();
    StreamVerifier.Outcome outcome =
        verifier.frame(frames.buffer(), frames.offset(), frames.length());
    if (outcome == StreamVerifier.Outcome.PASSED_OVER) {
      return; // whoever is in between can make as many of these as he likes
    }
    stalls.frame();
    if (verifier.next() != before) {
      link.progressed(); // what was delivered before and comes again is none
    }
    deliver(outcome);
  }

  private void deliver(StreamVerifier.Outcome outcome) {
    switch (outcome) {
      case MESSAGE, BATCH ->
          messages.take(
              verifier.plaintext(),
              verifier.plaintextLength(),
              outcome == StreamVerifier.Outcome.BATCH,
              verifier.alreadyDelivered());
      case TICK -> stalls.tick(Frames.u64(verifier.plaintext(), 0));
      case END -> ended = true;
      case NOTHING, PASSED_OVER -> {}
    }
  }

  private void handleControls(RelayConnection connection) {
    for (Control message = connection.openRecord();
        message != null;
        message = connection.nextMessage()) {
      if (message instanceof GapMessage gap) {
        verifier.gapAnnounced(gap);
      } else if (message instanceof StateMessage state) {
        sessionOver = state.state() == StateMessage.ENDED;
        stalls.producerLive(state.state() == StateMessage.LIVE);
      } else if (message instanceof PeersMessage peers) {
        connection.peers(peers);
        stalls.stays();
      } else if (message.type() == PeersMessage.TYPE) {
        throw connection.corrupt("a PEERS that holds what is no address");
      } else if (!(message instanceof PongMessage || message.isIgnorable())) {
        throw connection.corrupt(
            "a control message of type 0x" + Integer.toHexString(message.type()));
      }
    }
  }

  /** FIN from the relay. */
  private void connectionEnded() {
    if (!sessionOver) {
      throw link.disconnected("the relay closed the connection", null);
    }
    if (verifier.end() == StreamEnd.SESSION) {
      ended = true; // delivered before a restart
    } else {
      fatal =
          new SessionTruncatedException(
              "the session is over, but its producer never said so: what came is not the whole");
    }
  }

  private void restore(long deadline) {
    fatal = link.restore(deadline);
    if (fatal == null && link.isUp()) {
      joined();
    }
  }

  private void joined() {
    sessionOver = false;
    JoinedMessage answer = link.connection().joined();
    stalls.joined(
        (answer.flags() & JoinedMessage.FLAG_PRODUCER_LIVE) != 0,
        link.hasOthers()
            ? TimeUnit.SECONDS.toNanos(Math.max(1, answer.lingerSeconds()))
            : Long.MAX_VALUE);
  }

  @Override
  public Optional<StreamPosition> position() {
    if (link.isClosed()) { // also by a shutdown hook, while another thread receives
      receiver.awaitLeft(CLOSING_NANOS);
    }
    return verifier.position(messages.isPending(), messages.handedOut());
  }

  @Override
  public long missedBefore() {
    return verifier.missedBefore();
  }

  @Override
  public boolean isReady() {
    return !link.isClosed()
        && (messages.isPending() || (link.isUp() && link.connection().isMessageBuffered()));
  }

  @Override
  public boolean isProducerLive() {
    return stalls.isProducerLive();
  }

  @Override
  public RelayKey relayKey() {
    return link.connection().relayKey();
  }

  @Override
  public boolean isEnded() {
    return ended;
  }

  @Override
  public void close() {
    link.close();
    verifier.destroy();
  }
}
