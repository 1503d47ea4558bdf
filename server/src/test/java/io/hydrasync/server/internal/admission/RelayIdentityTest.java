package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hydrasync.protocol.RelayKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelayIdentityTest {
  @TempDir private Path directory;

  @Test
  void makesAFileThatOnlyItsOwnerCanReadAndReadsItAgain() throws IOException {
    Path file = directory.resolve("sub").resolve("relay.key");

    RelayKey made = RelayIdentity.load(file).publicKey();

    assertThat(RelayIdentity.load(file).publicKey()).isEqualTo(made);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void refusesAFileThatOthersCanRead() throws IOException {
    Path file = directory.resolve("relay.key");
    RelayIdentity.load(file);
    for (String permissions : List.of("rw-r-----", "rw----r--", "rw--w----")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));

      assertThatIllegalArgumentException()
          .isThrownBy(() -> RelayIdentity.load(file))
          .withMessageContaining("chmod 600");
    }
  }

  @Test
  void readsWhatEditorsWriteAndSaysWhereItIsNoText() throws IOException {
    Path file = directory.resolve("relay.key");
    RelayKey made = RelayIdentity.load(file).publicKey();
    String hex = Files.readString(file).strip();
    for (String text : List.of(hex, "\uFEFF" + hex + "\r\n")) {
      Files.writeString(file, text);
      assertThat(RelayIdentity.load(file).publicKey()).isEqualTo(made);
    }
    Files.write(file, hex.getBytes(StandardCharsets.UTF_16));
    assertThat(RelayIdentity.load(file).publicKey()).isEqualTo(made);

    Files.write(file, hex.getBytes(StandardCharsets.UTF_16LE));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RelayIdentity.load(file))
        .withMessageStartingWith("the relay key file " + file + ", line 1: a NUL byte");
  }

  @Test
  void refusesAFileWithoutAKey() throws IOException {
    Path file = directory.resolve("relay.key");
    RelayIdentity.load(file);
    for (String content : List.of("", "00", "zz".repeat(32), "00".repeat(33))) {
      Files.writeString(file, content);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> RelayIdentity.load(file))
          .withMessageContaining("64 hex digits");
    }
  }

  @Test
  void givesRelaysThatStartAtTheSameTimeTheSameKey() throws Exception {
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int round = 0; round < 50; round++) {
        Path file = directory.resolve("relay-" + round);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<RelayKey>> loads = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          loads.add(
              pool.submit(
                  () -> {
                    start.await();
                    return RelayIdentity.load(file).publicKey();
                  }));
        }
        start.countDown();
        Set<RelayKey> keys = new HashSet<>();
        for (Future<RelayKey> load : loads) {
          keys.add(load.get());
        }
        assertThat(keys).as("round %d", round).hasSize(1);
      }
    } finally {
      pool.shutdown();
    }
  }
}
