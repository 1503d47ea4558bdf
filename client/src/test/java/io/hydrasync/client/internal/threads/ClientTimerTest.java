package io.hydrasync.client.internal.threads;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.Worker;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClientTimerTest {
  @Test
  void goesOnLookingWhateverALookThrows() {
    AtomicInteger failing = new AtomicInteger();
    AtomicInteger other = new AtomicInteger();
    Runnable fails =
        () -> {
          failing.incrementAndGet();
          throw new StackOverflowError();
        };
    Runnable works = other::incrementAndGet;
    ScheduledFuture<?> slow = ClientTimer.everySecond(fails);
    ClientTimer.often(fails);
    ClientTimer.often(works);
    Worker.until("all have looked again", () -> failing.get() > 8 && other.get() > 4);
    slow.cancel(false);
    ClientTimer.noLonger(fails);
    ClientTimer.noLonger(fails);
    int last = failing.get();
    int seen = other.get();
    Worker.until("the other one goes on", () -> other.get() > seen + 2);
    ClientTimer.noLonger(works);

    assertThat(failing.get()).isLessThanOrEqualTo(last + 1);
  }

  @Test
  void takesNothingOverFromTheThreadThatCallsFirst() throws Exception {
    ThreadLocal<String> inherited = new InheritableThreadLocal<>();
    inherited.set("the application's");
    AtomicReference<Thread> thread = new AtomicReference<>();
    AtomicReference<String> seen = new AtomicReference<>();
    Thread made =
        ClientThreads.daemon("hydra-test")
            .newThread(
                () -> {
                  seen.set(inherited.get());
                  thread.set(Thread.currentThread());
                });
    assertThat(made.getContextClassLoader()).isNull();
    assertThat(made.isDaemon()).isTrue();
    made.start();
    made.join();

    assertThat(thread.get()).isSameAs(made);
    assertThat(seen.get()).isNull();
  }
}
