package io.hydrasync.server.internal.connection;

import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.NextKeyMessage;
import io.hydrasync.protocol.wire.control.PeersMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The control messages that wait for their turn on a connection: at most one PONG, one ACK, one
 * STATE, one UNREAD, one PEERS, one NEXT_KEY and one GAP, a newer one replacing the older ({@code
 * wire2.md} sections 2, 15 and 17), so that a peer that does not read cannot make them pile up. One
 * is on its way at a time: what comes meanwhile waits here, where the newer replaces it. Confined
 * to the connection's loop.
 */
public final class ControlOutbox {
  private final Function<Control, ChannelFuture> out;
  private final Supplier<@Nullable AckMessage> ackSource;
  private final Runnable goOn;
  private final ChannelFutureListener written = this::written;
  private @Nullable PongMessage pong;
  private @Nullable StateMessage state;
  private @Nullable GapMessage gap;
  private @Nullable UnreadMessage unread;
  private @Nullable PeersMessage peers;
  private @Nullable NextKeyMessage nextKey;
  private boolean ack;
  private boolean inFlight;

  /**
   * An outbox.
   *
   * @param out seals and writes a message, without a flush
   * @param ackSource makes an ACK when it is its turn, so that it is never stale
   * @param goOn run when a message is with the kernel and others wait: writes the next when it may
   */
  public ControlOutbox(
      Function<Control, ChannelFuture> out,
      Supplier<@Nullable AckMessage> ackSource,
      Runnable goOn) {
    this.out = out;
    this.ackSource = ackSource;
    this.goOn = goOn;
  }

  public void pong(PongMessage message) {
    pong = message;
  }

  public void state(int value) {
    state = new StateMessage(value);
  }

  /** Joins a gap that no frame has followed. */
  public void gap(GapMessage message) {
    GapMessage pending = gap;
    gap =
        pending != null && pending.stream() == message.stream() && pending.to() == message.from()
            ? new GapMessage(message.stream(), pending.from(), message.to())
            : message;
  }

  public void ack() {
    ack = true;
  }

  public void unread(UnreadMessage message) {
    unread = message;
  }

  public void peers(PeersMessage message) {
    peers = message;
  }

  public void nextKey(NextKeyMessage message) {
    nextKey = message;
  }

  public boolean isEmpty() {
    return pong == null
        && state == null
        && gap == null
        && unread == null
        && peers == null
        && nextKey == null
        && !ack;
  }

  /** Whether a message is on its way. */
  public boolean isInFlight() {
    return inFlight;
  }

  /** Whether a message waits, and none is on its way. */
  public boolean isReady() {
    return !inFlight && !isEmpty();
  }

  /** Writes the next message if it is ready, without a flush; false if there is none. */
  public boolean write() {
    Control message = inFlight ? null : poll();
    if (message == null) {
      return false;
    }
    inFlight = true;
    out.apply(message).addListener(written);
    return true;
  }

  private void written(ChannelFuture done) {
    inFlight = false;
    if (done.isSuccess() && !isEmpty()) {
      goOn.run();
    }
  }

  /** Whether a gap waits. */
  public boolean hasGap() {
    return gap != null;
  }

  /** The gap that waits, which must come before anything of the log. */
  @Nullable
  public Control pollGap() {
    Control next = gap;
    gap = null;
    return next;
  }

  /** The next message to send, or null. */
  @Nullable Control poll() {
    Control next = pollGap();
    if (next != null) {
      return next;
    }
    next = state;
    if (next != null) {
      state = null;
      return next;
    }
    next = pong;
    if (next != null) {
      pong = null;
      return next;
    }
    next = unread;
    if (next != null) { // once a second at the most, so that it keeps no ACK back
      unread = null;
      return next;
    }
    next = peers;
    if (next != null) {
      peers = null;
      return next;
    }
    next = nextKey;
    if (next != null) {
      nextKey = null;
      return next;
    }
    if (ack) {
      ack = false;
      return ackSource.get();
    }
    return null;
  }
}
