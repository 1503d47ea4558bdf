package io.hydrasync.cli.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import io.hydrasync.cli.Eventually;
import io.hydrasync.cli.HydraProcess;
import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code hydra relay} as a process of its own. */
class RelaySignalsTest {
  @TempDir private Path directory = Path.of("");
  private final List<Process> processes = new ArrayList<>();

  private record Relay(Process process, int port) {
    InetSocketAddress address() {
      return new InetSocketAddress("127.0.0.1", port);
    }

    void signal(String name) throws IOException, InterruptedException {
      HydraProcess.signal(process, name);
    }

    int exitCode() throws InterruptedException {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    }
  }

  private Relay start(String... options) throws IOException {
    return start(HydraProcess.HEARING_SIGNALS, Map.of(), options);
  }

  private Relay start(List<String> before, Map<String, String> environment, String... options)
      throws IOException {
    String[] relay = {"relay", "--listen", "127.0.0.1:0"};
    ProcessBuilder builder =
        HydraProcess.builder(before, List.of("-Xmx256m"), Cli.join(relay, options))
            .redirectError(directory.resolve("stderr").toFile());
    builder.environment().put("LOG_LEVEL", "INFO");
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.add(process);
    String ready =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    assertThat(ready).startsWith("hydra relay listening on 127.0.0.1:");
    return new Relay(process, Integer.parseInt(ready.split("[: ]")[5]));
  }

  @AfterEach
  void kill() {
    processes.forEach(Process::destroyForcibly);
  }

  private String stderr() throws IOException {
    return Files.readString(directory.resolve("stderr"));
  }

  private void awaitStderr(String text) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!stderr().contains(text)) {
      assertThat(System.nanoTime() - deadline).as("waiting for: " + text).isNegative();
      Thread.onSpinWait();
    }
  }

  @Test
  void drainsAtTheFirstSignal() throws Exception {
    Relay relay = start();
    SessionSecrets session = SessionSecrets.generate();
    HydraProducer producer = HydraProducer.connect(relay.address(), session);
    producer.broadcast(new byte[10]);
    try (HydraConsumer consumer = HydraConsumer.builder(relay.address(), session).connect()) {
      consumer.receive();

      relay.signal("TERM");

      assertThat(relay.exitCode()).isZero();
    }
    producer.abort();
    assertThat(stderr())
        .contains("role=\"consumer\" reason=\"shutdown\"", "session=\"" + session.id().logName())
        .contains("role=\"producer\" reason=\"shutdown\"");
  }

  @Test
  void endsAtOnceAtTheSecond() throws Exception {
    Relay relay = start("--drain-delay", "10m");
    HydraProducer producer = HydraProducer.connect(relay.address(), SessionSecrets.generate());

    relay.signal("TERM");
    awaitStderr("draining");
    assertThat(relay.process().isAlive()).isTrue();
    relay.signal("INT");

    assertThat(relay.exitCode()).isEqualTo(1);
    producer.abort();
  }

  @Test
  void readsCredentialsAgainAtHangup() throws Exception {
    Path admin = directory.resolve("admin.key");
    Relay relay = start("--admin-key-file", admin.toString());
    String[] status = {
      "admin",
      "status",
      "--relay",
      "127.0.0.1:" + relay.port(),
      "--known-relays",
      directory.resolve("known").toString(),
      "--credential",
      Files.readString(admin).strip()
    };
    assertThat(Cli.run(status).code()).isZero();

    Files.writeString(admin, CredentialFile.fresh() + "\n");
    relay.signal("HUP");
    awaitStderr("reloaded: 1 credential and the limits\n");

    assertThat(Cli.run(status).code()).isEqualTo(5);
    Files.writeString(admin, "nonsense");
    relay.signal("HUP");
    awaitStderr("not reloaded");
    assertThat(relay.process().isAlive()).isTrue();
  }

  private RelayKey newKey(String name) {
    Cli made = Cli.run("key", "new", "relay", directory.resolve(name).toString());
    assertThat(made.code()).isZero();
    try (HydraServer holder = HydraServer.builder().keyFile(directory.resolve(name)).bind()) {
      return holder.relayKey();
    }
  }

  private void configure(Path config, String key, String also) throws IOException {
    String text = key.isEmpty() ? "" : "key-file=" + directory.resolve(key) + "\n";
    Files.writeString(
        config, also.isEmpty() ? text : text + "key-file-also=" + directory.resolve(also) + "\n");
  }

  @Test
  void changesItsKeyAtHangupAndItsClientsFollow() throws Exception {
    RelayKey old = newKey("old.key");
    RelayKey fresh = newKey("new.key");
    Path config = directory.resolve("config");
    configure(config, "old.key", "");
    Relay relay = start("--config", config.toString());
    KnownRelays known = new KnownRelays(directory.resolve("known"));
    String name = "127.0.0.1:" + relay.port();
    SessionSecrets session = SessionSecrets.generate();
    HydraProducer producer = HydraProducer.connect(relay.address(), session);
    HydraConsumer.Builder builder =
        HydraConsumer.builder(relay.address(), session).knownRelays(known);
    try (HydraConsumer consumer = builder.connect()) {
      CompletableFuture<Void> receiving = CompletableFuture.runAsync(consumer::receive);
      configure(config, "old.key", "new.key");
      relay.signal("HUP");
      awaitStderr("and the limits, and the relay key " + old + " beside " + fresh + "\n");
      Eventually.await(
          "it is heard",
          () -> known.keys(name).filter(RelayKeys.of(old, fresh)::equals).isPresent());

      configure(config, "", "");
      relay.signal("HUP");
      awaitStderr("not reloaded, everything stays as it is: --key-file is missing");
      configure(config, "new.key", "missing.key");
      relay.signal("HUP");
      awaitStderr("not reloaded, everything stays as it is: cannot use the other relay key file");
      configure(config, "new.key", "");
      relay.signal("HUP");
      awaitStderr("and the limits, and the relay key " + fresh + "\n");
      try (HydraConsumer later = builder.connect()) {
        assertThat(later.relayKey()).isEqualTo(fresh);
        producer.broadcast(new byte[1]);
        assertThat(later.receive()).isNotNull();
      }
      assertThat(known.keys(name)).contains(RelayKeys.of(fresh));
      receiving.get(60, TimeUnit.SECONDS);
    }
    producer.abort();
  }

  @Test
  void saysWhatAReloadCannotChange() throws Exception {
    Path config = Files.writeString(directory.resolve("config"), "linger=7s\nmax-sessions=5\n");
    Relay relay = start("--config", config.toString());

    Files.writeString(config, "linger=8s\nmax-sessions=6\noverflow=grow\n");
    relay.signal("HUP");

    awaitStderr(
        "reloaded: 0 credentials and the limits; changed, but ignored until a restart: --linger,"
            + " --overflow\n");
  }

  @Test
  void opensItsLogFileAgainAtHangup() throws Exception {
    Path log = directory.resolve("log");
    Relay relay = start(HydraProcess.HEARING_SIGNALS, Map.of("LOG_FILE", log.toString()));
    HydraProducer.connect(relay.address(), SessionSecrets.generate()).close();
    Eventually.await("a line", () -> Files.readString(log).contains("role=\"producer\""));

    Files.move(log, directory.resolve("log.1"));
    relay.signal("HUP");
    Eventually.await("a new file", () -> Files.exists(log) && holds(log, "reloaded: "));
    Files.move(log, directory.resolve("log.2"));
    Files.createDirectory(log);
    relay.signal("HUP");
    awaitStderr("hydra relay: the log file cannot be opened again");

    Path open = directory.resolve("log.2");
    Eventually.await("the open one", () -> holds(open, "cannot be opened again"));
    HydraProducer.connect(relay.address(), SessionSecrets.generate()).close();
    Eventually.await("the next line", () -> holds(open, "role=\"producer\""));
    assertThat(holds(directory.resolve("log.1"), "reloaded")).isFalse();
  }

  private static boolean holds(Path file, String text) throws IOException {
    return Files.readString(file).contains(text);
  }

  @Test
  void logsToStderrWhereTheFileCannotBeWritten() throws Exception {
    start(
        HydraProcess.HEARING_SIGNALS,
        Map.of("LOG_FILE", "/dev/null/log")); // and its ready line comes first

    awaitStderr("LOG_FILE /dev/null/log cannot be written");
  }

  @Test
  void doesNotMindAHangupThatWasIgnoredWhenItBegan() throws Exception {
    List<String> nohup = List.of("sh", "-c", "trap '' HUP; exec \"$@\"", "sh");
    Relay relay = start(nohup, Map.of());

    relay.signal("HUP");
    HydraProducer.connect(relay.address(), SessionSecrets.generate()).close();

    awaitStderr("role=\"producer\"");
    assertThat(stderr()).doesNotContain("reloaded");
    relay.signal("TERM");
    assertThat(relay.exitCode()).isZero();
  }
}
