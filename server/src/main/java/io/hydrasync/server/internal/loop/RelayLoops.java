package io.hydrasync.server.internal.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The event loops of a relay. Netty's own log what a task throws, or keep it in a future that
 * nobody asks, cancel what is repeated, and end where reading or writing throws an Error; here
 * {@link FatalErrors} hears of all of it, and what is no fatal error ends neither the loop nor what
 * is repeated. And they look for input after a millisecond of tasks, where Netty's own would after
 * a second: ten thousand consumers that are told that their producer is away are as many tasks.
 * Thread-safe.
 */
public final class RelayLoops extends MultiThreadIoEventLoopGroup {
  private static final long TASKS_MS = 1;

  private final FatalErrors errors;

  /**
   * Loops whose threads have all been started: one that is missing is found out now.
   *
   * @throws OutOfMemoryError if the operating system has no more threads
   */
  public RelayLoops(int threads, IoHandlerFactory factory, FatalErrors errors) {
    super(threads, new DefaultThreadFactory("hydra-relay"), factory, errors);
    this.errors = errors;
    try {
      forEach(loop -> loop.execute(() -> {}));
    } catch (Throwable e) {
      shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw e;
    }
  }

  @Override
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory factory, Object... args) {
    return new Loop(this, executor, factory, (FatalErrors) args[0], new MeteredIo.Clock());
  }

  @Override
  public ChannelFuture register(Channel channel) {
    try {
      return super.register(channel).addListener(errors);
    } catch (Throwable e) {
      errors.note(e);
      throw e;
    }
  }

  private static final class Loop extends SingleThreadIoEventLoop implements BusyLoop {
    private final FatalErrors errors;
    private final MeteredIo.Clock clock;

    Loop(
        IoEventLoopGroup group,
        Executor executor,
        IoHandlerFactory factory,
        FatalErrors errors,
        MeteredIo.Clock clock) {
      super(
          group,
          executor,
          MeteredIo.of(factory, clock),
          Integer.MAX_VALUE,
          RejectedExecutionHandlers.reject(),
          TASKS_MS);
      this.errors = errors;
      this.clock = clock;
    }

    @Override
    public long busyNanos() {
      return clock.busyNanos();
    }

    @Override
    protected void run() {
      try {
        super.run();
      } catch (Throwable e) {
        errors.end(e);
        throw e;
      }
      if (!isShuttingDown()) {
        errors.end(new IllegalStateException("an event loop has ended by itself"));
      }
    }

    @Override
    protected int runIo() {
      try {
        return super.runIo();
      } catch (Throwable e) {
        errors.caught(e);
        return 0;
      }
    }

    @Override
    public void execute(Runnable task) {
      super.execute(errors.guard(task));
    }

    @Override
    public void lazyExecute(Runnable task) {
      super.lazyExecute(errors.guard(task));
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      return super.schedule(errors.guard(task), delay, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(
        Runnable task, long delay, long period, TimeUnit unit) {
      return super.scheduleAtFixedRate(errors.guard(task), delay, period, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(
        Runnable task, long delay, long pause, TimeUnit unit) {
      return super.scheduleWithFixedDelay(errors.guard(task), delay, pause, unit);
    }
  }
}
