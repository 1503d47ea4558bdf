package io.hydrasync.bench.client;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.FragmentHandler;
import io.hydrasync.bench.relay.Brokers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Aeron over UDP on the loopback, without a broker: one publication to dynamic destinations, which
 * waits for the slowest. One shared driver thread, because the machine has few cores; all consumers
 * are polled by one thread each, as with the others.
 */
final class AeronPeer implements Peer {
  private static final int STREAM = 1001;
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private final MediaDriver driver;
  private final Aeron aeron;
  private final ExclusivePublication publication;
  private final List<Subscription> subscriptions = new ArrayList<>();

  AeronPeer(int count) throws IOException {
    driver =
        MediaDriver.launchEmbedded(
            new MediaDriver.Context()
                .threadingMode(ThreadingMode.SHARED)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .socketRcvbufLength(2 << 20)
                .socketSndbufLength(2 << 20)
                .initialWindowLength(1 << 20)
                .mtuLength(8 << 10));
    aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
    // its files are in memory, some hundred MiB of it, and would stay there
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "aeron-close"));
    String control = "control=127.0.0.1:" + Brokers.freePort() + "|control-mode=dynamic";
    publication =
        aeron.addExclusivePublication("aeron:udp?" + control + "|fc=min,g:/" + count, STREAM);
    for (int i = 0; i < count; i++) {
      subscriptions.add(aeron.addSubscription("aeron:udp?endpoint=127.0.0.1:0|" + control, STREAM));
    }
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!publication.isConnected()
        || subscriptions.stream().anyMatch(subscription -> subscription.imageCount() == 0)) {
      if (System.nanoTime() > deadline) {
        throw new IOException("Aeron does not connect");
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public Sender sender() {
    UnsafeBuffer buffer = new UnsafeBuffer();
    IdleStrategy idle = new BackoffIdleStrategy();
    return new Sender() {
      @Override
      public void send(byte[] message, int length) throws IOException {
        buffer.wrap(message, 0, length);
        long result = publication.offer(buffer, 0, length);
        while (result < 0) {
          if (result != ExclusivePublication.BACK_PRESSURED
              && result != ExclusivePublication.ADMIN_ACTION) {
            throw new IOException("Aeron refuses a message: " + result);
          }
          idle.idle();
          result = publication.offer(buffer, 0, length);
        }
        idle.reset();
      }

      @Override
      public void flush() {
        // nothing is kept
      }
    };
  }

  @Override
  public Receiver receiver(int index) {
    Subscription subscription = subscriptions.get(index);
    return sink -> {
      IdleStrategy idle = new BackoffIdleStrategy();
      byte[] copy = new byte[8 << 10];
      boolean[] more = {true};
      FragmentHandler handler =
          (buffer, offset, length, header) -> {
            buffer.getBytes(offset, copy, 0, length);
            more[0] = sink.accept(copy, 0, length);
          };
      while (more[0]) {
        idle.idle(subscription.poll(handler, 64));
      }
    };
  }

  @Override
  public boolean losesMessages() {
    return false;
  }

  @Override
  public void close() {
    aeron.close();
    driver.close();
  }
}
