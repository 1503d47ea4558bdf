package io.hydrasync.tests.classic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Main;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.PythonPeer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code hydra send --classic} and {@code hydra recv --classic} with the peer in Python. Skipped
 * where {@link PythonPeer} is not installed.
 */
@Tag("foreign")
class ClassicCommandLineIT {
  private static final List<String> LINES = List.of("one", "", "two and three");
  private static final int OK = 0;
  private static final int USAGE = 2;
  private static final int AUTHENTICATION = 5;

  @TempDir private Path directory;

  @BeforeAll
  static void findPython() {
    PythonPeer.assumeInstalled();
  }

  /** A command with what it needs to join the session, and then more. */
  private static PeerProcess hydra(
      String name, InetSocketAddress relay, SessionSecrets session, String... more)
      throws IOException {
    HexFormat hex = HexFormat.of();
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of(name, "--lines"));
    arguments.addAll(List.of("--relay", "127.0.0.1:" + relay.getPort()));
    arguments.addAll(List.of("--session-id", hex.formatHex(session.id().toBytes())));
    arguments.addAll(List.of("--session-key", hex.formatHex(session.key().secretBytes())));
    arguments.addAll(List.of(more));
    return PeerProcess.start(ChildJvm.command(Main.class, arguments.toArray(String[]::new)));
  }

  private String file() throws IOException {
    return Files.write(directory.resolve("lines"), LINES).toString();
  }

  private static List<String> reports() {
    List<String> reports = new ArrayList<>(List.of("joined"));
    for (String line : LINES) {
      reports.add(ClassicPeer.report(ByteBuffer.wrap(line.getBytes(UTF_8))));
    }
    reports.add(ClassicPeer.END);
    return reports;
  }

  @Test
  void sendsToTheirConsumer() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.bindDefault();
        PeerProcess consumer = ClassicPeer.consumer(relay.address(), session);
        PeerProcess send = hydra("send", relay.address(), session, "--classic", file())) {
      send.assertEndsWell();

      assertThat(consumer.rest()).isEqualTo(reports());
    }
  }

  @Test
  void receivesFromTheirProducer() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.bindDefault();
        PeerProcess producer = ClassicPeer.producer(relay.address(), session, "--stdin");
        PeerProcess recv = hydra("recv", relay.address(), session, "--classic")) {
      for (String line : LINES) {
        producer.tell(line);
      }
      producer.tellNoMore();

      assertThat(recv.rest()).isEqualTo(LINES);
      recv.assertEndsWell();
      producer.assertEndsWell();
    }
  }

  @Test
  void speaksTheVersionThatItIsTold() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    String version = "1.0.0-beta.3";
    try (PeerProcess relay = ClassicPeer.relay("--lenient", "--versions", version)) {
      InetSocketAddress address = ClassicPeer.address(relay);
      try (PeerProcess recv = hydra("recv", address, session, "--classic", version)) {
        relay.awaitLine("joined consumer");
        try (PeerProcess send = hydra("send", address, session, "--classic=" + version, file())) {
          send.assertEndsWell();
        }

        assertThat(recv.rest()).isEqualTo(LINES);
        recv.assertEndsWell();
      }
      try (PeerProcess other = hydra("recv", address, session, "--classic")) {
        assertThat(other.rest()).isEmpty();
        assertThat(other.exitCode()).as("of another version").isNotEqualTo(OK);
      }
    }
  }

  @Test
  void saysThatTheSessionKeyIsAnother() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    SessionSecrets wrong = new SessionSecrets(session.id(), ClassicPeer.session().key());
    try (HydraServer relay = HydraServer.bindDefault();
        PeerProcess producer =
            ClassicPeer.producer(relay.address(), session, "--sizes", "200,200");
        PeerProcess recv = hydra("recv", relay.address(), wrong, "--classic")) {
      assertThat(recv.rest()).isEmpty();
      assertThat(recv.exitCode()).isEqualTo(AUTHENTICATION);
      producer.assertEndsWell();
    }
  }

  @Test
  void refusesWhatTheClassicWireDoesNotHave() throws Exception {
    InetSocketAddress nowhere = new InetSocketAddress("127.0.0.1", 1);
    String position = directory.resolve("position").toString();
    try (PeerProcess recv =
        hydra("recv", nowhere, ClassicPeer.session(), "--classic", "--position-file", position)) {
      assertThat(recv.exitCode()).isEqualTo(USAGE);
    }
  }
}
