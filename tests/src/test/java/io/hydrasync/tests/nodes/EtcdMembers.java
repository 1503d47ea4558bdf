package io.hydrasync.tests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A real etcd of some members on free ports of loopback. For one thread. */
final class EtcdMembers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final int OK = 200;
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path program;
  private final Path directory;
  private final List<Integer> clientPorts = new ArrayList<>();
  private final List<Integer> peerPorts = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private List<String> flags = List.of();
  private String state = "new";
  private int generation;
  private final List<Killable> members = new ArrayList<>();

  EtcdMembers(Path program, Path directory, int count) throws IOException, InterruptedException {
    this.program = program;
    this.directory = directory;
    for (int i = 0; i < count; i++) {
      clientPorts.add(freePort());
      peerPorts.add(freePort());
      names.add("m" + i);
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
    List<String> command = new ArrayList<>();
    command.addAll(List.of(program.toString(), "--data-dir=" + data(member)));
    command.addAll(List.of("--listen-client-urls=" + client, "--advertise-client-urls=" + client));
    command.addAll(List.of("--listen-peer-urls=" + peer(member)));
    command.addAll(initial(member));
    command.addAll(List.of("--initial-cluster-state=" + state));
    command.addAll(List.of("--auto-compaction-mode=periodic", "--auto-compaction-retention=1h"));
    command.addAll(flags);
    return new Killable(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(
                    directory.resolve("etcd" + member + ".log").toFile()))
            .start());
  }

  private String peer(int member) {
    return "http://127.0.0.1:" + peerPorts.get(member);
  }

  private Path data(int member) {
    return directory.resolve("etcd-" + names.get(member));
  }

  /** Who it is and who the others are, as a new member is told and a restored one. */
  private List<String> initial(int member) {
    String all =
        IntStream.range(0, names.size())
            .mapToObj(i -> names.get(i) + "=" + peer(i))
            .collect(Collectors.joining(","));
    return List.of(
        "--name=" + names.get(member),
        "--initial-advertise-peer-urls=" + peer(member),
        "--initial-cluster=" + all,
        "--initial-cluster-token=t" + peerPorts.get(0));
  }

  int count() {
    return members.size();
  }

  /** As the option of a relay. */
  String option() {
    return clientPorts.stream()
        .map(port -> "127.0.0.1:" + port)
        .collect(Collectors.joining(",", "etcd://", ""));
  }

  /** Returns when all members have a leader. */
  void awaitAll() throws InterruptedException {
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
        members.set(i, launch(i));
      }
    }
    awaitAll();
  }

  /** Stops one after the other, and starts it with these options beside the usual ones. */
  void restartEach(String... more) throws IOException, InterruptedException {
    flags = List.of(more);
    for (int i = 0; i < members.size(); i++) {
      kill(i);
      restart();
    }
  }

  /** Asks a member's gateway, as its administrator would. */
  JsonObject post(int member, String path, String body) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + clientPorts.get(member) + path))
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    String text = new String(answer.body(), UTF_8);
    if (answer.statusCode() != OK) {
      throw new RefusedException(path, answer.statusCode(), text);
    }
    return JsonParser.parseString(text).getAsJsonObject();
  }

  /** A member answers with another status than 200. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;
    private final int status;

    private RefusedException(String path, int status, String text) {
      super(path + ": " + status + " " + text);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /** A member's machine is lost, and a new member with an empty disk takes its place. */
  void replace(int member) throws IOException, InterruptedException {
    String id = ids(member).orElseThrow().get(0);
    int other = (member + 1) % members.size();
    kill(member);
    awaitAnotherLeader(other, id);
    change(other, "remove", "{\"ID\":\"" + id + "\"}");
    generation++;
    names.set(member, "m" + member + "-" + generation);
    peerPorts.set(member, freePort());
    state = "existing";
    change(other, "add", "{\"peerURLs\":[\"" + peer(member) + "\"]}");
    restart();
  }

  /** A change that is asked for before is lost. */
  private void awaitAnotherLeader(int asked, String former) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (ids(asked).filter(ids -> !ids.get(1).equals(former)).isEmpty()) {
      if (System.nanoTime() - until > 0) {
        throw new IllegalStateException("etcd has no new leader");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Again and again: members refuse it until they have seen each other for some seconds. */
  private void change(int asked, String what, String body)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        post(asked, "/v3/cluster/member/" + what, body);
        return;
      } catch (RefusedException e) {
        if (System.nanoTime() - until > 0) {
          throw e;
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  /** What a member has, in a file, by etcd's own tool. */
  void saveSnapshot(Path file) throws IOException, InterruptedException {
    run(
        tool("etcdctl"),
        List.of("--endpoints=127.0.0.1:" + clientPorts.get(0), "snapshot", "save", "" + file));
  }

  /** All members begin anew, with what the file has. */
  void restoreSnapshot(Path file) throws IOException, InterruptedException {
    killAll();
    generation++;
    for (int i = 0; i < members.size(); i++) {
      names.set(i, "m" + i + "-" + generation);
    }
    state = "new";
    Path offline = tool("etcdutl"); // 3.6 and newer have it there only
    Path restores = Files.isExecutable(offline) ? offline : tool("etcdctl");
    for (int i = 0; i < members.size(); i++) {
      List<String> arguments = new ArrayList<>(List.of("snapshot", "restore", "" + file));
      arguments.addAll(initial(i));
      arguments.add("--data-dir=" + data(i));
      run(restores, arguments);
    }
    restart();
  }

  /** Beside the server. */
  private Path tool(String name) {
    return program.resolveSibling(name);
  }

  private void run(Path tool, List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(tool.toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("etcdctl.log").toFile()));
    builder.environment().put("ETCDCTL_API", "3");
    int exit = builder.start().waitFor();
    if (exit != 0) {
      throw new IOException(command + " ends with " + exit + ", see etcdctl.log");
    }
  }

  @Override
  public void close() {
    members.forEach(Killable::close);
  }
}
