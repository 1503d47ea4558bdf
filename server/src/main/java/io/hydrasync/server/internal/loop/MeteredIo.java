package io.hydrasync.server.internal.loop;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What an event loop does its input and output with, and a clock that stands while it waits there:
 * between two turns the loop runs tasks, and what it does within one it reports. Confined to the
 * loop, but for {@link #busyNanos}.
 */
final class MeteredIo implements IoHandler, IoHandlerContext {
  private static final VarHandle BUSY;

  static {
    try {
      BUSY = MethodHandles.lookup().findVarHandle(Clock.class, "busyNanos", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final IoHandler handler;
  private final Clock clock;
  private IoHandlerContext context = this;
  private long endedNanos = System.nanoTime();

  private MeteredIo(IoHandler handler, Clock clock) {
    this.handler = handler;
    this.clock = clock;
  }

  /** Written by one loop, read by anybody, a moment late. */
  static final class Clock implements BusyLoop {
    private long busyNanos;

    private void add(long nanos) {
      BUSY.setOpaque(this, busyNanos + nanos);
    }

    @Override
    public long busyNanos() {
      return (long) BUSY.getOpaque(this);
    }
  }

  /** The same handlers, for one loop, with a clock. */
  static IoHandlerFactory of(IoHandlerFactory handlers, Clock clock) {
    return new IoHandlerFactory() {
      @Override
      public IoHandler newHandler(ThreadAwareExecutor loop) {
        return new MeteredIo(handlers.newHandler(loop), clock);
      }

      @Override
      public boolean isChangingThreadSupported() {
        return handlers.isChangingThreadSupported();
      }
    };
  }

  @Override
  public int run(IoHandlerContext turn) {
    clock.add(System.nanoTime() - endedNanos);
    context = turn;
    try {
      return handler.run(this);
    } finally {
      endedNanos = System.nanoTime();
    }
  }

  @Override
  public boolean shouldReportActiveIoTime() {
    return true;
  }

  @Override
  public void reportActiveIoTime(long activeNanos) {
    clock.add(activeNanos);
    if (context.shouldReportActiveIoTime()) {
      context.reportActiveIoTime(activeNanos);
    }
  }

  @Override
  public boolean canBlock() {
    return context.canBlock();
  }

  @Override
  public long delayNanos(long currentTimeNanos) {
    return context.delayNanos(currentTimeNanos);
  }

  @Override
  public long deadlineNanos() {
    return context.deadlineNanos();
  }

  @Override
  public void initialize() {
    handler.initialize();
    endedNanos = System.nanoTime();
  }

  @Override
  public void prepareToDestroy() {
    handler.prepareToDestroy();
  }

  @Override
  public void destroy() {
    handler.destroy();
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return handler.register(handle);
  }

  @Override
  public void wakeup() {
    handler.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return handler.isCompatible(handleType);
  }
}
