package io.hydrasync.cli.demo;

import java.io.File;
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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** An etcd of one member on free ports of loopback, for as long as it is needed. */
final class LocalEtcd implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int OK = 200;
  private static final int ATTEMPTS = 3;
  private static final String NO_START =
      "etcd does not start; is it 3.4 or newer? (etcd --version)";

  private final Process process;
  private final int port;

  private LocalEtcd(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** The program, on the path or where packages put it. */
  static Optional<Path> program(String path) {
    return Stream.concat(
            Stream.of(path.split(File.pathSeparator)).filter(each -> !each.isEmpty()),
            Stream.of("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"))
        .map(each -> Path.of(each).resolve("etcd"))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /**
   * Starts it and waits until it serves. A port that was free can be taken when etcd binds it; it
   * ends then, and gets others.
   */
  static LocalEtcd start(Path program, Path directory) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return startOnce(program, Files.createDirectory(directory.resolve("etcd" + attempt)));
      } catch (EndedException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static LocalEtcd startOnce(Path program, Path directory)
      throws IOException, InterruptedException {
    int port = freePort();
    String client = "http://127.0.0.1:" + port;
    String peer = "http://127.0.0.1:" + freePort();
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--name=demo",
                "--data-dir=" + directory.resolve("etcd"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=demo=" + peer,
                "--auto-compaction-mode=periodic",
                "--auto-compaction-retention=1h")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("etcd.log").toFile())
            .start();
    LocalEtcd etcd = new LocalEtcd(process, port);
    try {
      etcd.await();
      return etcd;
    } catch (IOException | InterruptedException | RuntimeException e) {
      etcd.close();
      throw e;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void await() throws IOException, InterruptedException {
    HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    HttpRequest health =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
            .timeout(PATIENCE)
            .build();
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!isHealthy(http, health)) {
      if (!process.isAlive()) {
        throw new EndedException();
      }
      if (System.nanoTime() - until > 0) {
        throw new IOException(NO_START);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static final class EndedException extends IOException {
    private static final long serialVersionUID = 1L;

    private EndedException() {
      super(NO_START);
    }
  }

  private static boolean isHealthy(HttpClient http, HttpRequest health)
      throws InterruptedException {
    try {
      return http.send(health, HttpResponse.BodyHandlers.discarding()).statusCode() == OK;
    } catch (IOException e) {
      return false; // it does not listen yet
    }
  }

  /** As the option of a relay. */
  String option() {
    return "etcd://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
