package io.hydrasync.tests.classic;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Main;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.peer.LaterServer;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.PeerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code hydra send} and {@code hydra recv} with a server that does as the Rust crate's: no
 * consumer before its producer, and no end.
 */
@Tag("any-jdk")
@Timeout(60)
class LaterCommandLineIT {
  private static final String NEWEST = "1.0.0-beta.9";
  private static final int OK = 0;
  private static final int OTHER = 1;
  private static final int USAGE = 2;
  private static final int TRUNCATED = 4;
  private static final int PACKET = 8;
  private static final int PRODUCER = 0;
  private static final int NOT_FOUND = 2;
  private static final int OCCUPIED = 3;

  @TempDir private Path directory;

  private final SessionSecrets session = ClassicPeer.session();
  private final List<LaterServer.Join> joins = new CopyOnWriteArrayList<>();

  /** A command with what it needs to join the session; what it says on stderr comes as well. */
  private PeerProcess hydra(String name, LaterServer server, String... more) throws IOException {
    HexFormat hex = HexFormat.of();
    List<String> arguments = new ArrayList<>(List.of(name, "--classic=" + NEWEST));
    arguments.addAll(List.of("--relay", "127.0.0.1:" + server.address().getPort()));
    arguments.addAll(List.of("--session-id", hex.formatHex(session.id().toBytes())));
    arguments.addAll(List.of("--session-key", hex.formatHex(session.key().secretBytes())));
    arguments.addAll(List.of(more));
    return PeerProcess.startWithErrors(
        new ProcessBuilder(ChildJvm.command(Main.class, arguments.toArray(String[]::new))));
  }

  private LaterServer.Join join(LaterServer.Client peer) throws Exception {
    LaterServer.Join join = peer.session(session).join(NEWEST);
    joins.add(join);
    return join;
  }

  private boolean isOurs(LaterServer.Join join) {
    return Arrays.equals(join.id(), session.id().toBytes());
  }

  private static byte[] text(String text) {
    return text.getBytes(US_ASCII);
  }

  // ---- recv ----

  @Test
  void recvComesAgainUntilThereIsAProducer() throws Exception {
    AtomicInteger visits = new AtomicInteger();
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              join(peer);
              if (visits.incrementAndGet() < 3) {
                peer.send(peer.status(NOT_FOUND)).finish();
              } else {
                peer.welcome(PACKET)
                    .send(peer.packet(text("messages")), peer.packet(text("two88888")));
              }
            })) {
      try (PeerProcess recv = hydra("recv", server, "--count", "2", "--lines")) {
        List<String> said = recv.rest();

        assertThat(recv.exitCode()).isEqualTo(OK);
        assertThat(said).contains("messages", "two88888");
        assertThat(said)
            .filteredOn(line -> line.contains("nobody has this session open"))
            .hasSize(1);
      }
      assertThat(server.accepted()).isEqualTo(3);
      assertThat(joins).allMatch(this::isOurs);
      server.awaitNobody();
    }
  }

  private LaterServer withoutProducer() throws IOException {
    return LaterServer.playing(
        peer -> {
          join(peer);
          peer.send(peer.status(NOT_FOUND)).finish();
        });
  }

  @Test
  void recvWithNoWaitDoesNot() throws Exception {
    try (LaterServer server = withoutProducer();
        PeerProcess recv = hydra("recv", server, "--no-wait")) {
      assertThat(recv.rest()).singleElement().asString().contains("start the producer first");
      assertThat(recv.exitCode()).isEqualTo(OTHER);
      assertThat(server.accepted()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"--idle-timeout=1500ms, 0", "--idle-timeout=1500ms --count=1, 4"})
  void recvStopsComingAgainAfterItsIdleTimeout(String options, int code) throws Exception {
    String out = directory.resolve("out").toString();
    List<String> more = new ArrayList<>(List.of("-o", out));
    more.addAll(List.of(options.split(" ")));
    try (LaterServer server = withoutProducer();
        PeerProcess recv = hydra("recv", server, more.toArray(String[]::new))) {
      assertThat(recv.rest())
          .anyMatch(line -> line.contains("nothing has come for the idle timeout"));
      assertThat(recv.exitCode()).isEqualTo(code);
      assertThat(server.accepted()).isGreaterThan(1);
      assertThat(Path.of(out)).isEmptyFile();
    }
    assertThat(code).isIn(OK, TRUNCATED);
  }

  // ---- send ----

  @ParameterizedTest
  @CsvSource({
    "3, only one producer at a time",
    "5, credential",
    "1, answers the join with the status 1",
    "77, answers the join with the status 77"
  })
  void sendSaysWhyItIsRefused(int status, String why) throws Exception {
    try (LaterServer server =
            LaterServer.playing(
                peer -> {
                  join(peer);
                  peer.send(peer.status(status)).finish();
                });
        PeerProcess send = hydra("send", server)) {
      assertThat(send.rest()).singleElement().asString().contains(why);
      assertThat(send.exitCode()).isEqualTo(OTHER);
      assertThat(server.accepted()).isEqualTo(1);
    }
  }

  /** As the crate's: who consumes what nobody produces is told so, and not how long packets are. */
  private LaterServer theirs(List<String> received) throws IOException {
    return LaterServer.playing(
        peer -> {
          LaterServer.Join join = join(peer);
          if (join.role() != PRODUCER) {
            peer.send(peer.status(NOT_FOUND)).finish();
            return;
          }
          peer.welcome(PACKET);
          while (isOurs(join)) {
            received.add(new String(peer.opened(peer.read(PACKET + LaterServer.SEAL)), US_ASCII));
          }
        });
  }

  private String file(String text) throws IOException {
    return Files.writeString(directory.resolve("in"), text).toString();
  }

  @Test
  void sendAsksHowLongPacketsAreInASessionOfNobody() throws Exception {
    List<String> received = new CopyOnWriteArrayList<>();
    try (LaterServer server = theirs(received);
        PeerProcess send = hydra("send", server, file("0123456789"))) {
      assertThat(send.rest())
          .singleElement()
          .asString()
          .contains("a file of 10 bytes", "packets carry 8");
      assertThat(send.exitCode()).isEqualTo(USAGE);
      assertThat(joins).hasSize(2).noneMatch(this::isOurs);
      server.awaitNobody();
    }
    assertThat(received).isEmpty();
  }

  @Test
  void sendSendsAFileOfWholePackets() throws Exception {
    List<String> received = new CopyOnWriteArrayList<>();
    try (LaterServer server = theirs(received);
        PeerProcess send = hydra("send", server, file("0123456789abcdef"))) {
      send.rest();

      assertThat(send.exitCode()).isEqualTo(OK);
      server.awaitNobody();
      assertThat(received).containsExactly("01234567", "89abcdef");
      assertThat(joins).filteredOn(this::isOurs).hasSize(1);
    }
  }

  @Test
  void sendIsRefusedWhereTheSessionHasAProducer() throws Exception {
    try (LaterServer server =
            LaterServer.playing(
                peer -> {
                  if (isOurs(join(peer))) {
                    peer.send(peer.status(OCCUPIED)).finish();
                  } else {
                    peer.welcome(PACKET);
                  }
                });
        PeerProcess send = hydra("send", server, file("01234567"))) {
      assertThat(send.rest()).singleElement().asString().contains("only one producer at a time");
      assertThat(send.exitCode()).isEqualTo(OTHER);
    }
  }
}
