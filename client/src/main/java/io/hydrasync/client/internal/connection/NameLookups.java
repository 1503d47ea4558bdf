package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.threads.ClientThreads;
import io.hydrasync.protocol.check.Reasons;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Looks up names on few threads of its own. A look-up cannot be ended, so that whoever gives one up
 * leaves it to itself; with a thread for each attempt, a name service that hangs would take another
 * thread every time. Those who want the same name wait for the same look-up (the JVM would make
 * them wait for each other anyway), and one that has not begun goes with the last who waits for it.
 * Thread-safe.
 */
public final class NameLookups {
  /** So many names can be looked up at a time; more wait. */
  static final int MAX_THREADS = 8;

  /** Of all clients in this JVM. */
  public static final NameLookups SYSTEM = new NameLookups(NameService.SYSTEM);

  private static final long IDLE_SECONDS = 2;

  private final NameService names;
  private final ThreadPoolExecutor pool;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Shared> going = new HashMap<>(); // under lock

  /** Look-ups by a service. */
  public NameLookups(NameService names) {
    this.names = names;
    pool =
        new ThreadPoolExecutor(
            MAX_THREADS,
            MAX_THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            ClientThreads.daemon("hydra-lookup"));
    pool.allowCoreThreadTimeOut(true);
  }

  /** Begins to look up a name, or joins those who wait for it. Never blocks. */
  Lookup start(String host) {
    lock.lock();
    try {
      Shared shared = going.get(host);
      if (shared == null) {
        shared = new Shared(host);
        going.put(host, shared);
        begin(shared);
      }
      Lookup lookup = new Lookup(shared);
      shared.waiting.add(lookup);
      return lookup;
    } finally {
      lock.unlock();
    }
  }

  private void begin(Shared shared) {
    try {
      pool.execute(shared);
    } catch (Throwable e) { // no thread: the next one is to try again
      going.remove(shared.host);
      throw e;
    }
  }

  /** Whoever comes from now on wants to know anew. */
  private List<Lookup> ended(Shared shared) {
    lock.lock();
    try {
      going.remove(shared.host, shared);
      return List.copyOf(shared.waiting);
    } finally {
      lock.unlock();
    }
  }

  private void left(Shared shared, Lookup lookup) {
    lock.lock();
    try {
      shared.waiting.remove(lookup);
      if (shared.waiting.isEmpty() && pool.remove(shared)) {
        going.remove(shared.host, shared);
      }
    } finally {
      lock.unlock();
    }
  }

  /** One look-up, on a thread of the pool. */
  private final class Shared implements Runnable {
    private final String host;
    private final Set<Lookup> waiting = new HashSet<>(); // under lock
    private volatile boolean begun;

    Shared(String host) {
      this.host = host;
    }

    @Override
    public void run() {
      begun = true;
      @Nullable Throwable problem = null;
      List<InetAddress> addresses = List.of();
      try {
        addresses = names.addressesOf(host);
        problem = addresses.isEmpty() ? new UnknownHostException(host) : null;
      } catch (Throwable e) { // nobody else would tell those who wait
        problem = e;
      }
      for (Lookup lookup : ended(this)) {
        if (problem == null) {
          lookup.found.complete(addresses);
        } else {
          lookup.found.completeExceptionally(problem);
        }
      }
    }
  }

  /** Somebody's part in a look-up, to be closed by whoever wants it no longer. */
  final class Lookup implements Closeable {
    private final Shared shared;
    private final CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();

    private Lookup(Shared shared) {
      this.shared = shared;
    }

    /**
     * Waits for the addresses.
     *
     * @throws UnknownHostException if there are none
     * @throws SocketException if it was closed meanwhile
     */
    List<InetAddress> await() throws IOException {
      try {
        return found.get();
      } catch (CancellationException e) {
        throw new SocketException("given up");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      } catch (ExecutionException e) {
        throw problem(e.getCause());
      }
    }

    private static IOException problem(@Nullable Throwable cause) {
      if (cause instanceof UnknownHostException unknown) {
        UnknownHostException own = new UnknownHostException(unknown.getMessage());
        own.initCause(unknown); // which others are thrown, too
        return own;
      }
      if (cause instanceof Error error) {
        throw error;
      }
      return new IOException(
          "the look-up failed" + (cause == null ? "" : ": " + Reasons.of(cause)), cause);
    }

    /** What there is to say of it while it lasts. */
    String state() {
      return shared.begun
          ? "the name service has not answered"
          : "its turn has not come, " + MAX_THREADS + " other look-ups hang";
    }

    /** Ends the waiting, at once. Later calls do nothing. */
    @Override
    public void close() {
      found.cancel(false);
      left(shared, this);
    }
  }
}
