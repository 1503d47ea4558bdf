package io.hydrasync.client.internal.threads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of an error on the clients' clock, which must go on for all others. */
class ClientTimerErrorsTest {
  private final List<Throwable> told = new ArrayList<>();

  private void look(Error error) throws InterruptedException {
    Thread clock =
        new Thread(
            () ->
                ClientTimer.lookAt(
                    () -> {
                      throw error;
                    }));
    clock.setUncaughtExceptionHandler((thread, thrown) -> told.add(thrown));
    clock.start();
    clock.join();
  }

  @Test
  void tellsWhoeverEndsTheProgramOfALackOfMemory() throws InterruptedException {
    Error error = new OutOfMemoryError("as a test has it");

    look(error);

    assertThat(told).containsExactly(error);
  }

  @Test
  void keepsWhatTheNextLookMayMakeGood() throws InterruptedException {
    look(new StackOverflowError());

    assertThat(told).isEmpty();
  }
}
