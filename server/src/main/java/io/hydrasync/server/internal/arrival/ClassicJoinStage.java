package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicHello;
import io.hydrasync.protocol.classic.ClassicJoin;
import io.hydrasync.protocol.classic.ClassicRole;
import io.hydrasync.protocol.classic.ClassicVersion;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.LaterAnswers;
import io.hydrasync.server.internal.services.ClassicService;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.session.SessionName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The join of the classic wires, under the transport key of whichever known version the client has.
 * It becomes what the same client would ask for on wire 2: all that is retained (where nothing is
 * to be, what comes from then on, as at the crate's server), and waiting for a producer. Up to
 * beta.6 nothing is answered and every failure is a close; from beta.7 on a status says what has
 * become of a join that could be opened.
 *
 * <p>What follows a hello of up to beta.6 and is no join is the rest of a longer hello.
 */
final class ClassicJoinStage extends JoiningStage {
  private final ClassicHello kind;
  private final ClassicHandshake.Agreement agreement;
  private final byte[] own;
  private final byte[] theirs;
  private final byte[] join;
  private int length;
  private boolean taken;

  /** A join that one of the versions has sealed. */
  private record Opened(ClassicVersion version, ClassicJoin join, ClassicCipher transport) {}

  /**
   * A client that has had its answer.
   *
   * @param kind of the hellos
   * @param own this relay's hello
   * @param theirs the client's
   */
  ClassicJoinStage(
      Connection connection,
      Destinations destinations,
      ClassicHello kind,
      ClassicHandshake.Agreement agreement,
      byte[] own,
      byte[] theirs) {
    super(connection, destinations);
    this.kind = kind;
    this.agreement = agreement;
    this.own = own;
    this.theirs = theirs;
    join = new byte[isLater() ? ClassicJoin.LEN : ClassicJoin.FRAME_LENGTH];
  }

  private boolean isLater() {
    return kind == ClassicHello.BETA_7;
  }

  private ClassicService classic() {
    return connection.services().classic();
  }

  @Override
  public void read(ByteBuf in) {
    int n = Math.min(in.readableBytes(), join.length - length);
    in.readBytes(join, length, n);
    length += n;
    if (!isLater() && !beginsWithLength()) {
      goOnWithHello(in);
      return;
    }
    keep(in);
    if (length == join.length && !taken) {
      taken = true;
      if (!check(this::tryVersions)) {
        agreement.destroy();
      }
    }
  }

  private boolean beginsWithLength() {
    boolean begins = true;
    for (int i = 0; i < Math.min(length, Frames.LEN_BYTES); i++) {
      begins &= join[i] == (byte) (ClassicJoin.LEN >>> 8 * (Frames.LEN_BYTES - 1 - i));
    }
    return begins;
  }

  /** It is no join, so the hello was not whole. */
  private void goOnWithHello(ByteBuf in) {
    if (!classic().isLaterServed()) {
      in.release();
      connection.closeSilently("no classic join");
      return;
    }
    leave();
    ClassicHandshakeStage longer = new ClassicHandshakeStage(connection, destinations, own, theirs);
    connection.stage(longer);
    longer.read(Unpooled.wrappedBuffer(Unpooled.copiedBuffer(join, 0, length), in));
  }

  /** On the pool. */
  private void tryVersions() {
    @Nullable Opened opened = null;
    try {
      for (ClassicVersion version : ClassicVersion.thatSay(kind, classic().versions())) {
        opened = open(version);
        if (opened != null) {
          break;
        }
      }
    } finally {
      agreement.destroy();
    }
    @Nullable Opened found = opened;
    connection.execute(() -> join(found));
  }

  private @Nullable Opened open(ClassicVersion version) {
    ClassicCipher transport = agreement.transport(version.name());
    ClassicJoin opened = ClassicJoin.open(transport, version, join).orElse(null);
    if (opened == null || !version.isLater()) {
      transport.destroy();
    }
    return opened == null ? null : new Opened(version, opened, transport);
  }

  private void join(@Nullable Opened opened) {
    if (opened == null) {
      connection.closeSilently("a classic join that no known version can have sealed");
      return;
    }
    if (connection.isClosing()) {
      opened.transport.destroy();
      return;
    }
    ClassicRole role = opened.join.role();
    if (isLater()) {
      LaterAnswers answers =
          new LaterAnswers(opened.version, role, opened.transport, classic().payload());
      connection.answers(answers);
      if (role == ClassicRole.OBSERVER) {
        observe(opened.join.session(), answers);
        return;
      }
    }
    if (role == ClassicRole.PRODUCER || role == ClassicRole.CONSUMER) {
      Role as = role == ClassicRole.PRODUCER ? Role.PRODUCER : Role.CONSUMER;
      enter(as, new SessionName(Wire.CLASSIC, isLater(), opened.join.session()));
    } else {
      connection.fail(ErrorCode.UNSUPPORTED, "a role that the classic wire has not");
    }
  }

  private void enter(Role role, SessionName name) {
    boolean retains = connection.services().limits().retentionBytes() > 0;
    int from = retains ? JoinMessage.START_OLDEST : JoinMessage.START_LIVE;
    JoinMessage asWire2 = JoinMessage.of(role, name.id()).waiting().from(from);
    if (!isOpen()) {
      return;
    }
    if (!connection
        .services()
        .credentials()
        .admits(asWire2.credId(), asWire2.credMac(), connection.handshakeHash(), role, name.id())) {
      connection.fail(
          ErrorCode.UNAUTHORIZED, "this role needs a credential, which the classic wire has not");
    } else {
      joinSession(role, name, asWire2);
    }
  }

  private void observe(SessionId token, LaterAnswers answers) {
    Observers observers = destinations.observers();
    if (connection.services().operations().phase() == Operations.Phase.CLOSING) {
      connection.fail(ErrorCode.SHUTDOWN, "the relay is shutting down");
    } else if (!classic().isObserver(token.toBytes())) {
      connection.fail(ErrorCode.UNAUTHORIZED, "not the observers' token");
    } else if (!observers.tryEnter()) {
      connection.fail(ErrorCode.LIMIT, "too many observers");
    } else {
      ObserverStage observer = new ObserverStage(connection, observers, answers);
      connection.stage(observer);
      observer.start();
      handOver(observer);
    }
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
