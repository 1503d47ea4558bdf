package io.hydrasync.tests.classic;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Main;
import io.hydrasync.tests.peer.CratePeer;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.PeerProcess;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The file of {@code hydra relay --classic-observer-file}, read again while the relay runs. */
@Timeout(60)
class ObserverTokenIT {
  private static final int OBSERVER = 2;
  private static final int WELCOME = 0;
  private static final int INVALID_TOKEN = 4;

  @TempDir private Path directory;

  private InetSocketAddress relay;

  private int statusOf(byte[] token) throws Exception {
    try (CratePeer peer = CratePeer.connect(relay, 9).send(OBSERVER, token)) {
      return peer.status();
    }
  }

  private static void write(Path file, byte[] token) throws Exception {
    Files.writeString(file, HexFormat.of().formatHex(token) + "\n", US_ASCII);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** Whoever runs the tests below nohup has no SIGHUP, and neither have their children. */
  private static List<String> hearingHangups() throws Exception {
    List<String> heard = List.of("env", "--default-signal=HUP");
    List<String> attempt = new ArrayList<>(heard);
    attempt.add("true");
    boolean works = new ProcessBuilder(attempt).start().waitFor() == 0;
    return works ? heard : List.of();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGHUP")
  void isReadAgainAtHangup() throws Exception {
    Path file = directory.resolve("token");
    byte[] old = CratePeer.random(64);
    byte[] fresh = CratePeer.random(64);
    write(file, old);
    List<String> command = new ArrayList<>(hearingHangups());
    command.addAll(
        ChildJvm.command(
            Main.class,
            "relay",
            "--listen",
            "127.0.0.1:0",
            "--classic-observer-file",
            file.toString()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("LOG_LEVEL", "INFO");
    try (PeerProcess process = PeerProcess.startWithErrors(builder)) {
      String address = process.awaitAfter("listening on 127.0.0.1:");
      int port = Integer.parseInt(address.substring(0, address.indexOf(' ')));
      relay = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      try (CratePeer stays = CratePeer.connect(relay, 9).send(OBSERVER, old)) {
        stays.joined();
        write(file, fresh);
        assertThat(statusOf(fresh)).isEqualTo(INVALID_TOKEN);

        process.signal("HUP");
        process.awaitAfter("reloaded: ");

        assertThat(statusOf(fresh)).isEqualTo(WELCOME);
        assertThat(statusOf(old)).isEqualTo(INVALID_TOKEN);
        assertThat(stays.write(new byte[1]).metrics().remaining()).isEqualTo(32);
      }

      Files.writeString(file, "nonsense");
      process.signal("HUP");
      process.awaitAfter("not reloaded");
      assertThat(statusOf(fresh)).isEqualTo(WELCOME);
    }
  }
}
