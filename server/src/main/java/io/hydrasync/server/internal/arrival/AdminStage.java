package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.control.AdminMessage;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.ReplyMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.ControlOutbox;
import io.hydrasync.server.internal.connection.RecordAssembler;
import io.hydrasync.server.internal.connection.Stage;
import io.hydrasync.server.internal.services.RelayServices;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An admin: ADMIN in, REPLY out ({@code wire2.md} section 2). One request at a time; while it is
 * being answered on the admin thread, and until the reply is with the kernel, nothing is read, so
 * an admin can neither pile up requests nor replies. Confined to the connection's loop.
 */
final class AdminStage implements Stage {
  private static final Logger LOG = LoggerFactory.getLogger(AdminStage.class);

  private final Connection connection;
  private final Admins admins;
  private final UnaryOperator<byte[]> handler;
  private final RecordAssembler assembler;
  private final ControlOutbox pongs;
  private ByteBuf rest = Unpooled.EMPTY_BUFFER;
  private boolean busy;
  private boolean left;

  AdminStage(Connection connection, Admins admins, UnaryOperator<byte[]> handler) {
    this.connection = connection;
    this.admins = admins;
    this.handler = handler;
    pongs =
        new ControlOutbox(
            connection::write, () -> null, () -> connection.guarded(this::answerPing));
    assembler = new RecordAssembler(connection.services().limits().maxFrame());
  }

  /** JOIN has been checked: JOINED, then requests. */
  void start() {
    RelayServices services = connection.services();
    connection.joined();
    connection.writeJoined(
        new JoinedMessage(
            0, services.limits().maxFrame(), 0, 0, new byte[JoinMessage.RESUME_LENGTH], 0));
    connection.channel().flush();
  }

  @Override
  public void tellKeys() {
    connection.nextKey().ifPresent(pongs::nextKey);
    answerPing();
  }

  @Override
  public void read(ByteBuf in) {
    if (left) {
      in.release();
      return;
    }
    rest = rest.isReadable() ? Unpooled.wrappedBuffer(rest, in) : in;
    takeRequests();
  }

  private void takeRequests() {
    handleControls();
    while (!busy && !left && assembler.fill(rest)) {
      if (!connection.open(assembler.bytes(), assembler.length())) {
        return;
      }
      assembler.clear();
      handleControls();
    }
    if (!left && !rest.isReadable()) {
      dropRest();
    }
    if (!connection.isInTurn()) {
      answerPing();
    }
  }

  @Override
  public void turnEnds() {
    answerPing();
  }

  /** The newest PING of a turn; one PONG at a time, since this admin may not read. */
  private void answerPing() {
    if (!left && pongs.write()) {
      connection.channel().flush();
    }
  }

  private void handleControls() {
    for (Control message = next(); message != null; message = next()) {
      if (message instanceof PingMessage ping) {
        pongs.pong(new PongMessage(ping.echo()));
      } else if (message instanceof AdminMessage request) {
        answer(request);
      } else if (message instanceof ByeMessage) {
        connection.finishOutput();
      } else if (!message.isIgnorable()) {
        throw new ProtocolException(
            ErrorCode.PROTOCOL,
            "control type 0x" + Integer.toHexString(message.type()) + " from an admin");
      }
    }
  }

  private @Nullable Control next() {
    return busy || left ? null : connection.nextControl();
  }

  private void answer(AdminMessage request) {
    busy = true;
    connection.channel().config().setAutoRead(false);
    try {
      admins.thread().execute(() -> answerNow(request));
    } catch (RejectedExecutionException e) {
      connection.fail(ErrorCode.LIMIT, "too many requests of admins at a time");
    }
  }

  /** On the admin thread. */
  private void answerNow(AdminMessage request) {
    try {
      byte[] reply = handler.apply(request.json());
      if (reply.length > Admins.MAX_REPLY) {
        throw new IllegalStateException("a reply of " + reply.length + " bytes");
      }
      connection.execute(() -> reply(new ReplyMessage(request.id(), reply)));
    } catch (Throwable e) { // an Error, too: nobody reads from this admin until it has an answer
      connection.services().fatalErrors().note(e);
      LOG.error("{}: a request could not be answered", connection, e);
      connection.execute(() -> connection.fail(ErrorCode.INTERNAL, "a fault inside the relay"));
    }
  }

  private void reply(ReplyMessage reply) {
    if (!left) {
      connection.write(reply).addListener(this::written);
      connection.channel().flush();
    }
  }

  private void written(Future<? super Void> done) {
    if (done.isSuccess() && !left) {
      connection.guarded(() -> connection.execute(this::goOn));
    }
  }

  private void goOn() {
    if (!left) {
      busy = false;
      connection.restartSilence();
      takeRequests();
      if (!left && !busy) {
        connection.channel().config().setAutoRead(true);
      }
    }
  }

  @Override
  public void tick(long nowNanos) {
    // silence is watched by the connection
  }

  @Override
  public boolean isWillingToRead() {
    return !busy;
  }

  @Override
  public boolean isPrivileged() {
    return true;
  }

  @Override
  public void leave() {
    if (!left) {
      left = true;
      dropRest();
      admins.left();
    }
  }

  private void dropRest() {
    rest.release();
    rest = Unpooled.EMPTY_BUFFER;
  }
}
