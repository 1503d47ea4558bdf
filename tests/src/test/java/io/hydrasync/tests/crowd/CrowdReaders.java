package io.hydrasync.tests.crowd;

import io.hydrasync.tests.support.Fixture;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Consumers that take bytes and do not look at them, thousands on one thread, until each stalls:
 * then it never reads again, and stays connected.
 */
public final class CrowdReaders implements Closeable {
  private static final int BUFFER = 64 << 10;

  private final Selector selector;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
  private final List<Member> members = new ArrayList<>();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger stalled = new AtomicInteger();
  private final AtomicInteger gone = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final Future<Void> reading;
  private volatile boolean closed;

  /** One of them; on the reading thread. */
  private static final class Member {
    private final SocketChannel channel;
    private long taken;
    private long stallAt = Long.MAX_VALUE;

    Member(SocketChannel channel) {
      this.channel = channel;
    }
  }

  /** Starts their thread. */
  public CrowdReaders() throws IOException {
    selector = Selector.open();
    reading = Fixture.async(this::run);
  }

  /** Takes over a connection that has joined. */
  public void add(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    execute(
        () -> {
          Member member = new Member(channel);
          members.add(member);
          register(member);
        });
  }

  private void register(Member member) {
    try {
      member.channel.register(selector, SelectionKey.OP_READ, member);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * From now on they stall one after another, each when it has taken so many bytes more than the
   * one in front of it.
   */
  void stallOneByOne(int step) {
    execute(
        () -> {
          long place = members.stream().mapToLong(member -> member.taken).max().orElse(0);
          for (Member member : members) {
            place += step;
            member.stallAt = place;
          }
        });
  }

  /** How many have stalled, or have been disconnected while they read. */
  int stalledOrGone() {
    return stalled.get() + gone.get();
  }

  /** How many have been disconnected while they read. */
  public int gone() {
    return gone.get();
  }

  /** How many bytes all of them have taken. */
  public long bytes() {
    return bytes.get();
  }

  /** Fails if the reading thread has failed. */
  public void checkHealth() throws InterruptedException {
    if (reading.isDone() && !closed) {
      Fixture.join(reading);
    }
  }

  private void execute(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  private Void run() throws IOException {
    while (!closed) {
      selector.select(this::read);
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    }
    for (Member member : members) {
      member.channel.close();
    }
    selector.close();
    return null;
  }

  private void read(SelectionKey key) {
    Member member = (Member) key.attachment();
    buffer.clear().limit((int) Math.min(buffer.capacity(), member.stallAt - member.taken));
    int n = readFrom(member.channel);
    if (n < 0) {
      key.cancel();
      gone.incrementAndGet();
      return;
    }
    bytes.addAndGet(n);
    member.taken += n;
    if (member.taken == member.stallAt) {
      key.interestOps(0);
      stalled.incrementAndGet();
    }
  }

  private int readFrom(SocketChannel channel) {
    try {
      return channel.read(buffer);
    } catch (IOException e) {
      return -1; // reset by the relay
    }
  }

  /** Closes all connections. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
  }
}
