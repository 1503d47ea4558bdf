package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.threads.ClientTimer;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the relay says of frames that nobody took ({@code wire2.md} section 15), and who is told.
 * The listener is the application's: it runs on a thread that does nothing else, a newer message
 * replaces the one that waits for it, and whatever it throws harms nothing. Thread-safe.
 */
public final class UnreadNews {
  /** A listener for those who want none. */
  public static final Consumer<UnreadMessage> NOBODY = unread -> {};

  private static final long IDLE_SECONDS = 5;

  private final Consumer<UnreadMessage> listener;
  private final ThreadPoolExecutor teller;
  private volatile @Nullable UnreadMessage newest;

  UnreadNews(Consumer<UnreadMessage> listener) {
    this.listener = listener;
    teller =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1),
            ClientTimer.daemon("hydra-unread"),
            new ThreadPoolExecutor.DiscardOldestPolicy());
    teller.allowCoreThreadTimeOut(true);
  }

  /** News of the present stream. On the thread that reads. */
  void heard(UnreadMessage news) {
    newest = news;
    if (listener == NOBODY) {
      return;
    }
    try {
      teller.execute(() -> tell(news));
    } catch (OutOfMemoryError e) {
      // no thread can be had: it is advice, and can be asked for
    }
  }

  private void tell(UnreadMessage news) {
    try {
      listener.accept(news);
    } catch (RuntimeException | Error e) {
      // the application's
    }
  }

  /** How many frames of a stream the relay has let go of that nobody had taken. */
  long frames(long stream) {
    UnreadMessage news = newest;
    return news == null || news.stream() != stream ? 0 : frames(news);
  }

  /** How many frames a message tells of. */
  public static long frames(UnreadMessage news) {
    return news.unread() < 0 ? Long.MAX_VALUE : news.unread(); // a u64
  }

  /** Nobody is told any more. */
  void stop() {
    teller.shutdown();
  }
}
