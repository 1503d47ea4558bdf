package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.TimeoutException;
import io.hydrasync.protocol.wire.Control;
import io.hydrasync.protocol.wire.Frames;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A consumer on wire 2: reads, and makes a broken connection anew from the first frame that has not
 * been delivered. For the thread that receives, but for {@link #close()}.
 */
final class Wire2Consumer implements ConsumerWire {
  private final StreamVerifier verifier;
  private final StallWatch stalls;
  private final ConsumerLink link;
  private final MessageCursor messages = new MessageCursor();
  private final @Nullable Consumer<Gap> gapListener;

  /**
   * A message of the current frame has been handed out and another one follows, so there is nothing
   * to tell before it. A frame may have a thousand messages, so they take the shortest way.
   */
  private boolean withinFrame;

  private boolean ended;
  private boolean sessionOver;
  private @Nullable HydraException fatal;

  /**
   * Connects and joins.
   *
   * @param verifier knows where to begin or to go on
   * @param gapListener hears of gaps, which are thrown if it is null
   * @param stallListener hears of stalls
   */
  Wire2Consumer(
      ClientOptions options,
      ConsumerLink.Terms terms,
      StreamVerifier verifier,
      @Nullable Consumer<Gap> gapListener,
      Consumer<Stall> stallListener) {
    this.verifier = verifier;
    stalls = new StallWatch(System::nanoTime, System::currentTimeMillis, stallListener);
    this.gapListener = gapListener;
    link = new ConsumerLink(options, terms, verifier, stalls::isOverdue);
    joined();
  }

  @Override
  public @Nullable ByteBuffer receive(long deadline) {
    if (withinFrame && !link.isClosed()) {
      return nextMessage();
    }
    return receiveFrame(deadline);
  }

  private ByteBuffer nextMessage() {
    ByteBuffer message = messages.next();
    withinFrame = messages.isPending();
    return message;
  }

  private @Nullable ByteBuffer receiveFrame(long deadline) {
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
      step(deadline);
    }
  }

  private void tellEvents() {
    if (link.isClosed()) {
      throw new IllegalStateException("this consumer is closed");
    }
    if (!verifier.hasEvents()) {
      return;
    }
    HydraException event = verifier.pollEvent();
    while (event != null) {
      Consumer<Gap> listener = gapListener;
      if (listener == null || !(event instanceof GapException gap)) {
        throw event;
      }
      listener.accept(Gap.of(gap));
      event = verifier.pollEvent();
    }
  }

  /** Takes one frame, or repairs the connection. */
  private void step(long deadline) {
    RelayConnection connection = link.connection();
    try {
      if (!(deadline == FOREVER
          ? connection.nextFrame()
          : connection.nextFrame(timeoutMs(deadline)))) {
        connectionEnded();
        return;
      }
      if (connection.frames().type() == Frames.SEALED) {
        handleControls(connection);
        stalls.look(); // PONGs come for this, among other things
      } else {
        handleFrame(connection);
      }
      link.heard();
    } catch (SocketTimeoutException e) {
      stalls.look();
      if (System.nanoTime() - deadline >= 0 && deadline != FOREVER) {
        throw new TimeoutException("no message within the time given");
      }
      if (link.isSilentTooLong()) {
        reconnect(link.disconnected("the relay has fallen silent", e), deadline);
      }
    } catch (IOException e) {
      reconnect(
          link.disconnected("the connection to the relay broke: " + e.getMessage(), e), deadline);
    } catch (AuthenticationException | RelayException | ConnectionException e) {
      reconnect(e, deadline);
    } catch (ProtocolException e) {
      fatal = e;
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
    stalls.frame();
    if (type == Frames.HEAD) {
      byte[] head = new byte[frames.length()];
      System.arraycopy(frames.buffer(), frames.offset(), head, 0, head.length);
      verifier.head(head);
      return;
    }
    long before = verifier.next();
    StreamVerifier.Outcome outcome =
        verifier.frame(frames.buffer(), frames.offset(), frames.length());
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
      case NOTHING -> {}
    }
  }

  private void handleControls(RelayConnection connection) {
    for (Control message = connection.openRecord();
        message != null;
        message = connection.nextMessage()) {
      if (message instanceof Control.Gap gap) {
        verifier.gapAnnounced(gap);
      } else if (message instanceof Control.State state) {
        sessionOver = state.state() == Control.STATE_ENDED;
        stalls.producerLive(state.state() == Control.STATE_LIVE);
      } else if (!(message instanceof Control.Pong || message.isIgnorable())) {
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
    if (verifier.end() == Position.End.SESSION) {
      ended = true; // delivered before a restart
    } else {
      fatal =
          new SessionTruncatedException(
              "the session is over, but its producer never said so: what came is not the whole");
    }
  }

  private void reconnect(HydraException problem, long deadline) {
    fatal = link.reconnect(problem, deadline);
    if (fatal == null) {
      joined();
    }
  }

  private void joined() {
    sessionOver = false;
    int flags = link.connection().joined().flags();
    stalls.producerLive((flags & Control.FLAG_PRODUCER_LIVE) != 0);
  }

  @Override
  public Optional<Position> position() {
    return verifier.position(messages.isPending(), messages.handedOut());
  }

  @Override
  public long missedBefore() {
    return verifier.missedBefore();
  }

  @Override
  public boolean isReady() {
    return messages.isPending() || link.connection().isMessageBuffered();
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
