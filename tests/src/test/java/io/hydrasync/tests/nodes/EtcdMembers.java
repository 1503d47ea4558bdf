package io.hydrasync.tests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A real etcd of some members on free ports of loopback. For one thread. */
public final class EtcdMembers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path program;
  private final Path directory;
  private final List<Integer> clientPorts = new ArrayList<>();
  private final List<Integer> peerPorts = new ArrayList<>();
  private final List<Killable> members = new ArrayList<>();

  /**
   * Starts them.
   *
   * @param program of etcd
   * @param directory for their data and logs
   */
  public EtcdMembers(Path program, Path directory, int count)
      throws IOException, InterruptedException {
    this.program = program;
    this.directory = directory;
    for (int i = 0; i < count; i++) {
      clientPorts.add(freePort());
      peerPorts.add(freePort());
    }
    try {
      for (int i = 0; i < count; i++) {
        members.add(launch(i));
      }
      awaitAll();
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Killable launch(int member) throws IOException {
    String client = "http://127.0.0.1:" + clientPorts.get(member);
    String peer = "http://127.0.0.1:" + peerPorts.get(member);
    String all =
        IntStream.range(0, peerPorts.size())
            .mapToObj(i -> "m" + i + "=http://127.0.0.1:" + peerPorts.get(i))
            .collect(Collectors.joining(","));
    return new Killable(
        new ProcessBuilder(
                program.toString(),
                "--name=m" + member,
                "--data-dir=" + directory.resolve("etcd" + member),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=" + all,
                "--initial-cluster-token=t" + peerPorts.get(0),
                "--auto-compaction-mode=periodic",
                "--auto-compaction-retention=1h")
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(
                    directory.resolve("etcd" + member + ".log").toFile()))
            .start());
  }

  public int count() {
    return members.size();
  }

  /** As the option of a relay. */
  String option() {
    return clientPorts.stream()
        .map(port -> "127.0.0.1:" + port)
        .collect(Collectors.joining(",", "etcd://", ""));
  }

  /** Returns when all members have a leader. */
  public void awaitAll() throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    for (int i = 0; i < members.size(); i++) {
      while (ids(i).isEmpty()) {
        if (System.nanoTime() - until > 0) {
          throw new IllegalStateException("etcd has no leader");
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  /** A member's own id and its leader's, if it has one. */
  private Optional<List<String>> ids(int member) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:" + clientPorts.get(member) + "/v3/maintenance/status"))
            .timeout(ANSWER)
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    try {
      byte[] answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
      JsonObject status = JsonParser.parseString(new String(answer, UTF_8)).getAsJsonObject();
      return status.has("leader")
          ? Optional.of(
              List.of(
                  status.getAsJsonObject("header").get("member_id").getAsString(),
                  status.get("leader").getAsString()))
          : Optional.empty();
    } catch (IOException | JsonParseException | IllegalStateException e) {
      return Optional.empty(); // it does not listen yet
    }
  }

  /** Which one leads. */
  int leader() throws InterruptedException {
    for (int i = 0; i < members.size(); i++) {
      if (ids(i).filter(ids -> ids.get(0).equals(ids.get(1))).isPresent()) {
        return i;
      }
    }
    throw new IllegalStateException("etcd has no leader");
  }

  /** Where relays reach one of them. */
  public InetSocketAddress address(int member) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), clientPorts.get(member));
  }

  /** The process of one of them. */
  public Killable process(int member) {
    return members.get(member);
  }

  /** Starts one that has ended, where it was, and does not wait for it. */
  public void start(int member) throws IOException {
    members.set(member, launch(member));
  }

  void kill(int member) throws InterruptedException {
    members.get(member).kill();
  }

  void killAll() throws InterruptedException {
    for (Killable member : members) {
      member.kill();
    }
  }

  /** Starts those that have been killed; returns when all are there. */
  void restart() throws IOException, InterruptedException {
    for (int i = 0; i < members.size(); i++) {
      if (!members.get(i).isAlive()) {
        start(i);
      }
    }
    awaitAll();
  }

  @Override
  public void close() {
    members.forEach(Killable::close);
  }
}
