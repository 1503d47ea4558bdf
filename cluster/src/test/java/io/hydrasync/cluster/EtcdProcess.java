package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
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
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * A real etcd of one or more members, on free ports of loopback. Each ends by its own handle. A
 * port that was free can be taken when a member binds it: such a member ends, and all begin anew on
 * other ports.
 */
final class EtcdProcess implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/bin/etcd");
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration STATUS = Duration.ofSeconds(2);
  private static final Duration START = Duration.ofSeconds(60);
  private static final int STARTS = 3;
  private static final int TOLD_BYTES = 2_000;
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

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
    for (int start = 1; !starts(members, start == STARTS); start++) {
      close();
      processes.clear();
    }
  }

  /** Whether all members are up, on new ports. */
  private boolean starts(int members, boolean last) throws Exception {
    choosePorts(members);
    for (int i = 0; i < members; i++) {
      processes.add(launch(i));
    }
    for (int i = 0; i < members; i++) {
      if (!leads(i)) {
        if (last) {
          fail("etcd does not start: " + told());
        }
        return false;
      }
    }
    return true;
  }

  /** All are held until there are enough, so that no two are the same. */
  private void choosePorts(int members) throws IOException {
    clientPorts.clear();
    peerPorts.clear();
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < 2 * members; i++) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        held.add(socket);
        (i % 2 == 0 ? clientPorts : peerPorts).add(socket.getLocalPort());
      }
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  /** Whether each member runs, and the end of what it wrote. */
  private String told() throws IOException {
    StringBuilder told = new StringBuilder();
    for (int i = 0; i < processes.size(); i++) {
      byte[] log = Files.readAllBytes(log(i));
      int from = Math.max(0, log.length - TOLD_BYTES);
      told.append(processes.get(i))
          .append('\n')
          .append(new String(log, from, log.length - from, UTF_8));
    }
    return told.toString();
  }

  /** Of one start; members that begin anew on other ports are others. */
  private Path log(int member) {
    return directory.resolve("m" + member + "-" + peerPorts.get(0) + ".log");
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
                "--data-dir=" + directory.resolve("m" + member + "-" + peerPorts.get(0)),
                "--unsafe-no-fsync", // a disk that others keep busy is none of our subjects
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=" + all,
                "--initial-cluster-token=t" + peerPorts.get(0)));
    command.addAll(flags);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log(member).toFile()))
        .start();
  }

  /**
   * Waits until a member has a leader, with TLS until it listens; false if it ends, or does not get
   * so far.
   */
  private boolean leads(int member) {
    long until = System.nanoTime() + START.toNanos();
    while (processes.get(member).isAlive() && System.nanoTime() - until < 0) {
      try {
        if (scheme.equals("https") ? listens(member) : hasLeader(member)) {
          return true;
        }
      } catch (IOException e) {
        // it does not listen yet
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return false;
  }

  private boolean hasLeader(int member) throws IOException {
    JsonObject status = post(member, "/v3/maintenance/status", "{}", "", STATUS);
    return Json.text(status, "leader").isPresent();
  }

  private boolean listens(int member) throws IOException {
    new Socket(InetAddress.getLoopbackAddress(), clientPorts.get(member)).close();
    return processes.get(member).isAlive();
  }

  List<URI> endpoints() {
    return clientPorts.stream().map(port -> URI.create(scheme + "://127.0.0.1:" + port)).toList();
  }

  /** Asks a member, as its administrator would. */
  JsonObject post(int member, String path, String body) throws IOException {
    return post(member, path, body, "");
  }

  JsonObject post(int member, String path, String body, String token) throws IOException {
    return post(member, path, body, token, ANSWER);
  }

  private JsonObject post(int member, String path, String body, String token, Duration most)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoints().get(member).resolve(path))
            .timeout(most)
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
    if (!leads(member)) {
      fail("etcd does not come back: " + told());
    }
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.destroyForcibly();
      assertThat(process.onExit().orTimeout(30, TimeUnit.SECONDS).join().isAlive()).isFalse();
    }
  }
}
