package io.hydrasync.server;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where the signatures of HEADs are checked, and how often: half of the processors at the most, on
 * threads of their own, so that neither loops nor those who join wait for them; and a token of the
 * connection and one of its address (IPv4, or IPv6 /64) for each. Who has no token waits, nobody is
 * refused. A producer that comes back with a ring of 64 epochs has its tokens at once.
 *
 * <p>A connection has at most one check here, so there are no more of them than connections; the
 * addresses are as many as fit, the one forgotten first that has not been seen for longest.
 * Thread-safe.
 */
final class HeadChecks {
  static final int CONNECTION_BURST = 256;
  static final int CONNECTION_PER_SECOND = 64;
  static final int ADDRESS_BURST = 4096;
  static final int ADDRESS_PER_SECOND = 512;
  static final int MAX_ADDRESSES = 65_536;
  private static final int IPV6_PREFIX_BYTES = 8;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<ByteBuffer, TokenBucket> addresses =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, TokenBucket> eldest) {
          return size() > MAX_ADDRESSES;
        }
      };
  private final ExecutorService threads;

  /**
   * Checks, with all of their threads from the start: there may be none to be had when one is
   * needed.
   */
  HeadChecks(ThreadFactory daemons) {
    int most = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            most, most, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons);
    try {
      executor.prestartAllCoreThreads();
    } catch (Throwable e) {
      executor.shutdownNow();
      throw e;
    }
    threads = executor;
  }

  /** The bucket of a new connection. */
  static TokenBucket newBucket(long nowNanos) {
    return new TokenBucket(CONNECTION_BURST, nowNanos);
  }

  /**
   * Takes tokens of a connection and as many of its address.
   *
   * @return nanoseconds until all are there
   */
  long take(TokenBucket own, SocketAddress remote, int heads, long nowNanos) {
    long wait = own.takeInAdvance(heads, CONNECTION_PER_SECOND, CONNECTION_BURST, nowNanos);
    return Math.max(wait, takeOfAddress(remote, heads, nowNanos));
  }

  private long takeOfAddress(SocketAddress remote, int heads, long nowNanos) {
    @Nullable ByteBuffer prefix = prefix(remote);
    if (prefix == null) {
      return 0;
    }
    lock.lock();
    try {
      return addresses
          .computeIfAbsent(prefix, unseen -> new TokenBucket(ADDRESS_BURST, nowNanos))
          .takeInAdvance(heads, ADDRESS_PER_SECOND, ADDRESS_BURST, nowNanos);
    } finally {
      lock.unlock();
    }
  }

  /** Tokens of an address that were taken in advance, for checks that nobody wants any more. */
  void giveBack(SocketAddress remote, int heads, long nowNanos) {
    takeOfAddress(remote, -heads, nowNanos);
  }

  private static @Nullable ByteBuffer prefix(SocketAddress remote) {
    if (remote instanceof InetSocketAddress inet && inet.getAddress() != null) {
      byte[] address = inet.getAddress().getAddress();
      return ByteBuffer.wrap(Arrays.copyOf(address, Math.min(address.length, IPV6_PREFIX_BYTES)));
    }
    return null; // only in tests
  }

  /** How many addresses are remembered. */
  int addresses() {
    lock.lock();
    try {
      return addresses.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs a check, in the order in which they come.
   *
   * @throws RejectedExecutionException if the relay has stopped
   */
  void execute(Runnable check) {
    threads.execute(check);
  }

  /** The relay has stopped. */
  void close() {
    threads.shutdown();
  }
}
