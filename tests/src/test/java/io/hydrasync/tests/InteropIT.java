package io.hydrasync.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Session;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against an implementation in another language, written from {@code docs/wire2.md} alone: {@code
 * src/test/python/hydra_peer.py}. Needs Python with the package {@code cryptography} (Debian:
 * {@code python3-cryptography}) and is skipped without.
 */
class InteropIT {
  private static final String PEER = "hydra_peer.py";
  private static final HexFormat HEX = HexFormat.of();
  private static final int MESSAGES = 2000;
  private static final int SIZE = 300;

  @BeforeAll
  static void findPython() {
    PythonPeer.assumeInstalled();
  }

  private static PeerProcess peer(String... arguments) throws IOException {
    return PythonPeer.start(PEER, List.of(arguments));
  }

  private static String hostPort(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  /** What the peer sends as message number i: SHA-256(i as u64), repeated and cut. */
  private static byte[] message(int number) throws Exception {
    byte[] seed = new byte[8];
    for (int i = 0; i < 4; i++) {
      seed[7 - i] = (byte) (number >>> (8 * i));
    }
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(seed);
    byte[] message = new byte[SIZE];
    for (int i = 0; i < SIZE; i++) {
      message[i] = digest[i % digest.length];
    }
    return message;
  }

  @Test
  void thePeerReproducesTheKnownAnswers() throws Exception {
    peer("selftest").assertEndsWell();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "7"})
  void itsProducerReachesOurConsumer(String batch) throws Exception {
    Session session = Session.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      PeerProcess producer =
          peer(
              "produce",
              "--relay",
              hostPort(relay.address()),
              "--relay-key=" + relay.relayKey(),
              "--session-id",
              HEX.formatHex(session.id().toBytes()),
              "--session-key",
              HEX.formatHex(session.key().secretBytes()),
              "--owner-seed",
              HEX.formatHex(session.owner().orElseThrow().secretBytes()),
              "--count",
              "" + MESSAGES,
              "--size",
              "" + SIZE,
              "--batch",
              batch);
      for (int i = 0; i < MESSAGES; i++) {
        assertThat(Fixture.bytes(consumer.receive())).isEqualTo(message(i));
      }
      assertThat(consumer.receive()).isNull();
      producer.assertEndsWell();
    }
  }

  private static PeerProcess consumer(InetSocketAddress relay, RelayKey key, Session session)
      throws IOException {
    return peer(
        "consume",
        "--relay",
        hostPort(relay),
        "--relay-key=" + key, // which may begin with a dash
        "--session-id",
        HEX.formatHex(session.id().toBytes()),
        "--session-key",
        HEX.formatHex(session.key().secretBytes()),
        "--start",
        "oldest",
        "--verify-size",
        "" + SIZE);
  }

  private static void sendAll(HydraProducer producer) throws Exception {
    for (int i = 0; i < MESSAGES; i++) {
      if (i % 3 == 0) {
        producer.broadcast(message(i));
      } else {
        producer.write(message(i));
      }
    }
    producer.close();
  }

  @Test
  void ourProducerReachesItsConsumer() throws Exception {
    Session session = Session.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = Fixture.produce(relay.address(), session)) {
      PeerProcess consumer = consumer(relay.address(), relay.relayKey(), session);
      sendAll(producer);
      consumer.assertEndsWell();
    }
  }

  @Test
  void ourClientsWorkThroughItsRelay() throws Exception {
    Session session = Session.generate();
    try (PeerProcess relay =
        peer(
            "relay",
            "--listen",
            "127.0.0.1:0",
            "--key",
            HEX.formatHex(session.key().secretBytes()))) {
      String[] line = relay.line().orElseThrow().split(" "); // listening HOST:PORT key B64
      int colon = line[1].lastIndexOf(':');
      InetSocketAddress address =
          new InetSocketAddress(
              line[1].substring(0, colon), Integer.parseInt(line[1].substring(colon + 1)));
      RelayKey key = RelayKey.parse(line[3]);
      try (HydraProducer producer =
              HydraProducer.builder(address, session).relayKey(key).connect();
          HydraConsumer consumer =
              HydraConsumer.builder(address, session.id(), session.key()).relayKey(key).connect()) {
        PeerProcess theirs = consumer(address, key, session);
        sendAll(producer);
        for (int i = 0; i < MESSAGES; i++) {
          assertThat(Fixture.bytes(consumer.receive())).isEqualTo(message(i));
        }
        assertThat(consumer.receive()).isNull();
        theirs.assertEndsWell();
      }
    }
  }

  @Test
  @Timeout(180)
  void ourRelayAnswersHostileClientsAsTheSpecificationSays() throws Exception {
    try (HydraServer relay = HydraServer.builder().classic(false).bind()) {
      PeerProcess attacks =
          peer(
              "attack",
              "all",
              "--relay",
              hostPort(relay.address()),
              "--relay-key=" + relay.relayKey(),
              "--jobs",
              "8",
              "--no-slow");
      List<String> lines = attacks.rest();
      Attempts.add(lines.size());

      assertThat(lines).hasSizeGreaterThan(130).allMatch(line -> !line.contains("DIFFERENT"));
      attacks.assertEndsWell();
    }
  }
}
