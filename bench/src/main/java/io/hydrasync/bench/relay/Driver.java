package io.hydrasync.bench.relay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads a relay as hard as it takes and compares every byte that each consumer receives with what
 * was sent. One thread over non-blocking sockets, the same for every relay; what it costs does not
 * count, but it shares the machine with the relay. Not thread-safe.
 */
public final class Driver implements AutoCloseable {
  private static final int READ_BYTES = 256 << 10;
  private static final int WRITE_BYTES = 256 << 10;
  private static final long STUCK_NANOS = 20_000_000_000L;

  private final Traffic traffic;
  private final ByteBuffer opening;
  private final byte[] interjection;
  private final Selector selector = Selector.open();
  private final List<Producer> producers = new ArrayList<>();
  private final List<Consumer> consumers = new ArrayList<>();
  private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
  private final ByteBuffer out;
  private final ByteBuffer expected;
  private long limit = Long.MAX_VALUE;
  private long progressNanos;

  public Driver(Traffic traffic, ByteBuffer opening, byte[] interjection) throws IOException {
    this.traffic = traffic;
    this.opening = opening;
    this.interjection = interjection;
    out = traffic.sent().duplicate();
    expected = traffic.received().duplicate();
  }

  /** Makes this driver expect something that was never sent, to see that it would notice. */
  public void damageExpected() {
    int last = traffic.received().capacity() - 1;
    for (int i = 0; i <= last; i += traffic.layout().receivedBytes()) {
      int at = i + traffic.layout().receivedBytes() - 1;
      traffic.received().put(at, (byte) ~traffic.received().get(at));
    }
  }

  /** Connects sessions with consumers each; the producers first. */
  public static Driver connect(Wire wire, int sessions, int consumersEach, int messageBytes)
      throws IOException {
    Driver driver =
        new Driver(new Traffic(wire.layout(0, messageBytes)), wire.opening(), wire.interjection());
    for (int session = 0; session < sessions; session++) {
      Link.Socket link = Link.Socket.connect(wire.address(session));
      wire.producer(link, session);
      driver.addProducer(link.channel());
    }
    for (int session = 0; session < sessions; session++) {
      for (int i = 0; i < consumersEach; i++) {
        Link.Socket link = Link.Socket.connect(wire.address(session));
        wire.consumer(link, session);
        driver.addConsumer(link.channel());
      }
    }
    return driver;
  }

  private void addProducer(SocketChannel channel) throws IOException {
    producers.add(new Producer(channel));
  }

  public void addConsumer(SocketChannel channel) throws IOException {
    consumers.add(new Consumer(channel));
  }

  /**
   * Sends for a time and waits until every consumer has received all of it.
   *
   * @return messages delivered, by all consumers together, in this call
   */
  public long run(long nanos) throws IOException {
    long before = received();
    limit = Long.MAX_VALUE;
    long deadline = System.nanoTime() + nanos;
    progressNanos = System.nanoTime();
    while (System.nanoTime() < deadline) {
      step();
    }
    limit = traffic.generated();
    while (slowest() < limit) {
      step();
    }
    return received() - before;
  }

  /** Waits until every consumer has received that many more messages, sent by somebody else. */
  public void receive(long messages) throws IOException {
    long until = slowest() + messages;
    progressNanos = System.nanoTime();
    while (slowest() < until) {
      step();
    }
  }

  private void step() throws IOException {
    if (limit == Long.MAX_VALUE) {
      traffic.generate(slowest());
    }
    for (Producer producer : producers) {
      producer.write();
    }
    selector.select(
        key -> {
          try {
            ((Flow) key.attachment()).ready(key);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        },
        1);
    if (System.nanoTime() - progressNanos > STUCK_NANOS) {
      throw new IOException(
          "nothing moves: the slowest consumer has " + slowest() + " messages of " + limit);
    }
  }

  private long slowest() {
    long least = Long.MAX_VALUE;
    for (Consumer consumer : consumers) {
      least = Math.min(least, consumer.bytes);
    }
    return least / traffic.layout().receivedBytes();
  }

  private long received() {
    long sum = 0;
    for (Consumer consumer : consumers) {
      sum += consumer.bytes;
    }
    return sum / traffic.layout().receivedBytes();
  }

  @Override
  public void close() throws IOException {
    for (SelectionKey key : selector.keys()) {
      key.channel().close();
    }
    selector.close();
  }

  /** A connection. */
  private abstract class Flow {
    final SocketChannel channel;
    final SelectionKey key;

    Flow(SocketChannel channel) throws IOException {
      this.channel = channel;
      channel.configureBlocking(false);
      key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    abstract void ready(SelectionKey selected) throws IOException;

    int read() throws IOException {
      in.clear();
      int n = channel.read(in);
      if (n < 0) {
        throw new IOException("the relay closed a connection");
      }
      in.flip();
      return n;
    }
  }

  /** Sends what is generated as far as its socket takes it, and reads what nobody checks. */
  private final class Producer extends Flow {
    private final ByteBuffer first = opening.duplicate();
    private long bytes;
    private boolean blocked;

    Producer(SocketChannel channel) throws IOException {
      super(channel);
    }

    void write() throws IOException {
      while (!blocked) {
        ByteBuffer next = first.hasRemaining() ? first : nextPiece();
        if (!next.hasRemaining()) {
          return;
        }
        int wanted = next.remaining();
        int n = channel.write(next);
        if (next == out) {
          bytes += n;
        }
        if (n < wanted) {
          blocked = true;
          key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }
      }
    }

    private ByteBuffer nextPiece() {
      long left = Math.min(limit, traffic.generated()) * traffic.layout().sentBytes() - bytes;
      int at = (int) (bytes % traffic.sent().capacity());
      int n = (int) Math.min(Math.min(left, WRITE_BYTES), traffic.sent().capacity() - at);
      return out.limit(at + n).position(at);
    }

    @Override
    void ready(SelectionKey selected) throws IOException {
      if (selected.isReadable()) {
        read(); // acknowledgments, replies to PUBLISH
      }
      if (selected.isWritable()) {
        blocked = false;
        key.interestOps(SelectionKey.OP_READ);
        write();
      }
    }
  }

  /** Compares what comes with what was sent. */
  private final class Consumer extends Flow {
    private final ByteBuffer first = opening.duplicate();
    private long bytes;
    private int interjected;

    Consumer(SocketChannel channel) throws IOException {
      super(channel);
    }

    @Override
    void ready(SelectionKey selected) throws IOException {
      if (read() > 0) {
        progressNanos = System.nanoTime();
      }
      while (first.hasRemaining() && in.hasRemaining()) {
        if (first.get() != in.get()) {
          throw new IOException("a consumer received another opening than was sent");
        }
      }
      int end = in.limit();
      while (in.position() < end) {
        if (interjected > 0) {
          interjected();
          continue;
        }
        int at = (int) (bytes % expected.capacity());
        int n = Math.min(end - in.position(), expected.capacity() - at);
        in.limit(in.position() + n);
        int same = in.mismatch(expected.limit(at + n).position(at));
        int taken = same < 0 ? n : same;
        bytes += taken;
        in.position(in.position() + taken).limit(end);
        if (same >= 0) {
          interjected();
        }
      }
    }

    /** The next byte belongs to an interjection, or the relay has changed something. */
    private void interjected() throws IOException {
      boolean between = interjected > 0 || bytes % traffic.layout().receivedBytes() == 0;
      if (!between || interjection.length == 0 || in.get() != interjection[interjected]) {
        throw new IOException(
            "a consumer received other bytes than were sent, behind "
                + bytes / traffic.layout().receivedBytes()
                + " messages");
      }
      interjected = (interjected + 1) % interjection.length;
    }
  }
}
