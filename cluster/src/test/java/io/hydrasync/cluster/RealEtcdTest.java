package io.hydrasync.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The directory in a real etcd, of the version that the system has. Takes about a minute: leases
 * that run out have 10 s, and a member that stands still is found out after 5 s to 8 s.
 */
@Tag("foreign")
class RealEtcdTest {
  private static final Duration A_LEASE_AND_MORE = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private final List<AutoCloseable> open = new ArrayList<>();

  private EtcdProcess etcd(int members, String... flags) throws Exception {
    EtcdProcess etcd = new EtcdProcess(directory, members, flags);
    open.add(etcd);
    return etcd;
  }

  private EtcdDirectory node(EtcdDirectory.Builder builder, int port, Recorder told) {
    EtcdDirectory node = builder.build();
    open.add(0, node);
    node.publish(Samples.node(port));
    node.start(told);
    Await.until("the lease is held", () -> told.held.get() == 1 && !told.views.isEmpty());
    return node;
  }

  private EtcdDirectory node(EtcdProcess etcd, int port, Recorder told) {
    return node(EtcdDirectory.builder(etcd.endpoints(), Samples.KEY), port, told);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private static WriteOutcome write(Directory by, long session, long expected, SessionEntry entry)
      throws Exception {
    return Await.answer(by.write(Samples.session(session), expected, entry));
  }

  @Test
  void ofTwoClaimsOneWinsAndBothSeeIt() throws Exception {
    EtcdProcess etcd = etcd(1);
    Recorder toldA = new Recorder();
    Recorder toldB = new Recorder();
    EtcdDirectory a = node(etcd, 1, toldA);
    EtcdDirectory b = node(etcd, 2, toldB);
    int sessions = 200;
    List<CompletableFuture<Boolean>> claims = new ArrayList<>();
    for (int i = 0; i < sessions; i++) {
      CompletableFuture<Boolean> ofA = claim(a, Samples.session(i)).toCompletableFuture();
      CompletableFuture<Boolean> ofB = claim(b, Samples.session(i)).toCompletableFuture();
      claims.add(ofA.thenCombine(ofB, (first, second) -> first ^ second));
      if (i % 10 == 9) {
        Await.answer(claims.get(i));
      }
    }
    Map<SessionHash, Long> revisions = new HashMap<>();
    for (int i = 0; i < sessions; i++) {
      assertThat(Await.answer(claims.get(i))).as("one of both has %s", i).isTrue();
      revisions.put(
          Samples.session(i), Await.answer(a.read(Samples.session(i))).orElseThrow().modRevision());
    }
    Await.until("A has seen all", () -> toldA.sessions.size() == sessions);
    Await.until("B has seen all", () -> toldB.sessions.equals(toldA.sessions));
    assertThat(toldA.nodes.keySet()).containsExactlyInAnyOrder(a.self(), b.self());

    deletesInOneTransaction(a, revisions);
    Await.until("B has seen that", () -> toldB.sessions.size() == sessions - 99);
    assertThat(toldA.views).hasSize(1);
    assertThat(toldB.views).hasSize(1);
  }

  /** Whether a node gets a session: a write that is not answered is looked up, and made again. */
  private static CompletionStage<Boolean> claim(Directory node, SessionHash hash) {
    return node.write(hash, 0, Samples.entry(node.self(), 1))
        .thenApply(WriteOutcome.Written.class::isInstance)
        .exceptionallyCompose(
            failure ->
                node.read(hash)
                    .thenCompose(
                        there ->
                            there.isEmpty()
                                ? claim(node, hash)
                                : CompletableFuture.completedStage(
                                    there.get().value().isOf(node.self(), 1))));
  }

  private static void deletesInOneTransaction(EtcdDirectory by, Map<SessionHash, Long> revisions)
      throws Exception {
    Map<SessionHash, Long> batch = new HashMap<>();
    for (int i = 0; i < Directory.MAX_BATCH; i++) {
      batch.put(Samples.session(i), revisions.get(Samples.session(i)));
    }
    batch.put(Samples.session(7), 1L);
    Set<SessionHash> deleted = Await.answer(by.deleteAll(batch));

    assertThat(deleted).hasSize(Directory.MAX_BATCH - 1).doesNotContain(Samples.session(7));
    assertThat(Await.answer(by.read(Samples.session(8)))).isEmpty();
    assertThat(Await.answer(by.read(Samples.session(7)))).isPresent();
  }

  /** Stopped, then killed: in both cases others learn it, and no sooner than the lease runs out. */
  @Test
  void aNodeThatStandsStillOrIsKilledIsGoneWithItsLease() throws Exception {
    EtcdProcess etcd = etcd(1);
    Recorder told = new Recorder();
    node(etcd, 1, told);
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                DirectoryProgram.class.getName()));
    etcd.endpoints().forEach(each -> command.add(each.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    open.add(0, process::destroyForcibly);
    BufferedReader said = process.inputReader();
    NodeId id = NodeId.parse(said.readLine().substring("id ".length()));
    assertThat(said.readLine()).isEqualTo("held");
    Await.until("it is there", () -> told.nodes.containsKey(id));

    EtcdProcess.signal("STOP", process.pid());
    Duration still = gone(told, id);
    EtcdProcess.signal("CONT", process.pid());
    assertThat(said.readLine()).isEqualTo("lost");
    assertThat(said.readLine()).isEqualTo("held");
    Await.until("it is there again", () -> told.nodes.containsKey(id));
    process.destroyForcibly();
    Duration killed = gone(told, id);

    assertThat(still).isBetween(Duration.ofSeconds(6), A_LEASE_AND_MORE);
    assertThat(killed).isBetween(Duration.ofSeconds(6), A_LEASE_AND_MORE);
  }

  private static Duration gone(Recorder told, NodeId id) {
    long begin = System.nanoTime();
    Await.until("it is gone", () -> !told.nodes.containsKey(id));
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  @Test
  void aMemberThatStandsStillIsLeft() throws Exception {
    EtcdProcess etcd = etcd(3);
    Recorder told = new Recorder();
    Recorder toldOther = new Recorder();
    EtcdDirectory node = node(etcd, 1, told);
    EtcdDirectory other =
        node(EtcdDirectory.builder(etcd.endpoints().subList(1, 3), Samples.KEY), 2, toldOther);
    etcd.freeze(0);

    long begin = System.nanoTime();
    Await.until("it is read elsewhere", () -> answers(node));
    Await.until("it is written elsewhere", () -> writes(other, Samples.session(1), other.self()));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
    Await.until(
        "the watch, too, goes on elsewhere", () -> told.sessions.containsKey(Samples.session(1)));
    etcd.thaw(0);
    Await.until("all is well", () -> node.state().equals(DirectoryState.GOOD));
    assertThat(told.lost).hasValue(0);
    assertThat(toldOther.lost).hasValue(0);
  }

  private static boolean answers(Directory node) {
    try {
      Await.answer(node.read(Samples.session(1)));
      return true;
    } catch (Exception e) {
      return false;
    }
  }

  /** As its users do: by what is there, until it is written. */
  private static boolean writes(Directory node, SessionHash hash, NodeId owner) {
    try {
      Optional<Versioned<SessionEntry>> there = Await.answer(node.read(hash));
      return there.isPresent()
          || Await.answer(node.write(hash, 0, Samples.entry(owner, 1)))
              instanceof WriteOutcome.Written;
    } catch (Exception e) {
      return false;
    }
  }

  @Test
  void anEtcdThatComesBackIsGoneOnWith() throws Exception {
    EtcdProcess etcd = etcd(1);
    Recorder told = new Recorder();
    EtcdDirectory node = node(etcd, 1, told);
    write(node, 1, 0, Samples.entry(node.self(), 1));
    etcd.kill(0);
    Await.until("that is said", () -> !node.state().reachable());
    assertThat(kind(node.read(Samples.session(1)))).isEqualTo(DirectoryException.Kind.UNREACHABLE);
    etcd.restart(0);
    Await.until("all is well", () -> node.state().equals(DirectoryState.GOOD));

    assertThat(Await.answer(node.read(Samples.session(1)))).isPresent();
    write(node, 2, 0, Samples.entry(node.self(), 1));
    Await.until("it is watched", () -> told.sessions.containsKey(Samples.session(2)));
    assertThat(told.views).as("nothing was in doubt").hasSize(1);
    assertThat(told.lost).as("a restart lets leases run anew").hasValue(0);
  }

  @Test
  void aFullEtcdTakesDeletesAndNoWrites() throws Exception {
    EtcdProcess etcd = etcd(1, "--quota-backend-bytes=" + (16 << 20));
    Recorder told = new Recorder();
    EtcdDirectory node = node(etcd, 1, told);
    long revision =
        ((WriteOutcome.Written) write(node, 1, 0, Samples.entry(node.self(), 1))).revision();
    String fill = Requests.put(new byte[] {'f'}, new byte[1 << 19]).toString();
    JsonObject answer = new JsonObject();
    for (int i = 0; i < 100 && !answer.has("code"); i++) {
      answer = etcd.post(0, "/v3/kv/put", fill);
    }

    assertThat(kind(node.write(Samples.session(2), 0, Samples.entry(node.self(), 2))))
        .isEqualTo(DirectoryException.Kind.NOT_WRITABLE);
    assertThat(Await.answer(node.delete(Samples.session(1), revision)))
        .isInstanceOf(WriteOutcome.Written.class);
    Await.until("that is said", () -> !node.state().writable());
    Await.until("it is watched", () -> told.sessions.isEmpty());
    repair(etcd);
    Await.until("all is well", () -> node.state().equals(DirectoryState.GOOD));
    assertThat(told.lost).hasValue(0);
  }

  /** Compact, defragment, disarm: as the problem says. */
  private static void repair(EtcdProcess etcd) throws IOException {
    JsonObject now = etcd.post(0, "/v3/kv/range", "{\"key\":\"Zg==\"}");
    String revision = Json.required(Json.object(now, "header"), "revision");
    etcd.post(0, "/v3/kv/deleterange", "{\"key\":\"Zg==\"}");
    etcd.post(0, "/v3/kv/compaction", "{\"revision\":\"" + revision + "\",\"physical\":true}");
    etcd.post(0, "/v3/maintenance/defragment", "{}");
    JsonObject alarms = etcd.post(0, "/v3/maintenance/alarm", "{\"action\":\"GET\"}");
    for (JsonObject alarm : Json.objects(alarms, "alarms")) {
      alarm.addProperty("action", "DEACTIVATE");
      etcd.post(0, "/v3/maintenance/alarm", alarm.toString());
    }
  }

  private static DirectoryException.Kind kind(CompletionStage<?> stage) {
    CompletableFuture<DirectoryException.Kind> kind = new CompletableFuture<>();
    stage.whenComplete(
        (value, failure) -> {
          if (Gateway.unwrapped(failure) instanceof DirectoryException known) {
            kind.complete(known.kind());
          } else {
            kind.completeExceptionally(new AssertionError("answered: " + value, failure));
          }
        });
    return kind.join();
  }

  /** Tokens are gone after a restart, 401; another user has no right, 403. */
  @Test
  void logsInAndAnew() throws Exception {
    EtcdProcess etcd = etcd(1);
    for (String user : List.of("root", "hydra", "other")) {
      etcd.post(0, "/v3/auth/user/add", "{\"name\":\"%s\",\"password\":\"p\"}".formatted(user));
    }
    String prefix = Requests.base64(new Keys("hydra").first());
    String end = Requests.base64(new Keys("hydra").end());
    etcd.post(0, "/v3/auth/role/add", "{\"name\":\"root\"}");
    etcd.post(0, "/v3/auth/role/add", "{\"name\":\"hydra\"}");
    etcd.post(
        0,
        "/v3/auth/role/grant",
        "{\"name\":\"hydra\",\"perm\":{\"permType\":\"READWRITE\",\"key\":\"%s\",\"range_end\":\"%s\"}}"
            .formatted(prefix, end));
    etcd.post(0, "/v3/auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}");
    etcd.post(0, "/v3/auth/user/grant", "{\"user\":\"hydra\",\"role\":\"hydra\"}");
    etcd.post(0, "/v3/auth/enable", "{}");
    Recorder told = new Recorder();
    EtcdDirectory node =
        node(EtcdDirectory.builder(etcd.endpoints(), Samples.KEY).login("hydra", "p"), 1, told);
    write(node, 1, 0, Samples.entry(node.self(), 1));
    Await.until("it is watched", () -> told.sessions.containsKey(Samples.session(1)));
    etcd.kill(0);
    etcd.restart(0);
    Await.until("it logs in anew", () -> answers(node));
    Await.until("and writes", () -> writes(node, Samples.session(2), node.self()));
    Await.until("and watches", () -> told.sessions.containsKey(Samples.session(2)));

    refused(EtcdDirectory.builder(etcd.endpoints(), Samples.KEY).login("other", "p"));
    refused(EtcdDirectory.builder(etcd.endpoints(), Samples.KEY).login("hydra", "wrong"));
    refused(EtcdDirectory.builder(etcd.endpoints(), Samples.KEY));
  }

  private static void refused(EtcdDirectory.Builder builder) {
    try (EtcdDirectory node = builder.build()) {
      node.start(new Recorder());
      assertThat(kind(node.read(Samples.session(1)))).isEqualTo(DirectoryException.Kind.REFUSED);
      Await.until("that is said", () -> !node.state().problem().isEmpty());
    }
  }

  @Test
  void speaksTlsAndShowsACertificate() throws Exception {
    Path key = directory.resolve("key.pem");
    Path certificate = directory.resolve("certificate.pem");
    makeCertificate("O=etcd", certificate, key);
    EtcdProcess etcd =
        new EtcdProcess(
            directory,
            "https",
            1,
            "--cert-file=" + certificate,
            "--key-file=" + key,
            "--client-cert-auth",
            "--trusted-ca-file=" + certificate);
    open.add(etcd);
    Recorder told = new Recorder();
    EtcdDirectory node =
        node(
            EtcdDirectory.builder(etcd.endpoints(), Samples.KEY)
                .authorities(certificate)
                .clientCertificate(certificate, key),
            1,
            told);
    write(node, 1, 0, Samples.entry(node.self(), 1));
    Await.until("it is watched", () -> told.sessions.containsKey(Samples.session(1)));

    try (EtcdDirectory stranger =
        EtcdDirectory.builder(etcd.endpoints(), Samples.KEY).authorities(certificate).build()) {
      stranger.start(new Recorder());
      assertThat(kind(stranger.read(Samples.session(1))))
          .isEqualTo(DirectoryException.Kind.UNREACHABLE);
    }
    Path named = directory.resolve("named.pem");
    Path namedKey = directory.resolve("named.key");
    makeCertificate("CN=hydra", named, namedKey);
    EtcdDirectory.Builder both =
        EtcdDirectory.builder(etcd.endpoints(), Samples.KEY)
            .clientCertificate(named, namedKey)
            .login("hydra", "p");
    assertThatThrownBy(both::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CommonName");
  }

  /** etcd's own certificate and those that it believes change, and the relay's with them. */
  @Test
  void readsCertificatesAgainWhereTheyAreRefused() throws Exception {
    Path key = directory.resolve("key.pem");
    Path certificate = directory.resolve("certificate.pem");
    makeCertificate("O=before", certificate, key);
    EtcdProcess etcd =
        new EtcdProcess(
            directory,
            "https",
            1,
            "--cert-file=" + certificate,
            "--key-file=" + key,
            "--client-cert-auth",
            "--trusted-ca-file=" + certificate);
    open.add(etcd);
    Callable<EtcdDirectory.Builder> files =
        () ->
            EtcdDirectory.builder(etcd.endpoints(), Samples.KEY)
                .authorities(certificate)
                .clientCertificate(certificate, key);
    Recorder told = new Recorder();
    EtcdDirectory node = node(files.call().readAgain(files), 1, told);
    write(node, 1, 0, Samples.entry(node.self(), 1));

    etcd.kill(0);
    Files.delete(certificate.resolveSibling(certificate.getFileName() + ".p12"));
    makeCertificate("O=after", certificate, key);
    etcd.restart(0);
    Await.until("it is let in", () -> answers(node));
    Await.until("and writes", () -> writes(node, Samples.session(2), node.self()));
    Await.until("and watches", () -> told.sessions.containsKey(Samples.session(2)));
  }

  /** One that signs itself, by the JDK's keytool. */
  static void makeCertificate(String name, Path certificate, Path key) throws Exception {
    Path store = certificate.resolveSibling(certificate.getFileName() + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-alias",
                "a",
                "-dname",
                name,
                "-ext",
                "san=ip:127.0.0.1",
                "-ext",
                "eku=serverAuth,clientAuth",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(certificate.resolveSibling("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor()).isZero();
    char[] password = "changeit".toCharArray();
    KeyStore keys = KeyStore.getInstance(store.toFile(), password);
    Certificate made = keys.getCertificate("a");
    Files.writeString(certificate, pem("CERTIFICATE", made.getEncoded()));
    Files.writeString(key, pem("PRIVATE KEY", keys.getKey("a", password).getEncoded()));
  }

  private static String pem(String what, byte[] der) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
        .formatted(what, Base64.getMimeEncoder().encodeToString(der), what);
  }
}
