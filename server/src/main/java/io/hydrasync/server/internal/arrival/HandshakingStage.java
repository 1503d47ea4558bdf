package io.hydrasync.server.internal.arrival;

import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Stage;
import io.hydrasync.server.internal.services.RelayServices;
import io.netty.buffer.Unpooled;
import java.util.concurrent.RejectedExecutionException;

/** A client with which there is no secret yet: every failure is a silent close. */
abstract class HandshakingStage implements Stage {
  final Connection connection;
  final Destinations destinations;

  HandshakingStage(Connection connection, Destinations destinations) {
    this.connection = connection;
    this.destinations = destinations;
  }

  /** Does what takes long on the pool, if the address may; nothing is read meanwhile. */
  final void handshake(Runnable onPool) {
    RelayServices services = connection.services();
    if (!connection.visitor().tryHandshake(services.nanoTime())) {
      connection.record().handshakeLimited();
      connection.closeSilently("too many handshakes from this address");
      return;
    }
    connection.channel().config().setAutoRead(false);
    try {
      connection.onPool(onPool);
    } catch (RejectedExecutionException e) {
      connection.record().poolFull();
      connection.closeSilently("too many handshakes at a time");
    }
  }

  /** There is a secret: the relay's part of the handshake goes out, and a join is read. */
  final void handOver(JoiningStage next, byte[] answer) {
    connection.stage(next);
    connection.write(Unpooled.wrappedBuffer(answer));
    connection.channel().flush();
    connection.channel().config().setAutoRead(true);
  }

  @Override
  public final void tick(long nowNanos) {
    if (nowNanos - connection.acceptedNanos() > connection.services().limits().handshakeNanos()) {
      connection.closeSilently("no handshake in time");
    }
  }
}
