package io.hydrasync.server.internal.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class AlarmTest {
  private final List<FutureTask<?>> scheduled = new ArrayList<>();
  private final List<String> done = new ArrayList<>();
  private final Alarm alarm = new Alarm(this::schedule);

  private FutureTask<?> schedule(Runnable task, long nanos) {
    FutureTask<?> later = new FutureTask<>(task, null);
    scheduled.add(later);
    return later;
  }

  @Test
  void onlyTheLastOneIsRunAndOnlyThatIsKept() {
    for (int i = 0; i < 100; i++) {
      String name = "task " + i;
      alarm.set(() -> done.add(name), 1_000 - i);
    }
    assertThat(scheduled.subList(0, 99)).allMatch(FutureTask::isCancelled);
    scheduled.forEach(Runnable::run);
    assertThat(done).containsExactly("task 99");
  }

  @Test
  void whatIsOnItsWayWhenItIsTakenBackIsNotRun() {
    List<Runnable> onTheWay = new ArrayList<>();
    Alarm late = new Alarm((task, nanos) -> schedule(() -> onTheWay.add(task), nanos));
    late.set(() -> done.add("one"), 1);
    scheduled.forEach(Runnable::run);
    late.clear();
    onTheWay.forEach(Runnable::run);
    assertThat(done).isEmpty();
  }

  @Test
  void oneThatSetsItselfAnewIsRunAgain() {
    alarm.set(() -> alarm.set(() -> done.add("second"), 1), 1);
    scheduled.get(0).run();
    assertThat(scheduled.get(1).isCancelled()).isFalse();
    scheduled.get(1).run();
    assertThat(done).containsExactly("second");
  }

  @Test
  void nothingIsRunOnceItIsCleared() {
    alarm.set(() -> done.add("one"), 1);
    alarm.clear();
    assertThat(scheduled.get(0).isCancelled()).isTrue();
    alarm.clear();
    assertThat(done).isEmpty();
  }
}
