package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.crypto.X25519.LowOrderPointException;
import io.hydrasync.server.internal.connection.Connection;
import io.netty.buffer.ByteBuf;

/** The hellos of the classic wire. Every failure is a silent close. */
final class ClassicHandshakeStage extends HandshakingStage {
  private final byte[] hello = new byte[ClassicHandshake.HELLO_LENGTH];
  private int length;

  ClassicHandshakeStage(Connection connection, Destinations destinations) {
    super(connection, destinations);
  }

  @Override
  public void read(ByteBuf in) {
    int n = Math.min(in.readableBytes(), hello.length - length);
    in.readBytes(hello, length, n);
    length += n;
    boolean tooMuch = in.isReadable();
    in.release();
    if (tooMuch) {
      connection.closeSilently("bytes behind a classic hello");
    } else if (length == hello.length) {
      handshake(this::agree);
    }
  }

  /** On the pool. */
  private void agree() {
    ClassicHandshake handshake = new ClassicHandshake(connection.services().random());
    byte[] own = handshake.hello();
    try {
      ClassicHandshake.Agreement agreement = handshake.withClient(hello);
      connection.execute(() -> finish(own, agreement));
    } catch (LowOrderPointException e) {
      connection.execute(() -> connection.closeSilently(String.valueOf(e.getMessage())));
    }
  }

  private void finish(byte[] own, ClassicHandshake.Agreement agreement) {
    if (connection.isClosing()) {
      agreement.destroy();
      return;
    }
    connection.record().handshakeDone();
    handOver(new ClassicJoinStage(connection, destinations, agreement), own);
  }
}
