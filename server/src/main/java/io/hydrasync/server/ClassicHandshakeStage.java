package io.hydrasync.server;

import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.crypto.X25519.LowOrderPointException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.RejectedExecutionException;

/** The hellos of the classic wire. Every failure is a silent close. */
final class ClassicHandshakeStage implements Stage {
  private final Connection connection;
  private final byte[] hello = new byte[ClassicHandshake.HELLO_LENGTH];
  private int length;

  ClassicHandshakeStage(Connection connection) {
    this.connection = connection;
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
      answer();
    }
  }

  private void answer() {
    Relay relay = connection.relay();
    if (!relay.admission().tryHandshake(connection.channel().remoteAddress(), relay.nanoTime())) {
      connection.record().handshakeLimited();
      connection.closeSilently("too many handshakes from this address");
      return;
    }
    connection.channel().config().setAutoRead(false);
    try {
      relay.pool().execute(this::agree);
    } catch (RejectedExecutionException e) {
      connection.closeSilently("too many handshakes at a time");
    }
  }

  /** On the pool. */
  private void agree() {
    ClassicHandshake handshake = new ClassicHandshake(connection.relay().random());
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
    connection.stage(new ClassicJoinStage(connection, agreement));
    connection.channel().writeAndFlush(Unpooled.wrappedBuffer(own));
    connection.channel().config().setAutoRead(true);
  }

  @Override
  public void tick(long nowNanos) {
    if (nowNanos - connection.acceptedNanos() > connection.relay().limits().handshakeNanos()) {
      connection.closeSilently("no classic hello in time");
    }
  }
}
