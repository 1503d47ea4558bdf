package io.hydrasync.cli.here;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.exit.ConsumersLeftException;
import io.hydrasync.cli.exit.FatalExit;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.SessionStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The relay of one session in the process of its producer, which alone has the credential to send.
 * Thread-safe.
 */
public final class HereRelay implements AutoCloseable {
  private static final Duration LAST = Duration.ofSeconds(2);
  private static final Duration ANSWER = Duration.ofSeconds(1);
  private static final long LOOK_MILLIS = 50;
  private static final long PATIENCE_MILLIS = 1_000;
  private static final double PERCENT = 100;

  private final HydraServer server;
  private final Credential credential;
  private final Optional<HostPort> named;
  private final ReentrantLock closing = new ReentrantLock();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile OptionalLong end = OptionalLong.empty();

  private HereRelay(HydraServer server, Credential credential, Optional<HostPort> named) {
    this.server = server;
    this.credential = credential;
    this.named = named;
  }

  /**
   * Starts it.
   *
   * @param listen where, or on all addresses and a free port
   * @throws UncheckedIOException if it cannot listen there
   */
  static HereRelay start(Optional<HostPort> listen, SessionId session) {
    Credential credential = Credential.generate(new SecureRandom());
    HydraServer.Builder builder =
        HydraServer.builder()
            .onlySession(session)
            .credential(credential, Set.of(Role.PRODUCER))
            .fatalErrorHandler(FatalExit::end);
    return new HereRelay(bind(builder, listen), credential, listen.filter(HereRelay::isNamed));
  }

  private static HydraServer bind(HydraServer.Builder builder, Optional<HostPort> listen) {
    if (listen.isPresent()) {
      InetSocketAddress where = new InetSocketAddress(listen.get().host(), listen.get().port());
      if (where.isUnresolved()) {
        throw new IllegalArgumentException("--listen: unknown host " + listen.get().host());
      }
      return builder.address(where).bind();
    }
    try {
      return builder.address(any("::")).bind(); // IPv4, too
    } catch (UncheckedIOException e) { // a machine without IPv6
      return builder.address(any("0.0.0.0")).bind();
    }
  }

  private static InetSocketAddress any(String literal) {
    try {
      return new InetSocketAddress(InetAddress.getByName(literal), 0);
    } catch (UnknownHostException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it means one address, by which others reach it. */
  private static boolean isNamed(HostPort listen) {
    return !new InetSocketAddress(listen.host(), 0).getAddress().isAnyLocalAddress();
  }

  public RelayKey key() {
    return server.relayKey();
  }

  /** Without which nobody sends. */
  public Credential credential() {
    return credential;
  }

  /** By which this process reaches it. */
  public RelayAddress inside() {
    InetAddress bound = server.address().getAddress();
    return address(
        bound.isAnyLocalAddress()
            ? InetAddress.getLoopbackAddress().getHostAddress()
            : bound.getHostAddress());
  }

  /** By which others may reach it: one at least, the best one first; none with a zone. */
  public List<RelayAddress> addresses() throws SocketException {
    if (named.isPresent()) {
      String host = named.get().host();
      int zone = host.indexOf('%');
      return List.of(address(zone < 0 ? host : host.substring(0, zone)));
    }
    boolean onlyV4 = server.address().getAddress() instanceof Inet4Address;
    return Reachable.now().stream()
        .filter(one -> !onlyV4 || one instanceof Inet4Address)
        .map(one -> address(Reachable.text(one)))
        .distinct()
        .toList();
  }

  private RelayAddress address(String host) {
    return new RelayAddress(host, server.address().getPort());
  }

  /**
   * How much the slowest has that is there.
   *
   * @param sent what has been sent to all
   */
  public long delivered(long sent) {
    return visits().stream().filter(Visit::isThere).mapToLong(Visit::taken).reduce(sent, Math::min);
  }

  private List<Visit> visits() {
    return server.operator().consumers().stream().map(Visit::of).toList();
  }

  // ---- the end ----

  /**
   * The producer has ended the session: waits until every consumer that has come has the end and
   * has closed. One whose connection stands still for 60 s, or was lost and is not made anew within
   * 30 s, is not waited for.
   *
   * @throws ConsumersLeftException if there was one of these
   */
  public void awaitConsumers(Console console) throws IOException, InterruptedException {
    Attendees attendees = new Attendees(System::nanoTime);
    long began = System.nanoTime();
    boolean told = false;
    while (!closed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (end.isEmpty()) {
        end = published();
        continue;
      }
      Map<Visit, Attendees.Standing> all = attendees.standings(visits(), end.getAsLong());
      long underWay = count(all, Attendees.Standing.UNDER_WAY);
      if (underWay == 0) {
        int without = all.size() - (int) count(all, Attendees.Standing.DONE);
        if (without > 0) {
          throw new ConsumersLeftException(without, all.size());
        }
        return;
      }
      if (!told && System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS)) {
        told = true;
        console.say(
            Json.event("delivering").with("consumers", underWay),
            "all is sent; waiting for " + Units.count(underWay, "consumer") + " to take it");
      }
    }
  }

  private static long count(Map<Visit, Attendees.Standing> all, Attendees.Standing which) {
    return all.values().stream().filter(which::equals).count();
  }

  /** All that there is of the session; nothing if its loop is busy, or it has not begun. */
  private OptionalLong published() {
    return server.operator().sessions(ANSWER).stream()
        .mapToLong(SessionStatus::publishedBytes)
        .findFirst();
  }

  /**
   * Says who had how much.
   *
   * @param sent what was sent, without what sealing adds
   * @param total how much it would have been, where that is known
   */
  public void tellConsumers(Console console, long sent, OptionalLong total) {
    long whole = end.orElse(Long.MAX_VALUE);
    for (Visit one : Attendees.consumers(visits(), whole)) {
      boolean all = one.taken() >= whole;
      long had = Math.min(sent, one.taken());
      console.say(
          Json.event("consumer").with("peer", one.peer()).with("bytes", had).with("whole", all),
          one.peer() + " had " + (all ? "all of it" : share(had, total)));
    }
  }

  private static String share(long had, OptionalLong total) {
    if (total.isEmpty() || total.getAsLong() == 0) {
      return Units.bytes(had);
    }
    return Units.bytes(had)
        + " of "
        + Units.bytes(total.getAsLong())
        + " ("
        + (int) Math.min(PERCENT, PERCENT * had / total.getAsLong())
        + " %)";
  }

  @Override
  public void close() {
    end();
  }

  /** Ends it; whoever is there has two seconds for what is on its way. Blocks until then. */
  public void end() {
    closing.lock();
    try {
      server.drain(Duration.ZERO, LAST).join();
      closed.countDown();
    } finally {
      closing.unlock();
    }
  }
}
