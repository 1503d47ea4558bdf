package io.hydrasync.client.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.ConnectingClient;
import io.hydrasync.client.FullListener;
import io.hydrasync.client.Worker;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConnectRaceTest {
  private static final Duration STEP = Duration.ofMillis(250);

  private static InetSocketAddress address(ServerSocket listener) {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private static ServerSocket listener() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** Addresses that refuse connections. */
  private static List<InetSocketAddress> closed(int count) throws IOException {
    List<ServerSocket> listeners = new ArrayList<>(); // all at the same time, so that they differ
    List<InetSocketAddress> closed = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket listener = listener();
      listeners.add(listener);
      closed.add(address(listener));
    }
    for (ServerSocket listener : listeners) {
      listener.close();
    }
    return closed;
  }

  private interface Attempt {
    void run() throws Exception;
  }

  /** Of some attempts: a machine with other work to do makes some of them longer, but not all. */
  private static Duration shortest(Attempt attempt) throws Exception {
    Duration shortest = Duration.ofMinutes(1);
    for (int i = 0; i < 4; i++) {
      long began = System.nanoTime();
      attempt.run();
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      shortest = took.compareTo(shortest) < 0 ? took : shortest;
    }
    return shortest;
  }

  private static void assertNobodyConnects() {
    Worker.until("no thread is left", () -> !ConnectingClient.isAnyConnecting());
  }

  @Test
  void goesOnToTheNextAddressWhereOneDoesNotAnswer() throws Exception {
    try (FullListener full = new FullListener();
        ServerSocket listener = listener()) {
      List<InetSocketAddress> addresses = List.of(full.address(), address(listener));
      Duration took =
          shortest(
              () -> {
                ConnectRace race = new ConnectRace(addresses);
                try (Socket socket = race.run()) {
                  assertThat(socket.getPort()).isEqualTo(listener.getLocalPort());
                  assertThat(race.winner()).contains(address(listener));
                  assertNobodyConnects();
                }
              });
      assertThat(took).isBetween(STEP, STEP.plus(Worker.A_SECOND));
    }
  }

  @Test
  void goesOnAtOnceWhereAnAddressRefuses() throws Exception {
    try (ServerSocket listener = listener()) {
      List<InetSocketAddress> addresses = new ArrayList<>(closed(15));
      addresses.add(address(listener));
      Duration took =
          shortest(
              () -> {
                try (Socket socket = new ConnectRace(addresses).run()) {
                  assertThat(socket.getPort()).isEqualTo(listener.getLocalPort());
                }
              });
      assertThat(took).isLessThan(STEP.multipliedBy(8));
    }
  }

  @Test
  void takesTheFirstAddressAloneWhereItAnswers() throws Exception {
    try (ServerSocket first = listener();
        ServerSocket second = listener()) {
      try (Socket socket = new ConnectRace(List.of(address(first), address(second))).run()) {
        assertThat(socket.getPort()).isEqualTo(first.getLocalPort());
        second.setSoTimeout(1);
        assertThatThrownBy(second::accept).isInstanceOf(java.net.SocketTimeoutException.class);
      }
    }
  }

  @Test
  void saysEachAddressThatItTriedAndHowManyItDidNot() throws Exception {
    ConnectRace race = new ConnectRace(closed(20));

    assertThatThrownBy(race::run)
        .isInstanceOfSatisfying(
            ConnectException.class, e -> assertThat(e.getSuppressed()).hasSize(16));
    assertThat(race.describe().split("127.0.0.1: Connection refused; ", -1)).hasSize(17);
    assertThat(race.describe()).endsWith("; 4 more were not tried");
    assertNobodyConnects();
  }

  @Test
  void throwsWhatTheOnlyAddressSays() throws Exception {
    assertThatThrownBy(new ConnectRace(closed(1))::run)
        .isInstanceOf(ConnectException.class)
        .hasMessageStartingWith("Connection refused");
  }

  @Test
  void endsWhenItIsClosed() throws Exception {
    try (FullListener one = new FullListener();
        FullListener other = new FullListener()) {
      for (List<InetSocketAddress> addresses :
          List.of(List.of(one.address()), List.of(one.address(), other.address()))) {
        ConnectRace race = new ConnectRace(addresses);
        Worker<Socket> running = Worker.start(race::run);
        Worker.until(
            "all are tried",
            () -> race.describe().split("no answer", -1).length == addresses.size() + 1);
        long at = System.nanoTime();
        race.close();

        assertThatThrownBy(running::get).isInstanceOf(SocketException.class);
        assertThat(running.took(at)).isLessThan(Worker.A_SECOND);
        assertNobodyConnects();
      }
    }
  }

  /** A socket that does as a test says. */
  private static final class Scripted extends Socket {
    private final CountDownLatch mayConnect;
    private final @Nullable SocketException refusal;
    private final Runnable whenMade;

    Scripted(CountDownLatch mayConnect, @Nullable SocketException refusal, Runnable whenMade) {
      this.mayConnect = mayConnect;
      this.refusal = refusal;
      this.whenMade = whenMade;
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
      whenMade.run();
      if (refusal != null) {
        throw refusal;
      }
      super.setTcpNoDelay(on);
    }

    @Override
    public void connect(SocketAddress to) throws IOException {
      try {
        mayConnect.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      super.connect(to);
    }
  }

  private static CountDownLatch open() {
    return new CountDownLatch(0);
  }

  /** Else closing may come in between, and the descriptor stays until a garbage collection. */
  @Test
  void makesDescriptorsWhereNobodyCanCloseThemMeanwhile() throws Exception {
    try (ServerSocket listener = listener()) {
      for (int count : List.of(1, 2)) {
        List<Boolean> locked = new ArrayList<>();
        ConnectRace[] race = new ConnectRace[1];
        race[0] =
            new ConnectRace(
                Collections.nCopies(count, address(listener)),
                () ->
                    new Scripted(
                        open(), null, () -> locked.add(race[0].lock.isHeldByCurrentThread())));
        race[0].run().close();

        assertThat(locked).isNotEmpty().doesNotContain(false);
      }
    }
  }

  @Test
  void goesOnToTheNextAddressWhereOneGetsNoDescriptor() throws Exception {
    try (ServerSocket listener = listener()) {
      Deque<Socket> sockets = new ArrayDeque<>();
      SocketException none = new SocketException("Too many open files");
      sockets.add(new Scripted(open(), none, () -> {}));
      sockets.add(new Scripted(open(), null, () -> {}));
      ConnectRace race =
          new ConnectRace(List.of(address(listener), address(listener)), sockets::remove);
      try (Socket socket = race.run()) {
        assertThat(socket.isConnected()).isTrue();
        assertThat(race.describe())
            .isEqualTo("127.0.0.1: Too many open files; 127.0.0.1: no answer");
      }
    }
  }

  @Test
  void saysWhereTheOnlyAddressGetsNoDescriptor() throws Exception {
    SocketException none = new SocketException("Too many open files");
    ConnectRace race = new ConnectRace(closed(1), () -> new Scripted(open(), none, () -> {}));

    assertThatThrownBy(race::run).isSameAs(none);
  }

  /** The winner comes between the interrupt and the moment when the waiting thread has the lock. */
  @Test
  void closesAWinnerThatComesTogetherWithAnInterrupt() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch late = new CountDownLatch(1);
    Scripted slow = new Scripted(never, null, () -> {});
    Scripted winner = new Scripted(late, null, () -> {});
    Deque<Socket> sockets = new ArrayDeque<>(List.of(slow, winner));
    try (ServerSocket listener = listener()) {
      ConnectRace race =
          new ConnectRace(List.of(address(listener), address(listener)), sockets::remove);
      Worker<Socket> running = Worker.start(race::run);
      Worker.until("both are tried", sockets::isEmpty);
      race.lock.lock();
      try {
        late.countDown();
        Worker.until("the winner is there", () -> race.lock.getQueueLength() == 1);
        running.interrupt();
        Worker.until("the interrupt is noticed", () -> race.lock.hasQueuedThread(running.thread()));
      } finally {
        race.lock.unlock();
      }

      assertThatThrownBy(running::get).isInstanceOf(InterruptedIOException.class);
      assertThat(winner.isConnected()).isTrue();
      assertThat(winner.isClosed()).isTrue();
      assertThat(race.winner()).isEmpty();
    } finally {
      never.countDown();
    }
    assertNobodyConnects();
  }

  @Test
  void connectsToNobodyWhereItWasClosedBefore() throws Exception {
    try (ServerSocket listener = listener()) {
      ConnectRace race = new ConnectRace(List.of(address(listener)));
      race.close();

      assertThatThrownBy(race::run).isInstanceOf(SocketException.class);
    }
  }
}
