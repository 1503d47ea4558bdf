package io.hydrasync.client.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.Worker;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NameLookupsTest {
  private static final InetAddress FOUND = InetAddress.getLoopbackAddress();

  private final CountDownLatch answers = new CountDownLatch(1);
  private final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
  private final NameLookups lookups = new NameLookups(this::find);

  private List<InetAddress> find(String host) throws UnknownHostException {
    asked.add(host);
    try {
      assertThat(answers.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (host.equals("nobody")) {
      throw new UnknownHostException(host);
    }
    return List.of(FOUND);
  }

  @AfterEach
  void answer() {
    answers.countDown();
  }

  private List<NameLookups.Lookup> hanging(int count) {
    List<NameLookups.Lookup> hanging = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      hanging.add(lookups.start("host" + i));
    }
    return hanging;
  }

  @Test
  void asksForFewNamesAtATimeAndNotForThoseThatNobodyWantsAnyMore() throws Exception {
    List<NameLookups.Lookup> hanging = hanging(100);
    Worker.until("they hang", () -> asked.size() == NameLookups.MAX_THREADS);
    assertThat(hanging.get(99).state()).contains("its turn has not come");

    hanging.forEach(NameLookups.Lookup::close);
    NameLookups.Lookup last = lookups.start("last");
    answers.countDown();

    assertThat(last.await()).containsExactly(FOUND);
    assertThat(asked).hasSize(NameLookups.MAX_THREADS + 1).contains("last");
  }

  @Test
  void asksOnceForAllWhoWantTheSameName() throws Exception {
    List<Worker<List<InetAddress>>> waiting = new ArrayList<>();
    NameLookups.Lookup givenUp = lookups.start("relay");
    for (int i = 0; i < 50; i++) {
      NameLookups.Lookup lookup = lookups.start("relay");
      waiting.add(Worker.start(lookup::await));
    }
    givenUp.close();
    answers.countDown();

    for (Worker<List<InetAddress>> worker : waiting) {
      assertThat(worker.get()).containsExactly(FOUND);
    }
    assertThat(asked).containsExactly("relay");
  }

  @Test
  void asksAnewOnceItHasBeenAnswered() throws Exception {
    answers.countDown();
    for (int i = 0; i < 3; i++) {
      try (NameLookups.Lookup lookup = lookups.start("relay")) {
        assertThat(lookup.await()).containsExactly(FOUND);
      }
    }
    assertThat(asked).hasSize(3);
  }

  @Test
  void letsGoOfWhoeverGivesUp() {
    NameLookups.Lookup lookup = lookups.start("relay");
    Worker<List<InetAddress>> waiting = Worker.start(lookup::await);
    Worker.until("it hangs", () -> !asked.isEmpty());
    assertThat(lookup.state()).isEqualTo("the name service has not answered");
    long at = System.nanoTime();
    lookup.close();
    lookup.close();

    assertThatThrownBy(waiting::get).isInstanceOf(SocketException.class);
    assertThat(waiting.took(at)).isLessThan(Worker.A_SECOND);
  }

  @Test
  void tellsEachThatAHostIsUnknown() {
    NameLookups.Lookup one = lookups.start("nobody");
    NameLookups.Lookup other = lookups.start("nobody");
    answers.countDown();

    assertThatThrownBy(one::await).isInstanceOf(UnknownHostException.class).hasMessage("nobody");
    assertThatThrownBy(other::await).isInstanceOf(UnknownHostException.class);
  }
}
