package io.hydrasync.server.internal.link;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Entrance;
import io.hydrasync.server.internal.connection.ReadAhead;
import io.hydrasync.server.internal.connection.RecordAssembler;
import io.hydrasync.server.internal.connection.Stage;
import io.netty.buffer.ByteBuf;
import java.time.Duration;

/** JOIN has been sent: waits for the owner's JOINED, or for its ERROR. */
final class LinkJoinStage implements Stage, Entrance {
  private final Connection connection;
  private final LinkTarget target;
  private final LinkWish wish;
  private final RecordAssembler assembler;
  private final ReadAhead rest;
  private boolean answered;

  LinkJoinStage(Connection connection, LinkTarget target, LinkWish wish) {
    this.connection = connection;
    this.target = target;
    this.wish = wish;
    assembler = new RecordAssembler(connection.services().limits().maxFrame());
    rest = new ReadAhead(connection);
  }

  @Override
  public void read(ByteBuf in) {
    if (answered) {
      rest.keep(in);
      return;
    }
    try {
      while (!answered && assembler.fill(in)) {
        if (!connection.open(assembler.bytes(), assembler.length())) {
          return;
        }
        assembler.clear();
        Control first = connection.nextControl();
        if (first != null) {
          take(first);
        }
      }
      if (in.isReadable()) {
        rest.keep(in.retainedSlice());
      }
    } finally {
      in.release();
    }
  }

  private void take(Control first) {
    answered = true;
    if (first instanceof JoinedMessage joined && joined.linked() != null) {
      connection.channel().config().setAutoRead(false);
      connection.record().linked();
      wish.joined(connection, this, joined);
      return;
    }
    LinkProblem problem =
        first instanceof ErrorMessage error
            ? problem(error)
            : new LinkProblem(LinkProblem.Kind.REFUSED, 0, target.address() + ": no JOINED");
    wish.failed(problem);
    connection.abort();
  }

  private LinkProblem problem(ErrorMessage error) {
    LinkProblem.Kind kind = LinkProblem.Kind.REFUSED;
    if (error.code() == ErrorCode.NO_SESSION.wireCode()) {
      kind = LinkProblem.Kind.NO_SESSION;
    } else if (error.code() == ErrorCode.UNAUTHORIZED.wireCode()) {
      kind = LinkProblem.Kind.UNAUTHORIZED;
    }
    long retryMs = error.retryAfter().map(Duration::toMillis).orElse(0L);
    return new LinkProblem(kind, retryMs, target.address() + ": " + error.text());
  }

  @Override
  public int keptBytes() {
    return assembler.capacity() + rest.keptBytes();
  }

  /** What the owner sent before its end is for the next stage. */
  @Override
  public boolean outlastsEnd() {
    return answered;
  }

  @Override
  public void handOver(Stage next) {
    rest.handOver(next);
  }

  @Override
  public void waitForPlace() {
    // the session takes it or closes it at once
  }

  /** The owner takes no ERROR. */
  @Override
  public boolean finishFrame() {
    return false;
  }

  @Override
  public void tick(long nowNanos) {
    if (!answered && nowNanos - connection.acceptedNanos() > LinkConnector.DEADLINE_NANOS) {
      fail("no JOINED in time");
      connection.abort();
    }
  }

  private void fail(String text) {
    if (!answered) {
      answered = true;
      wish.failed(new LinkProblem(LinkProblem.Kind.UNREACHABLE, 0, target.address() + ": " + text));
    }
  }

  @Override
  public void leave() {
    rest.drop();
    fail("the connection was closed before JOINED");
  }
}
