package io.hydrasync.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Session;
import io.hydrasync.server.HydraServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
  private static final Path PEER = Path.of("src", "test", "python", "hydra_peer.py");
  private static final HexFormat HEX = HexFormat.of();
  private static final int MESSAGES = 2000;
  private static final int SIZE = 300;
  private static String python = "";

  @BeforeAll
  static void findPython() throws Exception {
    for (String candidate : new String[] {"python3", "/usr/bin/python3"}) {
      if (python.isEmpty() && run(List.of(candidate, "-c", "import cryptography")) == 0) {
        python = candidate;
      }
    }
    assumeTrue(
        !python.isEmpty(),
        "the interoperability tests need python3 with cryptography (Debian: python3-cryptography)");
  }

  private static int run(List<String> command) throws InterruptedException {
    try {
      return start(command, ProcessBuilder.Redirect.DISCARD).waitFor();
    } catch (IOException e) {
      return -1;
    }
  }

  private static Process start(List<String> command, ProcessBuilder.Redirect output)
      throws IOException {
    return new ProcessBuilder(command)
        .redirectOutput(output)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static Process peer(ProcessBuilder.Redirect output, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(python, PEER.toString()));
    command.addAll(List.of(arguments));
    return start(command, output);
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

  private static void assertEndsWell(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void thePeerReproducesTheKnownAnswers() throws Exception {
    assertEndsWell(peer(ProcessBuilder.Redirect.DISCARD, "selftest"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "7"})
  void itsProducerReachesOurConsumer(String batch) throws Exception {
    Session session = Session.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      Process producer =
          peer(
              ProcessBuilder.Redirect.DISCARD,
              "produce",
              "--relay",
              hostPort(relay.address()),
              "--relay-key",
              relay.relayKey().toString(),
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
      assertEndsWell(producer);
    }
  }

  private static Process consumer(InetSocketAddress relay, RelayKey key, Session session)
      throws IOException {
    return peer(
        ProcessBuilder.Redirect.DISCARD,
        "consume",
        "--relay",
        hostPort(relay),
        "--relay-key",
        key.toString(),
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
      Process consumer = consumer(relay.address(), relay.relayKey(), session);
      sendAll(producer);
      assertEndsWell(consumer);
    }
  }

  @Test
  void ourClientsWorkThroughItsRelay() throws Exception {
    Session session = Session.generate();
    Process relay =
        peer(
            ProcessBuilder.Redirect.PIPE,
            "relay",
            "--listen",
            "127.0.0.1:0",
            "--key",
            HEX.formatHex(session.key().secretBytes()));
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(relay.getInputStream(), UTF_8))) {
      String[] line = output.readLine().split(" "); // listening HOST:PORT key B64
      int colon = line[1].lastIndexOf(':');
      InetSocketAddress address =
          new InetSocketAddress(
              line[1].substring(0, colon), Integer.parseInt(line[1].substring(colon + 1)));
      RelayKey key = RelayKey.parse(line[3]);
      try (HydraProducer producer =
              HydraProducer.builder(address, session).relayKey(key).connect();
          HydraConsumer consumer =
              HydraConsumer.builder(address, session.id(), session.key()).relayKey(key).connect()) {
        Process theirs = consumer(address, key, session);
        sendAll(producer);
        for (int i = 0; i < MESSAGES; i++) {
          assertThat(Fixture.bytes(consumer.receive())).isEqualTo(message(i));
        }
        assertThat(consumer.receive()).isNull();
        assertEndsWell(theirs);
      }
    } finally {
      relay.destroy();
    }
  }

  @Test
  @Timeout(180)
  void ourRelayAnswersHostileClientsAsTheSpecificationSays() throws Exception {
    try (HydraServer relay = HydraServer.builder().classic(false).bind()) {
      Process attacks =
          peer(
              ProcessBuilder.Redirect.PIPE,
              "attack",
              "all",
              "--relay",
              hostPort(relay.address()),
              "--relay-key",
              relay.relayKey().toString(),
              "--jobs",
              "8",
              "--no-slow");
      List<String> different = new ArrayList<>();
      int lines = 0;
      try (BufferedReader output =
          new BufferedReader(new InputStreamReader(attacks.getInputStream(), UTF_8))) {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          lines++;
          if (line.contains("DIFFERENT")) {
            different.add(line);
          }
        }
      }
      int exit = attacks.waitFor();

      assertThat(lines).isGreaterThan(130);
      assertThat(exit).as("%s", different).isZero();
    }
  }
}
