package io.hydrasync.server.internal.connection;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.check.JvmErrors;
import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.ForeignProtocol;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.NextKeyMessage;
import io.hydrasync.protocol.wire.control.PeersMessage;
import io.hydrasync.server.internal.admission.Admission;
import io.hydrasync.server.internal.limits.ByteQuota;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.sync.Tasks;
import io.hydrasync.server.internal.telemetry.RelayCounters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: transport state, the current stage, and the way out. Confined to the
 * channel's loop, but for {@link #execute}.
 */
public final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final long BREAK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** What each may have begun to say, whatever others do: more than any honest client has. */
  private static final int FREE_BYTES = 4 << 10;

  private static final int SHUTDOWN_RETRY_MIN_MS = 1_000;
  private static final int SHUTDOWN_RETRY_MAX_MS = 10_000;

  private final RelayServices services;
  private final Connections connections;
  private final Channel channel;
  private final ChannelReceive receive;
  private final ConnectionRecord record;
  private final ByteQuota.Share unfinished;
  private final Admission.Visitor visitor;
  private final long acceptedNanos;
  private long lastReadNanos;
  private Stage stage;
  private @Nullable SealedRecords records;
  private byte[] handshakeHash = new byte[0];
  private volatile long securedNanos;
  private @Nullable LaterAnswers answers;
  private @Nullable RelayKey shownKey;
  private boolean joined;
  private boolean classic;
  private boolean peerFinished;
  private boolean peerGone;
  private boolean inputOver;

  /** A write has failed, and the channel is still open. */
  private boolean outputBroken;

  private @Nullable String peer;
  private boolean counted;
  private boolean inTurn;
  private boolean moving;

  // Made once: where C1 has compiled it, as in a relay of the launcher's, a lambda that captures
  // something is a call into the JVM each time.
  private final Runnable checkUnfinished = this::checkUnfinished;
  private final Runnable turnEnds = this::turnEnds;
  private volatile @Nullable Resident resident;

  public Connection(
      RelayServices services,
      Connections connections,
      Channel channel,
      Admission.Visitor visitor,
      Function<Connection, Stage> first) {
    this.services = services;
    this.connections = connections;
    this.channel = channel;
    record = new ConnectionRecord(services.operations());
    unfinished = services.unfinished().share(FREE_BYTES);
    this.visitor = visitor;
    receive = new ChannelReceive();
    channel.config().setRecvByteBufAllocator(receive);
    acceptedNanos = services.nanoTime();
    lastReadNanos = acceptedNanos;
    stage = first.apply(this);
  }

  // ---- what the stages use ----

  public RelayServices services() {
    return services;
  }

  public Channel channel() {
    return channel;
  }

  public EventLoop loop() {
    return channel.eventLoop();
  }

  public ChannelReceive receive() {
    return receive;
  }

  public byte[] handshakeHash() {
    return handshakeHash;
  }

  /** What the admission knows of this client. */
  public Admission.Visitor visitor() {
    return visitor;
  }

  /** What is counted about this connection. */
  public ConnectionRecord record() {
    return record;
  }

  /** The client's address and port. From any thread. */
  public String peer() {
    String known = peer; // made once: an operator asks for thousands at a time
    if (known == null) {
      known =
          channel.remoteAddress() instanceof InetSocketAddress address
              ? address.getAddress().getHostAddress() + ":" + address.getPort()
              : String.valueOf(channel.remoteAddress());
      peer = known;
    }
    return known;
  }

  /** Which relays this client is told of, if of any. */
  public Optional<PeersMessage> peers() {
    return services.peers().to(channel.remoteAddress());
  }

  /**
   * JOINED, and right behind it which other key the relay has, if it has one: a client takes what
   * else follows JOINED as a word that there is none.
   */
  public void writeJoined(JoinedMessage message) {
    write(message);
    if (!classic) {
      nextKey().filter(next -> !next.key().equals(shownKey)).ifPresent(this::write);
    }
  }

  /**
   * The key of this relay's two that this client has not been shown; the one that it has if there
   * is no other.
   */
  public Optional<NextKeyMessage> nextKey() {
    RelayKey shown = shownKey;
    if (shown == null) {
      return Optional.empty();
    }
    RelayKeys now = services.relayKeys();
    RelayKey other = now.first().equals(shown) ? now.second().orElse(shown) : now.first();
    return Optional.of(new NextKeyMessage(other));
  }

  public long acceptedNanos() {
    return acceptedNanos;
  }

  /** When the handshake was done. From any thread, once a client has joined. */
  public long securedNanos() {
    return securedNanos;
  }

  long lastReadNanos() {
    return lastReadNanos;
  }

  /** How long nothing has been read, as far as the relay was reading. */
  public long silentNanos(long nowNanos) {
    return nowNanos - lastReadNanos;
  }

  /** Silence counts from now on: the relay was not reading until now. */
  public void restartSilence() {
    lastReadNanos = services.nanoTime();
  }

  /** What a stage has to do when its connection goes to another loop. */
  public interface Traveller {
    /** On the old loop, before the next one knows of the connection. */
    default void leaves() {}

    /**
     * On the old loop's thread, when the next one may already run the connection: what is given to
     * that from now on comes behind the arrival. It must not touch what belongs to the connection.
     */
    default void hasLeft(EventLoop next) {}

    /** On the next loop. */
    void arrived();
  }

  /** Runs something on this connection's loop, later. From any thread. */
  public void execute(Runnable task) {
    Tasks.give(
        loop(),
        () -> {
          if (isHere()) {
            guarded(task);
          } else {
            execute(task); // it has moved since, or is not there yet
          }
        });
  }

  /** Runs something on this connection's loop after a delay, wherever that is by then. */
  public void schedule(Runnable task, long nanos) {
    Tasks.schedule(
        loop(),
        () -> {
          if (isHere()) {
            guarded(task);
          } else {
            execute(task);
          }
        },
        nanos);
  }

  /**
   * Whether this is its loop's thread, and it has got there: until that has registered it, Netty
   * can neither write nor flush. One that is closed needs no registration any more.
   */
  private boolean isHere() {
    return loop().inEventLoop() && (channel.isRegistered() || !channel.isOpen());
  }

  /**
   * Makes another loop this connection's, whatever it is in the middle of. Nothing of it runs on
   * the old loop from the moment on in which {@link #loop} says the new one, and that happens on
   * the old loop: what was given to that is sent on, so there is one thread at a time, and what it
   * has written is seen by the next. Nothing of it runs on the next loop, either, before that has
   * registered it. What has been written and waits for the socket goes along, and reports to the
   * loop of that moment: see {@link #write(ByteBuf)}. If the connection closes on the way, the
   * stage does not arrive; and nothing happens if the connection is on its way already.
   *
   * @param next any loop of this relay; if it is the present one, the stage has arrived at once
   * @param stage told on the way
   */
  public void moveTo(EventLoop next, Traveller stage) {
    if (next == loop()) {
      stage.arrived();
      return;
    }
    if (moving) {
      return;
    }
    moving = true;
    channel
        .deregister()
        .addListener(
            left -> {
              if (channel.isActive()) {
                leaveFor(next, stage);
              } else {
                // Netty tells nobody if a write has failed since: who is not registered has no
                // pipeline
                gone();
              }
            });
  }

  private void leaveFor(EventLoop next, Traveller stage) {
    boolean closing = isClosing(); // what it has still to say it says from here
    Throwable fault = closing ? null : prepareToLeave(next, stage);
    boolean goes = !closing && fault == null;
    (goes ? next : loop())
        .register(channel)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                moving = false;
                channel.flush(); // that it waited for a full socket has been forgotten on the way
                if (fault == null) {
                  guarded(() -> arrivedOn(stage));
                } else {
                  failed(fault);
                }
              } else {
                services.fatalErrors().operationComplete(done);
                // closed by Netty, which tells nobody if there is no registration
                gone();
              }
            });
    if (goes) {
      stage.hasLeft(next);
    }
  }

  /** What goes wrong, if it does, is dealt with once a loop has the connection again. */
  private @Nullable Throwable prepareToLeave(EventLoop next, Traveller stage) {
    try {
      stage.leaves();
      connections.move(this, next);
      return null;
    } catch (Throwable e) {
      return e;
    }
  }

  private void arrivedOn(Traveller stage) {
    boolean tooLate = resident == null && services.operations().phase() == Operations.Phase.CLOSING;
    if (tooLate || connections.hasShutDown(record.role())) {
      // whoever told all connections may have missed this one
      fail(ErrorCode.SHUTDOWN, "the relay is shutting down");
    } else if (!isClosing()) {
      stage.arrived();
    }
  }

  /**
   * Runs a step that takes long on the relay's pool; what it throws ends this connection.
   *
   * @throws java.util.concurrent.RejectedExecutionException if there are too many of them
   */
  public void onPool(Runnable step) {
    services
        .pool()
        .execute(
            () -> {
              try {
                step.run();
              } catch (Throwable e) {
                services.fatalErrors().note(e); // before anything else: there may be no memory
                execute(() -> failed(e));
              }
            });
  }

  /** Runs a step; what it throws ends this connection, as if it had happened while reading. */
  public void guarded(Runnable step) {
    try {
      step.run();
    } catch (Throwable e) {
      failed(e);
    }
  }

  /** Whatever a step throws ends its connection, and nothing else: others share the loop. */
  public void failed(Throwable cause) {
    services.fatalErrors().note(cause);
    try {
      onFailure(cause);
    } catch (Throwable e) {
      services.fatalErrors().note(e);
      LOG.error("{} closed by a fault of this relay", this, e);
      channel.close();
    }
  }

  /** Who lives here and can be brought to another loop, or null. From any thread. */
  @Nullable
  public Resident resident() {
    return resident;
  }

  /** From now on it can be brought to another loop. */
  public void resident(Resident lives) {
    resident = lives;
  }

  public Stage stage() {
    return stage;
  }

  public void stage(Stage next) {
    stage = next;
  }

  public boolean isClosing() {
    return stage instanceof ClosingStage || !channel.isActive();
  }

  public void secured(Handshake.Result keys) {
    records = new SealedRecords(keys);
    handshakeHash = keys.hash();
    shownKey = RelayKey.of(keys.relayKey());
    securedNanos = services.nanoTime();
    record.handshakeDone();
  }

  public void joined() {
    visitor.joined();
    joined = true;
    record.joined();
    SealedRecords sealed = records;
    if (sealed != null) {
      sealed.joined();
    }
  }

  /** From now on this is the classic wire: no control messages, no ERROR, no liveness. */
  public void classic() {
    classic = true;
    services.transports().keepAlive().watch(channel);
  }

  /** From now on a join can be answered: this is the later classic wire. */
  public void answers(LaterAnswers words) {
    answers = words;
  }

  /** Whether the peer has closed the connection in order; only while its stage leaves. */
  public boolean hasPeerFinished() {
    return peerFinished;
  }

  /** Whether the connection was closed by the peer, or broke. */
  public boolean isPeerGone() {
    return peerGone;
  }

  /**
   * Whether the stage is asked what the peer's FIN means, by {@link Stage#outlastsEnd}; else it
   * closes the channel. Epoll and io_uring see a FIN whatever autoRead says, and read all that is
   * in front of it, while what has been read may have to wait for a stage that takes it.
   */
  public void stayAtEnd(boolean value) {
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, value);
  }

  /**
   * A write that fails does not close the channel any more: first all is read that the peer had
   * sent before the connection broke, and the end of that closes it. Where the stage does not read,
   * {@link #tick} closes it. Not on the classic wire, where the end of what there is to read would
   * look like a FIN once a write has met the reset; nor on io_uring, which may not tell of it then.
   */
  public void outlastFailedWrites() {
    if (!classic && services.transports().readsIntoLog()) {
      channel.config().setAutoClose(false);
    }
  }

  /** Whether the peer has sent its last byte, that has been read, and the channel is still open. */
  public boolean isInputOver() {
    return inputOver;
  }

  public boolean isClassic() {
    return classic;
  }

  /**
   * Whether more may come in this turn of the loop, at whose end {@link Stage#turnEnds} is told.
   */
  public boolean isInTurn() {
    return inTurn;
  }

  /**
   * Opens a whole SEALED frame. A tag that does not verify closes the connection silently, as
   * section 7 has it.
   *
   * @return false if the connection is closed now
   */
  public boolean open(byte[] frame, int length) {
    receive.openedRecord();
    if (records().open(frame, length)) {
      return true;
    }
    closeSilently("a record's tag does not verify");
    return false;
  }

  /** The next control message of the inner stream, or null. */
  @Nullable
  public Control nextControl() {
    receive.tookMessage();
    return classic ? null : records().next();
  }

  /**
   * Seals and writes a message, without a flush. The classic wire leaves it unsaid, but for JOINED
   * from beta.7 on.
   */
  public ChannelFuture write(Control message) {
    if (classic) {
      LaterAnswers words = answers;
      if (words == null || !(message instanceof JoinedMessage)) {
        return channel.newSucceededFuture();
      }
      ChannelFuture said = say(words.joined());
      if (!words.goOn()) {
        forgetAnswers();
      }
      return said;
    }
    byte[] sealed = records().seal(message);
    if (sealed == null) {
      return channel.newFailedFuture(new ClosedChannelException());
    }
    record.sent(sealed.length);
    return write(channel.alloc().directBuffer(sealed.length).writeBytes(sealed));
  }

  /**
   * Writes bytes, without a flush; takes the buffer over. What listens to the future is told on the
   * connection's loop of the moment in which the bytes have gone: a future that Netty makes would
   * tell it on the loop of the moment of this call.
   */
  public ChannelFuture write(ByteBuf bytes) {
    return channel
        .write(bytes, new DefaultChannelPromise(channel))
        .addListener(services.fatalErrors());
  }

  /** Writes an answer to a join of the classic wire. */
  private ChannelFuture say(ByteBuf answer) {
    record.said(answer.readableBytes());
    return write(answer);
  }

  private void forgetAnswers() {
    LaterAnswers words = answers;
    if (words != null) {
      answers = null;
      words.destroy();
    }
  }

  /** Bytes that have been written and that the kernel has not taken. */
  public long pendingBytes() {
    return channel.unsafe().outboundBuffer() == null
        ? 0
        : channel.unsafe().outboundBuffer().totalPendingWriteBytes();
  }

  private SealedRecords records() {
    SealedRecords sealed = records;
    if (sealed == null) {
      throw new IllegalStateException("the handshake has not finished");
    }
    return sealed;
  }

  // ---- the ways out ----

  /** Says what is wrong and closes. Silent while there is no transport key. */
  public void fail(ErrorCode code, String text) {
    boolean neverBeforeJoined = code == ErrorCode.PROTOCOL || code == ErrorCode.TOO_BIG;
    long retryMs = !joined && neverBeforeJoined ? ErrorMessage.NEVER : ErrorMessage.retryMs(code);
    if (code == ErrorCode.SHUTDOWN) {
      retryMs =
          ThreadLocalRandom.current().nextInt(SHUTDOWN_RETRY_MIN_MS, SHUTDOWN_RETRY_MAX_MS + 1);
    }
    fail(code, retryMs, text);
  }

  /** The same, with another time after which the client may try again, in milliseconds. */
  public void fail(ErrorCode code, long retryMs, String text) {
    if (isClosing()) {
      return;
    }
    LOG.debug("{} closed with {}: {}", this, code, text);
    record.fails(RelayCounters.label(code));
    Stage last = stage;
    LaterAnswers words = joined ? null : answers;
    if (records == null && words == null || !last.finishFrame()) {
      abort();
      return;
    }
    stage = new ClosingStage(this);
    last.leave();
    if (words != null) {
      say(words.refused(code));
    } else {
      write(new ErrorMessage(code.wireCode(), retryMs, text));
    }
    finishOutput();
  }

  /** Nothing more will be written: FIN behind what is queued, then read and discard. */
  public void finishOutput() {
    if (!(stage instanceof ClosingStage)) {
      Stage last = stage;
      stage = new ClosingStage(this);
      last.leave();
    }
    receive.target(null);
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            done ->
                guarded(
                    () -> {
                      services.fatalErrors().operationComplete(done);
                      if (done.isSuccess() && !inputOver) {
                        ((DuplexChannel) channel).shutdownOutput();
                      } else {
                        channel.close();
                      }
                    }));
    channel.config().setAutoRead(true);
  }

  /** Everything is with the kernel and there is no end: a reset, once it may have arrived. */
  public void breakOff() {
    Stage last = stage;
    stage = new ClosingStage(this, BREAK_OFF_NANOS);
    last.leave();
    resetWhenClosed();
    channel.config().setAutoRead(true);
  }

  /** On the classic wire a FIN would look like the end of the session. */
  private void resetWhenClosed() {
    if (channel.isOpen()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
  }

  public void closeSilently(String reason) {
    LOG.debug("{} closed silently: {}", this, reason);
    record.ends("silent");
    abort();
  }

  /** The client speaks something else, which the log names. */
  public void closeForeign(ForeignProtocol spoken) {
    record.ends("speaks " + spoken);
    abort();
  }

  /** The relay's time is up: leaves and closes at once, wherever it is. */
  void cut() {
    if (stage instanceof ClosingStage) {
      channel.close();
    } else {
      record.ends("cut off");
      abort();
    }
  }

  /** Leaves and closes at once; what has not been written is lost. */
  public void abort() {
    if (classic) {
      resetWhenClosed();
    }
    Stage last = stage;
    stage = new ClosingStage(this);
    receive.target(null);
    last.leave();
    channel.close();
  }

  // ---- what Netty calls ----

  @Override
  public void channelActive(ChannelHandlerContext context) {
    Optional<String> refusal = visitor.connect();
    if (refusal.isPresent()) {
      services.operations().counters().rejected(refusal.get());
      channel.close();
      return;
    }
    counted = true;
    connections.add(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    gone();
  }

  /** The channel is closed. Once, however often that is told. */
  private void gone() {
    if (!counted) {
      return;
    }
    counted = false;
    visitor.disconnected();
    connections.remove(this);
    peerFinished = true;
    peerGone = true;
    Stage last = stage;
    stage = new ClosingStage(this);
    receive.target(null);
    last.leave();
    unfinished.to(0);
    forgetAnswers();
    record.closed(peer(), services.nanoTime() - acceptedNanos);
    SealedRecords sealed = records;
    if (sealed != null) {
      sealed.close();
    }
  }

  /** The keys are needed for what has come, also when the connection is gone. */
  public void keepKeys() {
    SealedRecords sealed = records;
    if (sealed != null) {
      sealed.keep();
    }
  }

  /** They are not needed any more. */
  public void releaseKeys() {
    SealedRecords sealed = records;
    if (sealed != null) {
      sealed.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    lastReadNanos = services.nanoTime();
    inTurn = true;
    if (message instanceof ByteBuf bytes) {
      record.received(bytes.readableBytes());
      try {
        stage.read(bytes);
      } catch (Throwable e) {
        failed(e);
      }
      guarded(checkUnfinished);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  private void turnEnds() {
    stage.turnEnds();
  }

  private void checkUnfinished() {
    SealedRecords sealed = records;
    int kept = stage.keptBytes() + (sealed == null ? 0 : sealed.capacity());
    if (!stage.isPrivileged() && !unfinished.to(kept)) {
      fail(ErrorCode.LIMIT, "the relay's memory for unfinished messages is used up");
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    inTurn = false;
    guarded(turnEnds);
  }

  /**
   * Told where a FIN has not closed the channel, once all in front of it has been read; and where a
   * failed write has not.
   */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelOutputShutdownEvent) {
      outputBroken = true;
    } else if (event instanceof ChannelInputShutdownEvent) {
      inputOver = true;
      if (!stage.outlastsEnd()) {
        channel.close();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failed(cause);
  }

  private void onFailure(Throwable cause) {
    if (cause instanceof ProtocolException problem) {
      fail(problem.code(), String.valueOf(problem.getMessage()));
    } else if (JvmErrors.isFatal(cause)) {
      LOG.warn("{} closed: {}", this, Reasons.of(cause));
      abort(); // saying so would take memory as well
    } else if (cause instanceof IOException) {
      peerGone = true;
      if (record.isUnused()) {
        abort(); // a probe, as one that ends with FIN
      } else {
        closeSilently(String.valueOf(cause.getMessage()));
      }
    } else {
      LOG.error("{} closed by a fault of this relay", this, cause);
      fail(ErrorCode.INTERNAL, "a fault inside the relay");
    }
  }

  /** Looks at deadlines. */
  public void tick(long nowNanos) {
    if (!isHere()) {
      return; // it is moving
    }
    guarded(() -> checkDeadlines(nowNanos));
  }

  private void checkDeadlines(long nowNanos) {
    if (outputBroken && !(stage instanceof ClosingStage) && !stage.isWillingToRead()) {
      peerGone = true;
      closeSilently("the connection broke, and nothing is read from it at present");
      return;
    }
    if (!stage.isWillingToRead()) {
      lastReadNanos = nowNanos;
    } else if (joined && !classic && nowNanos - lastReadNanos > services.limits().idleNanos()) {
      fail(ErrorCode.TIMEOUT, "nothing heard for too long");
    }
    stage.tick(nowNanos);
  }

  @Override
  public String toString() {
    return "connection " + channel.remoteAddress();
  }
}
