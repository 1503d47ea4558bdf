package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicHello;
import io.hydrasync.protocol.crypto.X25519.LowOrderPointException;
import io.hydrasync.protocol.wire.ForeignProtocol;
import io.hydrasync.server.internal.connection.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The hellos of the classic wires, told apart by how many bytes have come ({@code classic-wire.md},
 * "Telling the wires apart"): 104 and no more for a moment is beta.2, 128 is beta.3 to beta.6, 160
 * is beta.7 and later. A hello of 160 bytes may come in pieces, the first of which looks like one
 * of the others and is answered as such; the answer is then the beginning of the right one. Every
 * failure is a silent close.
 */
final class ClassicHandshakeStage extends HandshakingStage {
  /** How long a hello rests after which no more of it comes. */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final byte[] hello;

  /** What has been answered already, to the beginning of this hello. */
  private final byte[] said;

  private int length;
  private boolean answering;

  ClassicHandshakeStage(Connection connection, Destinations destinations) {
    this(connection, destinations, new byte[0], new byte[0]);
  }

  /**
   * Goes on with a hello that was not whole.
   *
   * @param said what has been answered
   * @param begun what has come of the hello
   */
  ClassicHandshakeStage(
      Connection connection, Destinations destinations, byte[] said, byte[] begun) {
    super(connection, destinations);
    this.said = said;
    boolean isLaterServed = connection.services().classic().isLaterServed();
    ClassicHello longest = isLaterServed ? ClassicHello.BETA_7 : ClassicHello.BETA_3;
    hello = Arrays.copyOf(begun, longest.length());
    length = begun.length;
  }

  @Override
  public void read(ByteBuf in) {
    int n = Math.min(in.readableBytes(), hello.length - length);
    in.readBytes(hello, length, n);
    length += n;
    boolean tooMuch = in.isReadable();
    in.release();
    Optional<ForeignProtocol> foreign =
        said.length == 0 ? ForeignProtocol.ofClient(hello, length) : Optional.empty();
    if (foreign.isPresent()) {
      connection.closeForeign(foreign.get());
    } else if (tooMuch) {
      connection.closeSilently("bytes behind a classic hello");
    } else if (!answering) {
      look();
    }
  }

  private void look() {
    if (length == ClassicHello.BETA_7.length()) {
      answer(ClassicHello.BETA_7);
    } else if (said.length == 0 && length == ClassicHello.BETA_3.length()) {
      answer(ClassicHello.BETA_3);
    } else if (said.length == 0 && length == ClassicHello.BETA_2.length()) {
      connection.schedule(this::rests, REST_NANOS);
    }
  }

  private void rests() {
    if (connection.stage() == this && !answering && length == ClassicHello.BETA_2.length()) {
      answer(ClassicHello.BETA_2);
    }
  }

  private void answer(ClassicHello kind) {
    answering = true;
    byte[] theirs = Arrays.copyOf(hello, kind.length());
    handshake(() -> agree(kind, theirs));
  }

  /** On the pool. */
  private void agree(ClassicHello kind, byte[] theirs) {
    SecureRandom random = connection.services().random();
    ClassicHandshake handshake =
        said.length == 0
            ? new ClassicHandshake(kind, random)
            : ClassicHandshake.goingOn(kind, said, random);
    byte[] own = handshake.hello();
    try {
      ClassicHandshake.Agreement agreement = handshake.withClient(theirs);
      connection.execute(() -> finish(kind, own, theirs, agreement));
    } catch (LowOrderPointException e) {
      connection.execute(() -> connection.closeSilently(String.valueOf(e.getMessage())));
    }
  }

  private void finish(
      ClassicHello kind, byte[] own, byte[] theirs, ClassicHandshake.Agreement agreement) {
    if (connection.isClosing()) {
      agreement.destroy();
      return;
    }
    if (said.length == 0) {
      connection.record().handshakeDone();
    }
    ClassicJoinStage next =
        new ClassicJoinStage(connection, destinations, kind, agreement, own, theirs);
    handOver(next, Arrays.copyOfRange(own, said.length, own.length));
    if (length > kind.length() && connection.stage() == next) {
      next.read(Unpooled.wrappedBuffer(hello, kind.length(), length - kind.length()));
    }
  }
}
