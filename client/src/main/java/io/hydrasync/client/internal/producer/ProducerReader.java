package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.connection.RelayConnection;
import io.hydrasync.client.internal.stream.ProducerEpoch;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.PeersMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Reads what the relay says to a producer over one connection: acknowledgments, how many consumers
 * there are, errors ({@code wire2.md} section 6, "Producer"). Never writes. For the connection's
 * reading thread.
 */
final class ProducerReader {
  private final RelayConnection connection;
  private final Supplier<ProducerEpoch> current;
  private final ProducerStatus status;
  private final Relayed relayed;
  private final UnreadNews unread;
  private boolean liedTo;

  /** Hears that the relay has something of the present epoch. */
  interface Relayed {
    /**
     * All frames below {@code next} are said to be in the relay's log.
     *
     * @param epoch the present epoch
     */
    void upTo(ProducerEpoch epoch, long next);
  }

  /**
   * A reader.
   *
   * @param connection what is read
   * @param current the epoch that frames are sealed in
   * @param status hears of acknowledgments and consumers
   * @param relayed hears of acknowledgments that can be true
   * @param unread hears of frames of the present stream that nobody took
   */
  ProducerReader(
      RelayConnection connection,
      Supplier<ProducerEpoch> current,
      ProducerStatus status,
      Relayed relayed,
      UnreadNews unread) {
    this.connection = connection;
    this.current = current;
    this.status = status;
    this.relayed = relayed;
    this.unread = unread;
  }

  /** Reads until the connection ends, and says why it did. */
  HydraException read() {
    try {
      while (connection.nextFrame()) {
        if (connection.frames().type() != Frames.SEALED) {
          throw connection.corrupt("a relayed frame to a producer");
        }
        for (Control message = connection.openRecord();
            message != null;
            message = connection.nextMessage()) {
          handle(message);
        }
      }
      return connection.lost("the relay closed the connection", null);
    } catch (SocketTimeoutException e) {
      return connection.lost("the relay has fallen silent", e);
    } catch (IOException e) {
      return connection.lost(e.getMessage(), e);
    } catch (HydraException e) {
      return e;
    }
  }

  private void handle(Control message) {
    if (message instanceof AckMessage ack) {
      acknowledged(ack);
    } else if (message instanceof UnreadMessage news) {
      if (news.stream() == current.get().stream()) {
        unread.heard(news);
      }
    } else if (message.type() == UnreadMessage.TYPE) {
      throw connection.corrupt("an UNREAD cut short");
    } else if (message instanceof PeersMessage peers) {
      connection.peers(peers);
    } else if (message.type() == PeersMessage.TYPE) {
      throw connection.corrupt("a PEERS that holds what is no address");
    } else if (!(message instanceof PongMessage || message.isIgnorable())) {
      throw connection.corrupt(
          "a control message of type 0x" + Integer.toHexString(message.type()) + " to a producer");
    }
  }

  private void acknowledged(AckMessage ack) {
    ProducerEpoch now = current.get();
    status.consumers(ack.consumers() < 0 ? Integer.MAX_VALUE : ack.consumers()); // a u32
    if (ack.epoch() != now.epoch()) {
      return; // of another epoch: only the count counts
    }
    if (!Arrays.equals(ack.head(), now.digest()) || ack.next() > now.sealer().next()) {
      liedTo = true;
      throw connection.corrupt("an acknowledgment of what was never sent");
    }
    relayed.upTo(now, ack.next());
    if (ack.next() > status.acknowledged()) {
      status.acknowledged(ack.next(), () -> current.get() == now);
    }
  }

  /** Whether the relay has acknowledged what cannot be: it is not to be resumed with. */
  boolean wasLiedTo() {
    return liedTo;
  }
}
