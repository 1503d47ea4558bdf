package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicJoin;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.session.SessionName;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * The join of the classic wire, under the transport key of whichever known version the client has.
 * It becomes what the same client would ask for on wire 2: all that is retained, and waiting for a
 * producer. Nothing is answered; every failure is a close.
 */
final class ClassicJoinStage extends JoiningStage {
  private final ClassicHandshake.Agreement agreement;
  private final byte[] frame = new byte[ClassicJoin.FRAME_LENGTH];
  private int length;
  private boolean taken;

  ClassicJoinStage(
      Connection connection, Destinations destinations, ClassicHandshake.Agreement agreement) {
    super(connection, destinations);
    this.agreement = agreement;
  }

  @Override
  public void read(ByteBuf in) {
    int n = Math.min(in.readableBytes(), frame.length - length);
    in.readBytes(frame, length, n);
    length += n;
    keep(in);
    if (length >= Frames.LEN_BYTES && Frames.u32(frame, 0) != ClassicJoin.LEN) {
      connection.closeSilently("a classic join of " + Frames.u32(frame, 0) + " bytes");
    } else if (length == frame.length && !taken) {
      taken = true;
      check(this::tryVersions);
    }
  }

  /** On the pool. */
  private void tryVersions() {
    Optional<ClassicJoin> join =
        connection.services().classicVersions().stream()
            .map(this::open)
            .flatMap(Optional::stream)
            .findFirst();
    agreement.destroy();
    connection.execute(() -> join(join));
  }

  private Optional<ClassicJoin> open(String version) {
    ClassicCipher transport = agreement.transport(version);
    try {
      return ClassicJoin.open(transport, frame);
    } finally {
      transport.destroy();
    }
  }

  private void join(Optional<ClassicJoin> opened) {
    if (connection.isClosing()) {
      return;
    }
    if (opened.isEmpty()) {
      connection.closeSilently("a classic join that no known version can have sealed");
      return;
    }
    Role role = opened.get().role();
    SessionName name = new SessionName(Wire.CLASSIC, opened.get().session());
    if (role == Role.ADMIN) {
      connection.closeSilently("the classic wire has no admin interface");
    } else if (isOpen()) {
      admit(role, name, asWire2(opened.get()));
    }
  }

  private void admit(Role role, SessionName name, JoinMessage join) {
    if (!connection
        .services()
        .credentials()
        .admits(join.credId(), join.credMac(), connection.handshakeHash(), role, name.id())) {
      connection.fail(
          ErrorCode.UNAUTHORIZED, "this role needs a credential, which the classic wire has not");
    } else {
      joinSession(role, name, join);
    }
  }

  private static JoinMessage asWire2(ClassicJoin join) {
    return JoinMessage.of(join.role(), join.session()).waiting().from(JoinMessage.START_OLDEST);
  }

  @Override
  public void leave() {
    super.leave();
    if (!taken) {
      agreement.destroy(); // otherwise the pool does
    }
  }

  @Override
  public void tick(long nowNanos) {
    if (!asks()
        && nowNanos - connection.acceptedNanos()
            > connection.services().limits().handshakeNanos()) {
      connection.closeSilently("no classic join in time");
    }
  }
}
