package io.hydrasync.tests.support;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionSecrets;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** Small steps that many system tests take. */
public final class Fixture {
  private Fixture() {}

  public static HydraConsumer consume(InetSocketAddress relay, SessionSecrets session) {
    return HydraConsumer.builder(relay, session).connect();
  }

  public static HydraProducer produce(InetSocketAddress relay, SessionSecrets session) {
    return HydraProducer.connect(relay, session);
  }

  public static byte[] message(long number, int size) {
    byte[] bytes = new byte[size];
    long x = number * 0x9E3779B97F4A7C15L + size;
    for (int i = 0; i < size; i++) {
      x ^= x << 13;
      x ^= x >>> 7;
      x ^= x << 17;
      bytes[i] = (byte) x;
    }
    return bytes;
  }

  public static byte[] bytes(ByteBuffer view) {
    byte[] copy = new byte[view.remaining()];
    view.get(copy);
    return copy;
  }

  /** All messages until the end of the session. */
  public static List<byte[]> receiveAll(HydraConsumer consumer) {
    List<byte[]> all = new ArrayList<>();
    for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
      all.add(bytes(view));
    }
    return all;
  }

  /** Runs something on a daemon thread. */
  public static <T> Future<T> async(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task, "test-worker");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  /** The result of {@link #async}, or what it threw. */
  public static <T> T join(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof HydraException problem) {
        throw problem;
      }
      throw new AssertionError(e.getCause());
    }
  }
}
