package io.hydrasync.tests.crate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.crate.CrateCheck.Check;
import io.hydrasync.tests.crate.CrateCheck.Side;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.PeerProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.assertj.core.api.InstanceOfAssertFactories;

/** All that the crate of one version and this project do together: the column of a table. */
final class CrateChecks {
  private static final byte[] TOKEN = new byte[64];
  private static final byte[] OTHER_TOKEN = new byte[64];

  static {
    TOKEN[63] = 1;
  }

  /** How often an exchange at the crate's server is begun anew. */
  private static final int ATTEMPTS = 5;

  private static final long FIRST_PAUSE_MILLIS = 100;

  private final CrateVersion version;
  private final List<CrateCheck> all = new ArrayList<>();

  private CrateChecks(CrateVersion version) {
    this.version = version;
  }

  static List<CrateCheck> of(CrateVersion version) {
    CrateChecks checks = new CrateChecks(version);
    checks.addOurRelay();
    checks.addTheirRelay();
    return checks.all;
  }

  private void add(Side relay, String what, Check check) {
    all.add(new CrateCheck(version, relay, what, check));
  }

  private static String roles(Side producer, Side consumer) {
    return "producer " + producer + ", consumers " + consumer;
  }

  // ---- at our relay ----

  /** In which order a session's clients come. */
  private enum Order {
    CONSUMERS_FIRST("consumers first"),
    PRODUCER_FIRST("producer first"),
    BEHIND_THE_END("consumers after the end");

    private final String words;

    Order(String words) {
      this.words = words;
    }
  }

  private void addOurRelay() {
    for (Order order : Order.values()) {
      addOurRelay(Side.THEIRS, Side.THEIRS, order);
      addOurRelay(Side.THEIRS, Side.OURS, order);
      addOurRelay(Side.OURS, Side.THEIRS, order);
    }
    add(Side.OURS, "a second producer of the crate's is refused", this::ourRelayRefuses);
    if (version.hasObservers()) {
      add(Side.OURS, "the crate's observer sees figures", this::ourRelayIsObserved);
      add(Side.OURS, "the crate's observer has another token", this::ourRelayRefusesAnObserver);
    }
  }

  private void addOurRelay(Side producer, Side consumer, Order order) {
    String what = roles(producer, consumer) + ", " + order.words;
    add(Side.OURS, what, () -> exchange(producer, consumer, order));
  }

  private HydraServer ourRelay() {
    return RelayStand.relay(Exchange.packet(version)).bind();
  }

  private void exchange(Side producer, Side consumer, Order order) throws Exception {
    try (HydraServer relay = ourRelay();
        Exchange exchange = Exchange.atOurs(version, relay)) {
      if (order == Order.CONSUMERS_FIRST) {
        exchange.consume(consumer, true);
        Await.until("a consumer waits", () -> relay.sessions() == 1);
      }
      exchange.produce(producer);
      if (order == Order.PRODUCER_FIRST) {
        Await.until("the producer is there", () -> relay.sessions() == 1);
        exchange.consume(consumer, true);
      }
      exchange.send();
      exchange.end();
      if (order == Order.BEHIND_THE_END) {
        exchange.consume(consumer, true);
      }
      exchange.assertReceived();
    }
  }

  /** On the earlier wire nobody tells it, so what counts is that nothing of it arrives. */
  private void ourRelayRefuses() throws Exception {
    try (HydraServer relay = ourRelay();
        Exchange exchange = Exchange.atOurs(version, relay)) {
      exchange.produce(Side.OURS);
      Await.until("the first is there", () -> relay.sessions() == 1);
      exchange.consume(Side.THEIRS, true);
      List<Integer> sizes = Exchange.sizes(version);
      try (PeerProcess second =
          CratePeer.producer(version, relay.address(), exchange.session(), sizes)) {
        if (version.hasPackets()) {
          assertThat(second.rest()).anyMatch(line -> line.contains("Session already exists"));
          assertThat(second.exitCode()).isNotZero();
        } else {
          second.tell("send");
          second.tellNoMore();
          second.exitCode();
        }
      }
      exchange.send();
      exchange.end();
      exchange.assertReceived();
    }
  }

  private void ourRelayIsObserved() throws Exception {
    try (HydraServer relay =
            RelayStand.observed(RelayStand.relay(Exchange.packet(version)), TOKEN).bind();
        Exchange exchange = Exchange.atOurs(version, relay);
        PeerProcess observer = CratePeer.observer(version, relay.address(), TOKEN)) {
      observer.awaitLine(CratePeer.JOINED);
      assertThat(figures(observer)).isEqualTo("0 0 0");
      exchange.consume(Side.THEIRS, true);
      exchange.produce(Side.THEIRS);
      assertThat(figures(observer)).isEqualTo("1 1 0");
      exchange.send();
      exchange.end();
      exchange.assertReceived();

      long bytes =
          (Exchange.packet(version) + 28L) * exchange.expected().size() * exchange.consumers();
      assertThat(figures(observer)).isEqualTo("1 0 " + bytes);
      observer.tellNoMore();
      observer.assertEndsWell();
    }
  }

  /** Sessions ever, sessions now, bytes sent; the hours are near enough to none. */
  private static String figures(PeerProcess observer) throws Exception {
    observer.tell("look");
    String line = observer.line().orElseThrow();
    assertThat(Double.parseDouble(line.substring(0, line.indexOf(' ')))).isBetween(0.0, 0.1);
    return line.substring(line.indexOf(' ') + 1);
  }

  private void ourRelayRefusesAnObserver() throws Exception {
    try (HydraServer relay =
            RelayStand.observed(RelayStand.relay(Exchange.packet(version)), TOKEN).bind();
        PeerProcess observer = CratePeer.observer(version, relay.address(), OTHER_TOKEN)) {
      assertThat(observer.rest()).anyMatch(line -> line.contains("Invalid observe token"));
      assertThat(observer.exitCode()).isNotZero();
    }
  }

  // ---- at the crate's server ----

  private void addTheirRelay() {
    addTheirRelay(Side.OURS, Side.OURS);
    addTheirRelay(Side.OURS, Side.THEIRS);
    addTheirRelay(Side.THEIRS, Side.OURS);
    add(
        Side.THEIRS,
        "consumer ours without a producer is refused",
        this::theirRelayRefusesConsumer);
    if (version.hasPackets()) {
      add(Side.THEIRS, "a second producer of ours is refused", this::theirRelayRefusesProducer);
    }
  }

  private void addTheirRelay(Side producer, Side consumer) {
    String what = roles(producer, consumer) + ", producer first";
    add(Side.THEIRS, what, () -> exchangeAtTheirs(producer, consumer));
  }

  /**
   * The server does not say when it has let a client in (.2 to .6), and who comes before it has
   * done so is refused: so there is a pause behind a join, and a longer one if it was too short.
   * The producer ends last: .7 blocks a thread then, which may be the one to serve the consumer.
   */
  private void exchangeAtTheirs(Side producer, Side consumer) throws Exception {
    for (int attempt = 0; ; attempt++) {
      try (PeerProcess server = CratePeer.server(version, Exchange.packet(version));
          Exchange exchange = Exchange.atTheirs(version, server)) {
        long pause = FIRST_PAUSE_MILLIS << attempt;
        exchange.produce(producer);
        pause(pause);
        exchange.consume(consumer, false);
        pause(pause);
        exchange.send();
        exchange.assertReceived();
        exchange.end();
        return;
      } catch (AssertionError | HydraException | ExecutionException | TimeoutException e) {
        if (attempt + 1 == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static void pause(long millis) throws InterruptedException {
    new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
  }

  /** On the later wire it is told why; on the earlier one the connection is closed. */
  private void theirRelayRefusesConsumer() throws Exception {
    try (PeerProcess server = CratePeer.server(version, Exchange.packet(version));
        Exchange exchange = Exchange.atTheirs(version, server)) {
      if (version.hasPackets()) {
        assertRefused(exchange::ourConsumer, ErrorCode.NO_SESSION);
      } else {
        try (HydraConsumer consumer = exchange.ourConsumer()) {
          assertThat(consumer.receive()).as("closed at once").isNull();
        } catch (HydraException e) {
          assertThat(e).hasMessageContaining("relay");
        }
      }
    }
  }

  private void theirRelayRefusesProducer() throws Exception {
    try (PeerProcess server = CratePeer.server(version, Exchange.packet(version));
        Exchange exchange = Exchange.atTheirs(version, server)) {
      exchange.produce(Side.OURS);
      assertRefused(exchange::ourProducer, ErrorCode.PRODUCER_EXISTS);
    }
  }

  private static void assertRefused(Check join, ErrorCode code) {
    assertThatThrownBy(join::run)
        .asInstanceOf(InstanceOfAssertFactories.type(HydraException.class))
        .extracting(HydraException::code)
        .isEqualTo(code);
  }
}
