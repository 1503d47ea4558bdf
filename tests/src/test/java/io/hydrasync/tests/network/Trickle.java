package io.hydrasync.tests.network;

import io.hydrasync.testing.Link;
import io.hydrasync.testing.Passage;
import io.hydrasync.testing.RelayProxy;
import io.hydrasync.tests.support.Await;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.LongSupplier;

/**
 * A consumer's connection that takes the relay's bytes one by one. The first bytes, with which it
 * joins, pass at once, and all do after {@link #open()}.
 */
public final class Trickle implements Closeable {
  private static final int FREE_BYTES = 1024;
  private static final int SOCKET_BUFFER = 16 << 10;

  private final LongSupplier allowance;
  private final RelayProxy proxy;
  private volatile boolean open;
  private volatile long trickled;

  /**
   * A trickle.
   *
   * @param allowance how many bytes may have passed by now, beside the free ones
   */
  public Trickle(InetSocketAddress relay, LongSupplier allowance) {
    this.allowance = allowance;
    proxy =
        RelayProxy.builder(relay)
            .socketBuffer(SOCKET_BUFFER)
            .passages(
                link ->
                    link.direction() == Link.Direction.TO_CLIENT ? new Slow() : Passage.UNCHANGED)
            .start();
  }

  public InetSocketAddress address() {
    return proxy.address();
  }

  /** No bounds any more. */
  public void open() {
    open = true;
  }

  /** How many bytes went one by one. */
  public long trickled() {
    return trickled;
  }

  private final class Slow implements Passage {
    private int passed;

    @Override
    public int most() {
      if (open) {
        return Integer.MAX_VALUE;
      }
      if (passed < FREE_BYTES) {
        return FREE_BYTES - passed;
      }
      Await.until("a byte may pass", () -> open || trickled < allowance.getAsLong());
      trickled++;
      return 1;
    }

    @Override
    public void pass(Link link, byte[] bytes, int length) throws IOException {
      passed = Math.min(FREE_BYTES, passed + length);
      link.write(bytes, 0, length);
    }
  }

  @Override
  public void close() {
    open = true;
    proxy.close();
  }
}
