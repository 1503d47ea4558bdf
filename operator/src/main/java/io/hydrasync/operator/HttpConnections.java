package io.hydrasync.operator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of an HTTP server, on one thread that never waits for a client. Only a whole
 * request costs anything but a place among {@value #MOST}; when these are taken, the place is given
 * to the newcomer of whoever has waited longest for its own client: first of those whose answer is
 * written, then of those whose head has not come, then of those that do not read. So whoever sends
 * parts of requests, or does not read answers, in whatever number, stands in nobody's way who does
 * not. A connection has one request; an answer says so.
 *
 * <p>All state is the thread's own; others hand their answers in through a queue.
 */
final class HttpConnections {
  /** How many there may be. */
  static final int MOST = 256;

  /** What clients that do not read may keep in all. */
  static final int MOST_UNSENT_BYTES = 8 << 20;

  private static final long HEAD_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long WRITE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long LOOK_MILLIS = 100;
  private static final long CLOSE_MILLIS = 2_000;
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnections.class);

  private final ServerSocketChannel listener;
  private final Selector selector;
  private final Handler handler;
  private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
  private final Set<HttpConnection> connections = new LinkedHashSet<>(); // the oldest first
  private final ByteBuffer scratch = ByteBuffer.allocate(4 << 10);
  private final Thread thread;

  /** Where an answer goes. */
  interface Reply {
    /**
     * Hands an answer in, from any thread, once.
     *
     * @param response all of it
     */
    void send(byte[] response);
  }

  /** Answers requests. Must not block: it is called on the thread of all connections. */
  interface Handler {
    /**
     * Has a request answered.
     *
     * @param head empty if it is malformed or too long
     * @param status what is wrong then, 400 or 431
     */
    void handle(Optional<HttpHead> head, int status, Reply reply);
  }

  /**
   * Connections, once it is {@link #start}ed.
   *
   * @param listener bound; closed with this
   * @param fatal hears of what ends the thread
   */
  HttpConnections(ServerSocketChannel listener, Handler handler, Consumer<Throwable> fatal)
      throws IOException {
    this.listener = listener;
    this.handler = handler;
    selector = Selector.open();
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
    thread = new Thread(this::run, "hydra-http");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((who, error) -> fatal.accept(error));
  }

  void start() {
    thread.start();
  }

  private void run() {
    long nextLook = System.nanoTime();
    while (selector.isOpen()) {
      try {
        selector.select(this::ready, LOOK_MILLIS);
        for (Runnable answer = answers.poll(); answer != null; answer = answers.poll()) {
          answer.run();
        }
        if (System.nanoTime() - nextLook >= 0) {
          look();
          nextLook = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
        }
      } catch (ClosedSelectorException e) {
        break;
      } catch (IOException | RuntimeException e) {
        LOG.warn("the operator's HTTP goes on after a fault", e);
      }
    }
    connections.forEach(HttpConnection::close);
  }

  private void ready(SelectionKey key) {
    if (key.attachment() instanceof HttpConnection connection) {
      if (key.isValid()) {
        ready(connection);
      }
    } else {
      accept(key);
    }
  }

  // ---- places ----

  private void accept(SelectionKey key) {
    try {
      if (connections.size() >= MOST && !giveUpOne()) {
        key.interestOps(0); // all are being answered: the next waits for one of them
        return;
      }
      SocketChannel channel = listener.accept();
      if (channel != null) {
        add(channel);
      }
    } catch (IOException e) { // no descriptor, for example
      giveUpOne();
      key.interestOps(0);
    }
  }

  private void add(SocketChannel channel) throws IOException {
    try {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      HttpConnection connection = new HttpConnection(channel, key, System.nanoTime() + HEAD_NANOS);
      key.attach(connection);
      connections.add(connection);
      ready(connection); // mostly the request is there already
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  private boolean giveUpOne() {
    return giveUp(HttpConnection.Phase.CLOSING)
        || giveUp(HttpConnection.Phase.HEAD)
        || giveUp(HttpConnection.Phase.WRITE);
  }

  /** Closes the oldest that is so far. */
  private boolean giveUp(HttpConnection.Phase phase) {
    for (HttpConnection connection : connections) {
      if (connection.phase() == phase) {
        close(connection);
        return true;
      }
    }
    return false;
  }

  private void close(HttpConnection connection) {
    connection.close();
    connections.remove(connection);
  }

  /** Closes those that are late, and accepts again. */
  private void look() {
    long now = System.nanoTime();
    connections.stream().filter(each -> each.isLate(now)).toList().forEach(this::close);
    SelectionKey accepting = listener.keyFor(selector);
    if (accepting != null && accepting.isValid()) {
      accepting.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  // ---- one of them ----

  private void ready(HttpConnection connection) {
    try {
      switch (connection.phase()) {
        case HEAD -> read(connection);
        case WRITE -> connection.write(System.nanoTime() + CLOSE_NANOS);
        case CLOSING -> {
          if (!connection.discard(scratch)) {
            close(connection);
          }
        }
        case ANSWER, CLOSED -> {
          // nothing to do
        }
      }
    } catch (IOException | RuntimeException e) {
      close(connection);
    }
  }

  private void read(HttpConnection connection) throws IOException {
    Optional<HttpHead> head = Optional.empty();
    int status = 0;
    try {
      int length = connection.readHead();
      if (length == 0) {
        return;
      }
      head = Optional.of(HttpHead.parse(connection.head(), length));
    } catch (HttpConnection.TooLongException e) {
      status = 431;
    } catch (IllegalArgumentException e) {
      status = 400;
    }
    connection.answering();
    handler.handle(
        head,
        status,
        response -> {
          answers.add(() -> answer(connection, response));
          selector.wakeup();
        });
  }

  private void answer(HttpConnection connection, byte[] response) {
    if (connection.phase() != HttpConnection.Phase.ANSWER) {
      return;
    }
    long unsent = connections.stream().mapToLong(HttpConnection::unsent).sum();
    while (unsent > MOST_UNSENT_BYTES && giveUp(HttpConnection.Phase.WRITE)) {
      unsent = connections.stream().mapToLong(HttpConnection::unsent).sum();
    }
    connection.answer(response, System.nanoTime() + WRITE_NANOS);
    ready(connection);
  }

  /** Closes the listener and all connections at once. Later calls do nothing. */
  void close() {
    try {
      listener.close();
      selector.close();
      thread.join(CLOSE_MILLIS);
    } catch (IOException e) {
      // closed all the same
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it ends by itself
    }
  }
}
