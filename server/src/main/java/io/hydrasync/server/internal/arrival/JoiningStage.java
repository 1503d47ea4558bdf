package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Entrance;
import io.hydrasync.server.internal.connection.ReadAhead;
import io.hydrasync.server.internal.connection.Stage;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.session.Newcomers;
import io.hydrasync.server.internal.session.SessionName;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A client that is about to join: who is let in, and where to. What it sends behind its join is
 * kept for the next stage. On the classic wire an ERROR is a close.
 */
abstract class JoiningStage implements Stage, Entrance {
  private static final String TOO_MANY = "too many connections";

  final Connection connection;
  final Destinations destinations;
  private final ReadAhead rest;

  /** Where it has asked for a place. */
  private @Nullable SessionName asked;

  JoiningStage(Connection connection, Destinations destinations) {
    this.connection = connection;
    this.destinations = destinations;
    rest = new ReadAhead(connection);
  }

  /** Keeps bytes for the next stage; takes the buffer over. */
  final void keep(ByteBuf in) {
    rest.keep(in);
  }

  @Override
  public int keptBytes() {
    return rest.keptBytes();
  }

  /**
   * What a client sent behind its join, and in front of its end, is for the next stage. One that
   * has sent nothing there has gone away.
   */
  @Override
  public final boolean outlastsEnd() {
    return !rest.isEmpty();
  }

  /**
   * Checks on the pool what takes long there; nothing is read meanwhile.
   *
   * @return false if the pool has not taken it, and the connection is closed
   */
  final boolean check(Runnable onPool) {
    connection.channel().config().setAutoRead(false);
    try {
      connection.onPool(onPool);
      return true;
    } catch (RejectedExecutionException e) {
      connection.fail(ErrorCode.LIMIT, "too many joins at a time");
      return false;
    }
  }

  /** Whether the relay takes one more who is no admin; otherwise the client is told why not. */
  final boolean isOpen() {
    RelayServices services = connection.services();
    if (services.operations().phase() == Operations.Phase.CLOSING) {
      connection.fail(ErrorCode.SHUTDOWN, "the relay is shutting down");
      return false;
    }
    if (!connection.visitor().mayEnter()) {
      connection.fail(ErrorCode.LIMIT, TOO_MANY);
      return false;
    }
    return true;
  }

  /** All has been checked: a producer or a consumer comes to its session. */
  final void joinSession(Role role, SessionName name, JoinMessage join) {
    if (join.links()) {
      connection.record().identifiedLink(name.logName());
    } else {
      connection.record().identified(role, name.logName());
    }
    if (!connection.visitor().tryEnter()) {
      connection.fail(ErrorCode.LIMIT, TOO_MANY);
      return;
    }
    connection.moveTo(LoopChoice.of(connection, destinations, name), () -> enter(role, name, join));
  }

  /**
   * Whether its join has been checked and it has asked for a place: what it gets, and when at last,
   * is the session's to say, not the deadline for joining's.
   */
  final boolean asks() {
    return asked != null;
  }

  private void enter(Role role, SessionName name, JoinMessage join) {
    RelayServices services = connection.services();
    asked = name;
    Newcomers.Newcomer newcomer =
        new Newcomers.Newcomer(connection, this, join, services.nanoTime() + Newcomers.WAIT_NANOS);
    if (role == Role.PRODUCER) {
      destinations.sessions().joinProducer(name, newcomer);
    } else {
      destinations.sessions().joinConsumer(name, newcomer);
    }
  }

  @Override
  public final void waitForPlace() {
    if (connection.stage() == this && rest.isEmpty()) {
      connection.channel().read();
    }
  }

  @Override
  public final void handOver(Stage next) {
    rest.handOver(next);
  }

  @Override
  public void leave() {
    rest.drop();
    SessionName name = asked;
    if (name != null) {
      destinations.sessions().forget(name, connection);
    }
  }
}
