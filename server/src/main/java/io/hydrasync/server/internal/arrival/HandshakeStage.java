package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.noise.NoiseException;
import io.hydrasync.protocol.wire.ForeignProtocol;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.server.internal.connection.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * MAGIC, where it is decided which wire this is, and MSG1: until the handshake has finished every
 * failure is a silent close.
 */
public final class HandshakeStage extends HandshakingStage {
  private static final int LENGTH = Magic.LENGTH + Handshake.MESSAGE_1_LENGTH;

  private final byte[] opening = new byte[LENGTH];
  private int length;

  public HandshakeStage(Connection connection, Destinations destinations) {
    super(connection, destinations);
  }

  @Override
  public void read(ByteBuf in) {
    int n = Math.min(in.readableBytes(), LENGTH - length);
    in.readBytes(opening, length, n);
    length += n;
    int matching = Magic.matching(opening, length);
    boolean isMagic = matching == Math.min(length, Magic.LENGTH);
    if (!isMagic && matching < Magic.COMMON_LENGTH && mayBeClassic()) {
      classic(in);
      return;
    }
    boolean tooMuch = in.isReadable();
    in.release();
    if (!isMagic) {
      refuse(matching);
    } else if (tooMuch) {
      connection.closeSilently("bytes behind message 1");
    } else if (length == LENGTH) {
      byte[] message1 = Arrays.copyOfRange(opening, Magic.LENGTH, LENGTH);
      handshake(() -> respond(message1));
    }
  }

  private boolean mayBeClassic() {
    return destinations.door() == Door.CLIENTS && connection.services().classic().isServed();
  }

  private void classic(ByteBuf in) {
    connection.classic();
    ClassicHandshakeStage next = new ClassicHandshakeStage(connection, destinations);
    connection.stage(next);
    next.read(Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(opening, 0, length), in));
  }

  private void refuse(int matching) {
    if (matching >= Magic.COMMON_LENGTH) {
      connection.write(Unpooled.wrappedBuffer(Magic.bytes()));
      connection.finishOutput();
    } else {
      ForeignProtocol.ofClient(opening, length)
          .ifPresentOrElse(
              connection::closeForeign, () -> connection.closeSilently("not this protocol"));
    }
  }

  /** On the pool. */
  private void respond(byte[] message1) {
    Handshake.Responder responder = connection.services().newResponder();
    try {
      responder.readMessage1(message1);
      Handshake.Finished finished = responder.writeMessage2(new byte[0]);
      connection.execute(() -> finish(finished));
    } catch (NoiseException e) {
      responder.destroy();
      connection.execute(() -> connection.closeSilently(String.valueOf(e.getMessage())));
    }
  }

  private void finish(Handshake.Finished finished) {
    if (connection.isClosing()) {
      finished.result().destroy();
      return;
    }
    connection.secured(finished.result());
    handOver(new JoinStage(connection, destinations), finished.bytes());
  }
}
