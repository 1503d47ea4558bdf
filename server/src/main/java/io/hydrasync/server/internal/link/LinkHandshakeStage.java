package io.hydrasync.server.internal.link;

import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.noise.NoiseException;
import io.hydrasync.protocol.wire.CredentialProof;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Stage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** The client's side of MAGIC, MSG1 and MSG2, at a relay that links to another one. */
final class LinkHandshakeStage implements Stage {
  private final Connection connection;
  private final LinkTarget target;
  private final LinkWish wish;
  private final byte[] answer = new byte[Handshake.MESSAGE_2_LENGTH];
  private Handshake.@Nullable Initiator initiator;
  private int length;
  private boolean told;

  LinkHandshakeStage(Connection connection, LinkTarget target, LinkWish wish) {
    this.connection = connection;
    this.target = target;
    this.wish = wish;
  }

  /** The connection is there. */
  void begin() {
    if (connection.isClosing() || connection.stage() != this) {
      fail(LinkProblem.Kind.UNREACHABLE, "closed");
      return;
    }
    connection.record().linksTo(target.session().logName());
    onPool(
        () -> {
          Handshake.Initiator made = connection.services().newInitiator();
          byte[] opening = Arrays.copyOf(Magic.bytes(), Magic.LENGTH + Handshake.MESSAGE_1_LENGTH);
          byte[] message1 = made.writeMessage1(new byte[0]);
          System.arraycopy(message1, 0, opening, Magic.LENGTH, message1.length);
          connection.execute(() -> write(made, opening));
        });
  }

  private void onPool(Runnable step) {
    try {
      connection.onPool(step);
    } catch (RejectedExecutionException e) {
      fail(LinkProblem.Kind.UNREACHABLE, "this relay has too many handshakes at a time");
      connection.abort();
    }
  }

  private void write(Handshake.Initiator made, byte[] opening) {
    if (connection.stage() != this || connection.isClosing()) {
      made.destroy();
      return;
    }
    initiator = made;
    connection.write(Unpooled.wrappedBuffer(opening));
    connection.channel().flush();
  }

  @Override
  public void read(ByteBuf in) {
    int n = Math.min(in.readableBytes(), answer.length - length);
    in.readBytes(answer, length, n);
    length += n;
    boolean tooMuch = in.isReadable();
    in.release();
    Handshake.Initiator mine = initiator;
    if (tooMuch || mine == null) {
      fail(LinkProblem.Kind.REFUSED, "it answers what is no handshake");
      connection.abort();
    } else if (length == answer.length) {
      initiator = null;
      connection.channel().config().setAutoRead(false);
      onPool(() -> finish(mine));
    }
  }

  /** On the pool. */
  private void finish(Handshake.Initiator mine) {
    try {
      Handshake.Result keys = mine.readMessage2(answer).result();
      if (!target.relayKeys().has(RelayKey.of(keys.relayKey()))) {
        keys.destroy();
        connection.execute(
            () -> {
              fail(LinkProblem.Kind.UNAUTHORIZED, "it has another relay key than this relay");
              connection.abort();
            });
        return;
      }
      byte[] mac =
          CredentialProof.mac(target.credential(), keys.hash(), Role.CONSUMER, target.session());
      JoinMessage join = target.join().withCredential(target.credential().id(), mac);
      connection.execute(() -> join(keys, join));
    } catch (NoiseException e) {
      connection.execute(
          () -> {
            fail(LinkProblem.Kind.REFUSED, "the handshake does not verify");
            connection.abort();
          });
    }
  }

  private void join(Handshake.Result keys, JoinMessage join) {
    if (connection.stage() != this || connection.isClosing()) {
      keys.destroy();
      return;
    }
    told = true; // the next stage tells
    connection.secured(keys);
    connection.stage(new LinkJoinStage(connection, target, wish));
    connection.write(join);
    connection.channel().flush();
    connection.channel().config().setAutoRead(true);
  }

  private void fail(LinkProblem.Kind kind, String text) {
    if (!told) {
      told = true;
      wish.failed(new LinkProblem(kind, 0, target.address() + ": " + text));
    }
  }

  /** The owner takes no ERROR. */
  @Override
  public boolean finishFrame() {
    return false;
  }

  @Override
  public void tick(long nowNanos) {
    if (nowNanos - connection.acceptedNanos() > LinkConnector.DEADLINE_NANOS) {
      fail(LinkProblem.Kind.UNREACHABLE, "no answer in time");
      connection.abort();
    }
  }

  @Override
  public void leave() {
    Handshake.Initiator mine = initiator;
    if (mine != null) {
      initiator = null;
      mine.destroy();
    }
    fail(LinkProblem.Kind.UNREACHABLE, "the connection was closed in the handshake");
  }
}
