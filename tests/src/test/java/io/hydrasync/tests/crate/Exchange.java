package io.hydrasync.tests.crate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.crate.CrateCheck.Side;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.PeerProcess;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * One producer and some consumers of a session, of either side, step by step. What the consumers
 * report is as {@link CratePeer#report} makes it. For one thread.
 */
final class Exchange implements AutoCloseable {
  private static final int CONSUMERS = 3;

  /** The one whose server keeps a thread busy for each consumer that waits. */
  private static final int BUSY_WAITER = 7;

  /** Small: beta.6 rests 12 ms for each 256 bytes of a message. */
  private static final List<Integer> MESSAGES = List.of(1, 200, 4096, 28);

  /** Of the later wire; also one message of three packets. */
  private static final int PACKET = 200;

  private static final List<Integer> PACKETS = List.of(200, 600, 200, 200);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final CrateVersion version;
  private final InetSocketAddress relay;
  private final int consumers;
  private final SessionSecrets session = ClassicPeer.session();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Future<List<List<String>>>> received = new ArrayList<>();
  private Step sender = () -> {};
  private Step closer = () -> {};

  /** What a producer does when told. */
  private interface Step {
    void run() throws Exception;
  }

  private Exchange(CrateVersion version, InetSocketAddress relay, int consumers) {
    this.version = version;
    this.relay = relay;
    this.consumers = consumers;
  }

  static Exchange atOurs(CrateVersion version, HydraServer relay) {
    return new Exchange(version, relay.address(), CONSUMERS);
  }

  /** With one consumer at the server that as many waiting ones stop as it has threads. */
  static Exchange atTheirs(CrateVersion version, PeerProcess server) throws Exception {
    int consumers = version.beta() == BUSY_WAITER ? 1 : CONSUMERS;
    return new Exchange(version, CratePeer.address(server), consumers);
  }

  int consumers() {
    return consumers;
  }

  /** How long packets are; 0 on the earlier wire, whose messages have any length. */
  static int packet(CrateVersion version) {
    return version.hasPackets() ? PACKET : 0;
  }

  static List<Integer> sizes(CrateVersion version) {
    return version.hasPackets() ? PACKETS : MESSAGES;
  }

  SessionSecrets session() {
    return session;
  }

  List<String> expected() {
    return CratePeer.reports(sizes(version), packet(version));
  }

  /** A producer joins. */
  void produce(Side side) throws Exception {
    List<Integer> sizes = sizes(version);
    if (side == Side.THEIRS) {
      PeerProcess producer = CratePeer.producer(version, relay, session, sizes);
      open.add(producer);
      producer.awaitLine(CratePeer.JOINED);
      sender =
          () -> {
            producer.tell("send");
            producer.awaitLine(CratePeer.SENT);
          };
      closer =
          () -> {
            producer.tell("close");
            producer.assertEndsWell();
          };
    } else {
      HydraProducer producer = ourProducer();
      open.add(producer::abort);
      sender = () -> sendOurs(producer, sizes);
      closer = producer::close;
    }
  }

  private static void sendOurs(HydraProducer producer, List<Integer> sizes) {
    for (int number = 0; number < sizes.size(); number++) {
      producer.broadcast(Fixture.message(number, sizes.get(number)));
    }
  }

  HydraProducer ourProducer() {
    return HydraProducer.builder(relay, session)
        .wire(Wire.CLASSIC)
        .classicVersion(version.number())
        .connect();
  }

  HydraConsumer ourConsumer() {
    return HydraConsumer.builder(relay, session)
        .wire(Wire.CLASSIC)
        .classicVersion(version.number())
        .connect();
  }

  /**
   * Consumers join.
   *
   * @param toTheEnd whether they stay until the relay ends them, or have enough after all messages
   */
  void consume(Side side, boolean toTheEnd) throws Exception {
    int messages = toTheEnd ? 0 : expected().size();
    if (side == Side.THEIRS) {
      PeerProcess process = CratePeer.consumers(version, relay, session, consumers, messages);
      open.add(process);
      process.awaitLine(CratePeer.JOINED);
      received.add(Fixture.async(() -> CratePeer.byConsumer(process.rest(), consumers)));
    } else {
      for (int i = 0; i < consumers; i++) {
        HydraConsumer consumer = ourConsumer();
        open.add(consumer);
        received.add(Fixture.async(() -> List.of(receive(consumer, messages))));
      }
    }
  }

  private static List<String> receive(HydraConsumer consumer, int messages) {
    List<String> reports = new ArrayList<>();
    while (messages == 0 || reports.size() < messages) {
      ByteBuffer message = consumer.receive(PATIENCE);
      if (message == null) {
        reports.add("end");
        break;
      }
      reports.add(CratePeer.report(message));
    }
    return reports;
  }

  /** The producer sends all. */
  void send() throws Exception {
    sender.run();
  }

  /** The producer ends. */
  void end() throws Exception {
    closer.run();
  }

  /**
   * All consumers have got all. The crate's reports its relay's FIN as an error, since it does not
   * know another end.
   */
  void assertReceived() throws Exception {
    List<List<String>> all = new ArrayList<>();
    for (Future<List<List<String>>> one : received) {
      all.addAll(one.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }
    assertThat(all).hasSize(consumers);
    for (List<String> one : all) {
      assertThat(one).startsWith(expected().toArray(String[]::new));
      List<String> behind = one.subList(expected().size(), one.size());
      assertThat(behind).as("behind all messages").hasSizeLessThan(2).allMatch(Exchange::isEnd);
    }
  }

  private static boolean isEnd(String line) {
    return line.equals("end") || line.equals("enough") || line.matches("end: .*(eof|EOF).*");
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }
}
