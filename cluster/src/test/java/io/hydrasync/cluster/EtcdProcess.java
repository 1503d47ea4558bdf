package io.hydrasync.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A real etcd of one or more members, on free ports of loopback. Each ends by its own handle. */
final class EtcdProcess implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/bin/etcd");
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path directory;
  private final List<String> flags;
  private final List<Integer> clientPorts = new ArrayList<>();
  private final List<Integer> peerPorts = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private final String scheme;

  /** Skips the test where there is no etcd, or fails where all tools must be there. */
  EtcdProcess(Path directory, int members, String... flags) throws Exception {
    this(directory, "http", members, flags);
  }

  EtcdProcess(Path directory, String scheme, int members, String... flags) throws Exception {
    if (!Files.isExecutable(PROGRAM)) {
      String text = "no " + PROGRAM + " (Debian: etcd-server)";
      if (Boolean.parseBoolean(System.getenv("HYDRA_REQUIRE_TOOLS"))) {
        fail("HYDRA_REQUIRE_TOOLS is set, but there is " + text);
      }
      abort(text);
    }
    this.directory = directory;
    this.scheme = scheme;
    this.flags = List.of(flags);
    for (int i = 0; i < members; i++) {
      clientPorts.add(freePort());
      peerPorts.add(freePort());
    }
    for (int i = 0; i < members; i++) {
      processes.add(launch(i));
    }
    if (scheme.equals("http")) {
      for (int i = 0; i < members; i++) {
        awaitLeader(i);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process launch(int member) throws IOException {
    String client = scheme + "://127.0.0.1:" + clientPorts.get(member);
    String peer = "http://127.0.0.1:" + peerPorts.get(member);
    String all =
        java.util.stream.IntStream.range(0, peerPorts.size())
            .mapToObj(i -> "m" + i + "=http://127.0.0.1:" + peerPorts.get(i))
            .collect(Collectors.joining(","));
    List<String> command =
        new ArrayList<>(
            List.of(
                PROGRAM.toString(),
                "--name=m" + member,
                "--data-dir=" + directory.resolve("m" + member),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=" + all,
                "--initial-cluster-token=t" + peerPorts.get(0)));
    command.addAll(flags);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(directory.resolve("m" + member + ".log").toFile()))
        .start();
  }

  private void awaitLeader(int member) {
    Await.until(
        "etcd has a leader",
        () -> {
          try {
            return Json.text(post(member, "/v3/maintenance/status", "{}"), "leader").isPresent();
          } catch (IOException e) {
            return false;
          }
        });
  }

  List<URI> endpoints() {
    return clientPorts.stream().map(port -> URI.create(scheme + "://127.0.0.1:" + port)).toList();
  }

  /** Asks a member, as its administrator would. */
  JsonObject post(int member, String path, String body) throws IOException {
    return post(member, path, body, "");
  }

  JsonObject post(int member, String path, String body, String token) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoints().get(member).resolve(path))
            .timeout(ANSWER)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("Authorization", token);
    }
    try {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return Answers.body(answer.statusCode(), answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Stands still, as a machine that hangs: its connections stay. */
  void freeze(int member) throws Exception {
    signal("STOP", processes.get(member).pid());
  }

  void thaw(int member) throws Exception {
    signal("CONT", processes.get(member).pid());
  }

  static void signal(String name, long pid) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
    assertThat(kill.waitFor()).isZero();
  }

  void kill(int member) throws Exception {
    processes.get(member).destroyForcibly().waitFor();
  }

  void restart(int member) throws Exception {
    processes.set(member, launch(member));
    awaitLeader(member);
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.destroyForcibly();
      assertThat(process.onExit().orTimeout(30, TimeUnit.SECONDS).join().isAlive()).isFalse();
    }
  }
}
