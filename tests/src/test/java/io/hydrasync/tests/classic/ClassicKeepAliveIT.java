package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import io.hydrasync.tests.peer.Attacker;
import io.hydrasync.tests.support.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A classic client that is not there any more is missed, by the operating system's clock. */
class ClassicKeepAliveIT {
  /** Where Linux shows its sockets, those of IPv6 with IPv4 clients in the second. */
  private static final Path[] TABLES = {Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6")};

  private static final String KEEP_ALIVE_TIMER = "02";
  private static final int TICKS_PER_SECOND = 100;

  @ParameterizedTest
  @EnumSource(names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
  void theSystemAsksAfterAMinuteOfSilence(Transport transport) throws Exception {
    assumeThat(TABLES[0]).exists();
    Optional<HydraServer> bound = bind(transport);
    assumeThat(bound).as("available here").isPresent();
    try (HydraServer relay = bound.orElseThrow();
        Attacker client = new Attacker(relay.address(), Attacker.Phase.CLASSIC_SECURED)) {
      int port = relay.address().getPort();
      Await.until("its timer runs", () -> keepAliveSeconds(port).isPresent());
      assertThat(keepAliveSeconds(port).orElseThrow()).isBetween(1, 60);
      assertThat(client.isClosedWithin(1)).isFalse();
    }
  }

  private static Optional<HydraServer> bind(Transport transport) {
    try {
      return Optional.of(HydraServer.builder().transport(transport).bind());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** When the system will ask the client of that port's one connection. */
  private static Optional<Integer> keepAliveSeconds(int port) {
    String local = String.format(Locale.ROOT, ":%04X", port);
    return Stream.of(TABLES)
        .flatMap(ClassicKeepAliveIT::lines)
        .map(line -> line.trim().split("\\s+"))
        .filter(fields -> fields[1].endsWith(local))
        .map(fields -> fields[5].split(":"))
        .filter(timer -> timer[0].equals(KEEP_ALIVE_TIMER))
        .map(timer -> Integer.parseInt(timer[1], 16) / TICKS_PER_SECOND)
        .findAny();
  }

  private static Stream<String> lines(Path table) {
    try {
      return Files.exists(table) ? Files.readAllLines(table).stream().skip(1) : Stream.of();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
