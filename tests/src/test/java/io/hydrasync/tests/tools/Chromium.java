package io.hydrasync.tests.tools;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.Tools;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A headless Chromium of its own, with an empty profile, that finds nobody but this machine. It
 * opens a port on the loopback address, over which {@link BrowserPage} tells it what to do.
 */
final class Chromium implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Optional<Path> PROGRAM = find();
  private static final List<String> FLAGS =
      List.of(
          "--headless=new",
          "--remote-debugging-port=0",
          "--window-size=1280,800",
          "--no-first-run",
          "--no-default-browser-check",
          "--disable-gpu",
          "--disable-quic",
          "--disable-dev-shm-usage",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--disable-extensions",
          "--disable-breakpad",
          "--no-proxy-server",
          "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
          "--hide-scrollbars",
          "about:blank");

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
  private final Path profile;
  private final PeerProcess process;
  private final String address;

  private Chromium(Path profile, PeerProcess process, String address) {
    this.profile = profile;
    this.process = process;
    this.address = address;
  }

  private static Optional<Path> find() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(
            directory ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Skips the test where there is no Chromium. */
  static void assumeInstalled() {
    Tools.assume(
        PROGRAM.isPresent(), "the dashboard's test needs Chromium on the path (Debian: chromium)");
  }

  static Chromium start() throws IOException, InterruptedException {
    Path profile = Files.createTempDirectory("hydra-chromium");
    List<String> command = new ArrayList<>();
    command.add(PROGRAM.orElseThrow().toString());
    command.add("--user-data-dir=" + profile);
    if (System.getProperty("user.name").equals("root")) {
      command.add("--no-sandbox");
    }
    command.addAll(FLAGS);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("HOME", profile.toString());
    PeerProcess process = PeerProcess.startWithErrors(builder);
    try {
      String where = process.awaitAfter("DevTools listening on ws://");
      return new Chromium(profile, process, where.substring(0, where.indexOf('/')));
    } catch (InterruptedException | AssertionError e) {
      process.close();
      throw e;
    }
  }

  /** A new page, empty. Ends with this browser. */
  BrowserPage newPage() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/json/new?about:blank"))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .timeout(PATIENCE)
            .build();
    String answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    JsonObject target = JsonParser.parseString(answer).getAsJsonObject();
    return BrowserPage.connect(
        http, URI.create(target.get("webSocketDebuggerUrl").getAsString()), PATIENCE);
  }

  /** Ends the browser and deletes its profile. */
  @Override
  public void close() throws IOException, InterruptedException {
    process.close();
    process.exitCode();
    process.rest(); // its children have the same output; all of them are gone
    delete(profile);
  }

  private static void delete(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> content = Files.newDirectoryStream(path)) {
        for (Path each : content) {
          delete(each);
        }
      } catch (DirectoryIteratorException e) {
        throw new UncheckedIOException(e.getCause());
      }
    }
    Files.deleteIfExists(path);
  }
}
