package io.hydrasync.tests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Main;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.tests.peer.Attacker;
import io.hydrasync.tests.support.Attempts;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code hydra relay} as a process of its own that is given less memory than its options allow
 * clients to take: it ends, and says so, rather than to go on deaf. Takes 20 s on a busy machine,
 * because some hundred clients have to shake hands until a heap is full, within the 10 s that each
 * has, twice.
 */
@Timeout(180)
public class RelayOutOfMemoryIT {
  private static final int MOST_CLIENTS = 3_900;

  /** Less than what is counted, so that the number of clients is all that bounds it. */
  private static final int PARTIAL = 4_000;

  @TempDir private Path directory = Path.of("");
  private final List<Closeable> clients = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() throws IOException {
    for (Closeable client : clients) {
      client.close();
    }
    processes.forEach(Process::destroyForcibly);
  }

  private Path stderr() {
    return directory.resolve("stderr");
  }

  private Process start(List<String> jvm, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(jvm);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(List.of(Main.class.getName(), "relay", "--listen", "127.0.0.1:0"));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectError(stderr().toFile()).start();
    processes.add(process);
    return process;
  }

  private static InetSocketAddress address(Process relay) throws IOException {
    String ready =
        new BufferedReader(new InputStreamReader(relay.getInputStream(), UTF_8)).readLine();
    assertThat(ready).startsWith("hydra relay listening on 127.0.0.1:");
    return new InetSocketAddress("127.0.0.1", Integer.parseInt(ready.split("[: ]")[5]));
  }

  /** Clients that each begin a record and never end it, until the relay takes no more of them. */
  private void fill(InetSocketAddress relay, Process process) {
    byte[] begun = new byte[PARTIAL];
    ByteBuffer.wrap(begun).putInt(Frames.MAX_SEALED_LEN).put((byte) Frames.SEALED);
    for (int i = 0; i < MOST_CLIENTS && process.isAlive(); i++) {
      try {
        Attacker client = new Attacker(relay, Attacker.Phase.SECURED);
        clients.add(client);
        client.send(begun);
      } catch (Exception e) {
        // the relay has gone, or is too slow for a handshake
      }
      Attempts.one();
    }
  }

  private int exitCode(Process relay) throws InterruptedException {
    assertThat(relay.waitFor(60, TimeUnit.SECONDS)).as("the relay has ended").isTrue();
    return relay.exitValue();
  }

  @Test
  void aFullHeapEndsTheRelayWith70AndOneSentence() throws Exception {
    Process relay = start(List.of("-Xmx16m", "-XX:MaxDirectMemorySize=256m"), "--memory", "190m");
    fill(address(relay), relay);
    assertThat(exitCode(relay)).isEqualTo(70);
    assertThat(Files.readString(stderr()))
        .containsOnlyOnce("hydra relay: out of memory: the heap is full");
  }

  @Test
  void whereTheJvmIsToldToEndItselfItMayDoSoWith3() throws Exception {
    Process relay =
        start(
            List.of("-Xmx16m", "-XX:MaxDirectMemorySize=256m", "-XX:+ExitOnOutOfMemoryError"),
            "--memory",
            "190m");
    fill(address(relay), relay);
    assertThat(exitCode(relay)).isIn(3, 70);
  }

  @Test
  void noDirectMemoryEndsTheRelayWith70AndOneSentence() throws Exception {
    Process relay =
        start(
            List.of("-Xmx256m", "-XX:MaxDirectMemorySize=256k"),
            "--memory",
            "4m",
            "--transport",
            "nio" /* loops of epoll would take more than that before anybody comes */,
            "--threads",
            "8");
    fill(address(relay), relay);
    assertThat(exitCode(relay)).isEqualTo(70);
    assertThat(Files.readString(stderr()))
        .containsOnlyOnce("hydra relay: out of memory: no direct memory");
  }
}
