package io.hydrasync.server;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * A relay's event loops. They look for input after a millisecond of tasks, where Netty's own would
 * after a second: ten thousand consumers that are told that their producer is away are as many
 * tasks.
 */
final class RelayLoops extends MultiThreadIoEventLoopGroup {
  private static final long TASKS_MS = 1;

  RelayLoops(int threads, ThreadFactory threadFactory, IoHandlerFactory handlers) {
    super(threads, threadFactory, handlers);
  }

  @Override
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... nothing) {
    return new SingleThreadIoEventLoop(
        this, executor, handlers, Integer.MAX_VALUE, RejectedExecutionHandlers.reject(), TASKS_MS);
  }
}
