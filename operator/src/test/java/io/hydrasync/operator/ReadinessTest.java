package io.hydrasync.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.LocalDirectory;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What HTTP tells of a node whose directory says what a test wants it to. */
@Timeout(60)
class ReadinessTest {
  private static final NodeId SELF = new NodeId(0x1011_1213_1415_1617L, 2);
  private static final NodeId OTHER = new NodeId(0x2021_2223_2425_2627L, 2);

  @TempDir private Path keys;
  private final Told directory = new Told();
  private final HttpClient client = HttpClient.newHttpClient();
  private OperatedRelay relay;
  private OperatorHttp http;

  /** Keeps the listener to itself. */
  private static final class Told implements Directory {
    private final LocalDirectory local = new LocalDirectory(SELF);
    private DirectoryListener listener;
    private volatile NodeEntry published;

    void read() {
      listener.state(DirectoryState.GOOD);
      listener.snapshot(new DirectoryView(1, Map.of(SELF, published), Map.of(), 0));
      listener.leaseHeld();
    }

    @Override
    public NodeId self() {
      return SELF;
    }

    @Override
    public void start(DirectoryListener given) {
      listener = given;
    }

    @Override
    public void publish(NodeEntry entry) {
      published = entry;
    }

    @Override
    public CompletionStage<Optional<Versioned<SessionEntry>>> read(SessionHash hash) {
      return local.read(hash);
    }

    @Override
    public CompletionStage<WriteOutcome> write(
        SessionHash hash, long expectedModRevision, SessionEntry entry) {
      return local.write(hash, expectedModRevision, entry);
    }

    @Override
    public CompletionStage<WriteOutcome> delete(SessionHash hash, long expectedModRevision) {
      return local.delete(hash, expectedModRevision);
    }

    @Override
    public CompletionStage<Set<SessionHash>> deleteAll(
        Map<SessionHash, Long> expectedModRevisions) {
      return local.deleteAll(expectedModRevisions);
    }

    @Override
    public DirectoryState state() {
      return DirectoryState.GOOD;
    }

    @Override
    public Optional<Duration> leaseLeft() {
      return Optional.of(Duration.ofMillis(7_500));
    }

    @Override
    public void close() {
      local.close();
    }
  }

  @BeforeEach
  void start() {
    relay = OperatedRelay.node(keys, directory);
    http =
        OperatorHttp.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            relay.server.operator(),
            "1.2.3");
  }

  @AfterEach
  void close() {
    http.close();
    relay.close();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http.address().getPort() + path))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String ready(int status) throws IOException, InterruptedException {
    HttpResponse<String> answer = get("/readyz");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return answer.body();
  }

  @Test
  void aNodeIsReadyOnceItHasLookedAndForAsLongAsItServes() throws Exception {
    assertThat(ready(503)).isEqualTo("starting: the directory has not been read yet\n");

    directory.read();
    Await.until("it knows itself", () -> metrics().contains("hydra_cluster_nodes 1.0"));
    assertThat(ready(200)).isEqualTo("ready\nnode 10111213 of 1 node\ndirectory: all is well\n");

    directory.listener.state(new DirectoryState(false, true, "no answer from etcd"));
    assertThat(ready(200))
        .endsWith(
            "directory: cannot be reached; what flows goes on, new sessions wait"
                + " (no answer from etcd)\n");
    directory.listener.state(new DirectoryState(true, false, "full"));
    assertThat(ready(200)).contains("directory: takes no writes;", "(full)");

    relay.server.drain(Duration.ofMinutes(1), Duration.ofSeconds(1));
    assertThat(ready(503)).isEqualTo("draining\n");
  }

  private String metrics() {
    try {
      return get("/metrics").body();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void metricsSayHowTheDirectoryIs() {
    directory.read();
    Await.until("it is up", () -> metrics().contains("hydra_directory_up 1.0"));
    assertThat(metrics())
        .contains("hydra_lease_remaining_seconds 7.5\n", "hydra_links{seat=\"edge\"} 0.0\n");

    directory.listener.state(new DirectoryState(true, false, "full"));
    Await.until("it is not", () -> metrics().contains("hydra_directory_up 0.0"));
  }

  @Test
  void theOverviewHasTheNodesAndWhereTheirDashboardsAre() throws Exception {
    relay.server.operator().advertiseHttp(URI.create("http://10.0.0.1:9100"));
    directory.read();
    directory.listener.nodePut(
        OTHER,
        new NodeEntry(
                new RelayAddress("10.0.0.2", 4371),
                Optional.empty(),
                "2.0",
                1 << 20,
                false,
                0,
                SecretHash.of(new byte[] {1}))
            .withHttp(URI.create("https://dash.example")));
    Await.until("it knows both", () -> metrics().contains("hydra_cluster_nodes 2.0"));

    JsonObject overview = JsonParser.parseString(get("/api/overview").body()).getAsJsonObject();
    JsonObject cluster = overview.getAsJsonObject("cluster");
    JsonObject self = cluster.getAsJsonArray("nodes").get(0).getAsJsonObject();
    JsonObject other = cluster.getAsJsonArray("nodes").get(1).getAsJsonObject();

    assertThat(self.get("http").getAsString()).isEqualTo("http://10.0.0.1:9100");
    assertThat(self.get("self").getAsBoolean()).isTrue();
    assertThat(other.get("http").getAsString()).isEqualTo("https://dash.example");
    assertThat(cluster.get("leaseLeftMs").getAsLong()).isEqualTo(7_500);
    relay.server.operator().advertiseHttp(URI.create("http://10.0.0.1:9101"));
    assertThat(directory.published.http()).contains(URI.create("http://10.0.0.1:9101"));
    relay.server.drain(Duration.ofMinutes(1), Duration.ofSeconds(1));
    assertThat(directory.published.draining()).isTrue();
    assertThat(directory.published.http()).contains(URI.create("http://10.0.0.1:9101"));
  }
}
