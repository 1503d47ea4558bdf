package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.HydraServer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every way in which {@code recv --count} and {@code recv --idle-timeout} end, on both wires. */
class RecvEndingTest {
  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.bindDefault();

  /** What is spoken. */
  enum Spoken {
    WIRE_2,
    CLASSIC
  }

  @AfterEach
  void stopRelay() {
    relay.close();
  }

  private Ticket ticket(Spoken wire) {
    return ticket(wire, relay);
  }

  private static Ticket ticket(Spoken wire, HydraServer relay) {
    byte[] id = new byte[SessionId.LENGTH];
    new SecureRandom().nextBytes(id);
    SessionSecrets session =
        new SessionSecrets(SessionId.of(id), SessionKey.generate(new SecureRandom()));
    int port = relay.address().getPort();
    return wire == Spoken.CLASSIC
        ? session.classicTicket(new RelayAddress("127.0.0.1", port), "1.0.0-beta.6")
        : session.ticket(new RelayAddress("127.0.0.1", port), relay.relayKey());
  }

  private static HydraProducer producer(Ticket ticket, int messages) {
    HydraProducer producer = HydraProducer.builder(ticket).connect();
    for (int i = 0; i < messages; i++) {
      producer.broadcast("m".getBytes(UTF_8));
    }
    return producer;
  }

  private Cli recv(Ticket ticket, String... more) {
    String out = directory.resolve("out").toString();
    return Cli.run(Cli.join(new String[] {"recv", ticket.format(), "-o", out}, more));
  }

  private void assertReceived(String payload) {
    assertThat(directory.resolve("out")).hasContent(payload);
  }

  @ParameterizedTest
  @EnumSource
  void endsWith4WhereTheProducerEndsBeforeTheCount(Spoken wire) {
    Ticket ticket = ticket(wire);
    producer(ticket, 2).close();

    Cli recv = recv(ticket, "--count", "3");

    assertThat(recv.code()).isEqualTo(ExitCode.TRUNCATED);
    assertThat(recv.err()).isEqualTo("hydra recv: 2 of 3 messages came before the end\n");
    assertReceived("mm");
  }

  @ParameterizedTest
  @EnumSource
  void endsWith0WithTheCount(Spoken wire) {
    Ticket ticket = ticket(wire);
    producer(ticket, 3).close();

    for (String count : List.of("0", "1", "3")) {
      assertThat(recv(ticket, "--count", count)).isEqualTo(new Cli(0, "", ""));
      assertReceived("m".repeat(Integer.parseInt(count)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsWith0WhereNothingComesForTheIdleTimeout(Spoken wire) {
    Ticket ticket = ticket(wire);
    try (HydraProducer producer = producer(ticket, 2)) {
      Cli recv = recv(ticket, "--idle-timeout", "300ms");

      assertThat(recv.code()).isZero();
      assertThat(recv.err()).contains("nothing has come for the idle timeout");
      assertReceived("mm");
      producer.broadcast(new byte[1]); // it was not over
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsWith4WhereTheIdleTimeoutIsBeforeTheCount(Spoken wire) {
    Ticket ticket = ticket(wire);
    try (HydraProducer producer = producer(ticket, 2)) {
      Cli recv = recv(ticket, "--idle-timeout", "300ms", "--count", "3", "--json");

      assertThat(recv.code()).isEqualTo(ExitCode.TRUNCATED);
      assertThat(recv.err())
          .contains("\"event\":\"idle\"")
          .contains("\"exit\":4,\"code\":\"TRUNCATED\"")
          .contains("2 of 3 messages came, and then nothing for the idle timeout");
      assertReceived("mm");
      assertThat(recv(ticket, "--idle-timeout", "20s", "--count", "2").code()).isZero();
      producer.broadcast(new byte[1]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsWith0WhereNobodyEverComes(Spoken wire) {
    Cli recv = recv(ticket(wire), "--idle-timeout", "300ms");

    assertThat(recv.code()).isZero();
    assertReceived("");
  }

  @ParameterizedTest
  @EnumSource
  void takesTheEndForTheEndThoughItHasAnIdleTimeout(Spoken wire) {
    Ticket ticket = ticket(wire);
    producer(ticket, 2).close();

    assertThat(recv(ticket, "--idle-timeout", "1h")).isEqualTo(new Cli(0, "", ""));
    assertReceived("mm");
  }

  @ParameterizedTest
  @EnumSource
  void endsWith4WhereTheProducerBreaksOff(Spoken wire) throws Exception {
    try (HydraServer forgetful = HydraServer.builder().linger(Duration.ofMillis(300)).bind()) {
      Ticket ticket = ticket(wire, forgetful);
      HydraProducer producer = producer(ticket, 1);
      Path out = directory.resolve("out");
      String[] command = {"recv", ticket.format(), "-o", out.toString(), "--count", "3"};
      String[] more = wire == Spoken.CLASSIC ? new String[0] : new String[] {"--no-wait"};
      Running recv = Running.start(Cli.join(command, more));
      Eventually.await("the message", () -> out.toFile().length() == 1);
      producer.abort();

      assertThat(recv.end().code()).isEqualTo(ExitCode.TRUNCATED);
      assertReceived("m");
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesAnIdleTimeoutOfNothing(Spoken wire) {
    Cli recv = recv(ticket(wire), "--idle-timeout", "0");

    assertThat(recv.code()).isEqualTo(ExitCode.USAGE);
    assertThat(recv.err()).contains("--idle-timeout is longer than 0");
  }
}
