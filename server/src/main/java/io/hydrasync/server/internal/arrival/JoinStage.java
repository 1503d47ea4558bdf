package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.wire.OwnerProof;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.RecordAssembler;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.session.SessionName;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * JOIN: waits for it, checks it in the order of {@code wire2.md} section 4, and finds the session.
 */
final class JoinStage extends JoiningStage {
  private final RecordAssembler assembler;
  private boolean taken;

  JoinStage(Connection connection, Destinations destinations) {
    super(connection, destinations);
    assembler = new RecordAssembler(connection.services().limits().maxFrame());
  }

  @Override
  public void read(ByteBuf in) {
    if (taken) {
      keep(in); // read ahead of autoRead by the transport
      return;
    }
    try {
      while (!taken && assembler.fill(in)) {
        if (!connection.open(assembler.bytes(), assembler.length())) {
          return;
        }
        assembler.clear();
        Control first = connection.nextControl();
        if (first != null) {
          taken = true;
          join(first);
        }
      }
      if (in.isReadable()) {
        keep(in.retainedSlice());
      }
    } finally {
      in.release();
    }
  }

  @Override
  public int keptBytes() {
    return super.keptBytes() + assembler.capacity();
  }

  private void join(Control message) {
    if (!(message instanceof JoinMessage join)) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "the first message is not JOIN");
    }
    Optional<Overflow> overflow = WireCodes.overflow(join.overflow());
    if (join.start() > JoinMessage.START_AT || overflow.isEmpty()) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "unknown start or overflow in JOIN");
    }
    Role role = WireCodes.role(join.role()).orElse(null);
    if (role == null) {
      connection.fail(ErrorCode.UNSUPPORTED, "unknown role");
    } else if (!mayAskFor(role, overflow.get())) {
      connection.fail(ErrorCode.UNSUPPORTED, "this relay does not permit that overflow policy");
    } else if (role == Role.ADMIN || isOpen()) {
      SessionId id = SessionId.of(join.sid());
      check(() -> authenticate(join, role, id));
    }
  }

  /** A consumer can make itself easier to lose, never make others slower. */
  private boolean mayAskFor(Role role, Overflow overflow) {
    return switch (role) {
      case PRODUCER -> connection.services().overflow().permits(overflow);
      case CONSUMER ->
          overflow == Overflow.DEFAULT || overflow == Overflow.DROP || overflow == Overflow.SKIP;
      case ADMIN -> true;
    };
  }

  /** On the pool: signatures take long. */
  private void authenticate(JoinMessage join, Role role, SessionId id) {
    byte[] hash = connection.handshakeHash();
    RelayServices services = connection.services();
    @Nullable ErrorCode problem = null;
    if (join.links() || destinations.door() == Door.LINKS) {
      problem = mayLink(join, role, id) ? null : ErrorCode.UNAUTHORIZED;
    } else if (!services.credentials().admits(join.credId(), join.credMac(), hash, role, id)) {
      problem = ErrorCode.UNAUTHORIZED;
    } else if (role == Role.PRODUCER
        && id.isOwned()
        && !OwnerProof.verify(join.owner(), hash, id)) {
      problem = ErrorCode.NOT_OWNER;
    }
    ErrorCode found = problem;
    connection.execute(() -> checked(join, role, id, found));
  }

  /** Links come to a port of their own, to which nobody else comes. */
  private boolean mayLink(JoinMessage join, Role role, SessionId id) {
    return destinations.door() == Door.LINKS
        && join.links()
        && role == Role.CONSUMER
        && destinations
            .links()
            .map(Supplier::get)
            .filter(
                policy ->
                    policy.admits(
                        join.credId(), join.credMac(), connection.handshakeHash(), role, id))
            .isPresent();
  }

  private void checked(JoinMessage join, Role role, SessionId id, @Nullable ErrorCode problem) {
    if (connection.isClosing()) {
      return;
    }
    SessionName name = new SessionName(Wire.WIRE_2, id);
    if (problem != null) {
      connection.fail(
          problem,
          problem == ErrorCode.NOT_OWNER
              ? "the proof of owning this session does not verify"
              : "this relay asks for a credential that allows this role");
    } else if (role == Role.ADMIN) {
      connection.record().identified(role, name.logName());
      joinAdmin();
    } else if (!connection.services().mayHave(id)) {
      connection.record().identified(role, name.logName());
      connection.fail(ErrorCode.NO_SESSION, "this relay is for another session");
    } else {
      joinSession(role, name, join);
    }
  }

  private void joinAdmin() {
    Admins admins = destinations.admins();
    UnaryOperator<byte[]> handler = admins.handler().orElse(null);
    if (handler == null) {
      connection.fail(ErrorCode.UNSUPPORTED, "this relay has no admin interface");
    } else if (!admins.tryEnter()) {
      connection.fail(ErrorCode.LIMIT, "too many admins");
    } else {
      AdminStage admin = new AdminStage(connection, admins, handler);
      connection.stage(admin);
      admin.start();
      handOver(admin);
    }
  }

  @Override
  public void tick(long nowNanos) {
    if (!asks()
        && nowNanos - connection.acceptedNanos()
            > connection.services().limits().handshakeNanos()) {
      connection.fail(ErrorCode.TIMEOUT, "no JOIN in time");
    }
  }
}
