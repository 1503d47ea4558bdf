package io.hydrasync.cli.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import io.hydrasync.cli.HydraProcess;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where nothing more can be written: the system says so without the file's name. A limit of 0 for
 * the size of files stands for a disk that is full.
 */
class FullDiskTest {
  private static final List<String> LIMITED = List.of("sh", "-c", "ulimit -f 0; exec \"$@\"", "sh");

  @TempDir private Path directory = Path.of("");

  private static Cli run(String... args) throws IOException, InterruptedException {
    Process process =
        HydraProcess.builder(LIMITED, List.of("-XX:-UsePerfData", "-Xshare:auto"), args)
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Cli(process.waitFor(), said, "");
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  @Test
  void everyFileIsNamed() throws IOException, InterruptedException {
    for (String[] command :
        new String[][] {
          {"key", "new", "owner", path("key")},
          {"ticket", "new", "--relay", "127.0.0.1:1", "--plain", "-o", path("key")},
          {"relay", "--listen", "127.0.0.1:0", "--key-file", path("key")},
          {"relay", "--listen", "127.0.0.1:0", "--admin-key-file", path("key")},
          {"known-relays", "pin", "127.0.0.1:1", "A".repeat(43), "--known-relays", path("key")}
        }) {
      Cli cli = run(command);

      assertThat(cli.code()).as(cli.out()).isEqualTo(1);
      assertThat(cli.out())
          .hasLineCount(1)
          .contains(path("key"), "File too large")
          .doesNotContain("Exception", "java.", ".tmp", "fault inside");
    }
  }

  @Test
  void theOutputIsNamed() throws IOException, InterruptedException {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault()) {
      try (HydraProducer producer = HydraProducer.connect(relay.address(), session)) {
        producer.broadcast(new byte[10]);
      }
      String[] recv = {
        "recv",
        "--relay",
        "127.0.0.1:" + relay.address().getPort(),
        "--relay-key",
        relay.relayKey().toString(),
        "--session-id",
        HexFormat.of().formatHex(session.id().toBytes()),
        "--session-key",
        HexFormat.of().formatHex(session.key().secretBytes()),
        "-q",
        "-o",
        path("out")
      };

      Cli cli = run(recv);

      assertThat(cli.code()).isEqualTo(1);
      assertThat(cli.out())
          .contains("hydra recv: cannot write to " + path("out") + ": File too large");
    }
  }
}
