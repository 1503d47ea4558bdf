package io.hydrasync.tests.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.cli.Main;
import io.hydrasync.operator.OperatorHttp;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.ProgramRun;
import io.hydrasync.tests.support.Tools;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The compose file and the manifests of Kubernetes: each is read by the types and the library of
 * those that run it, by a program in Go, and a relay takes what it is given there.
 */
@Tag("foreign")
@Timeout(value = 10, unit = TimeUnit.MINUTES) // go builds what reads them
class ManifestsIT {
  private static final Path SOURCE = Path.of("src", "go", "manifests").toAbsolutePath();
  private static final Path READER = Path.of("target", "go", "manifests").toAbsolutePath();
  private static final Path DIST = Path.of("..", "dist", "src").toAbsolutePath().normalize();
  private static final String COMPOSE = "compose/compose.yaml";
  private static final String KUBERNETES = "kubernetes/relays.yaml";
  private static final String SECRET = "/secret";
  private static final String KEYS = "/keys";
  private static final List<String> SECRETS = List.of("relay.key", "cluster.key", "admin.key");

  @TempDir private Path directory;
  private int runs;

  @BeforeAll
  static void build() throws Exception {
    Files.createDirectories(READER.getParent());
    Path log = READER.resolveSibling("build.log");
    Optional<ProgramRun> go = Optional.empty();
    try {
      ProcessBuilder builder =
          new ProcessBuilder("go", "build", "-mod=readonly", "-o", READER.toString(), ".");
      go = Optional.of(ProgramRun.of(builder.directory(SOURCE.toFile()), log));
    } catch (IOException e) {
      Tools.assume(false, "there is no go (Debian: golang-go)");
    }
    String said = go.map(ProgramRun::output).orElse("");
    Tools.assume(
        go.filter(run -> run.exitCode() == 0).isPresent(),
        "the reader of manifests needs go 1.19, and its modules: " + said.strip());
    Tools.assume(openssl().exitCode() == 0, "there is no openssl");
  }

  private static ProgramRun openssl(String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("openssl"));
    Collections.addAll(command, args.length == 0 ? new String[] {"version"} : args);
    return ProgramRun.of(new ProcessBuilder(command), READER.resolveSibling("openssl.log"));
  }

  private Path log() {
    return directory.resolve("run" + runs++);
  }

  private ProgramRun read(Path file) throws Exception {
    return ProgramRun.of(new ProcessBuilder(READER.toString(), file.toString()), log());
  }

  private List<JsonObject> relays(String file) throws Exception {
    ProgramRun read = read(DIST.resolve(file));
    assertThat(read.exitCode()).as(read.output()).isZero();
    return read.output()
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .toList();
  }

  private static List<String> texts(JsonElement array) {
    return array.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }

  /** A change that nobody would see by reading, and the one that would make it an error. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        COMPOSE + " | stop_grace_period: 40s | stop_grace_periode: 40s",
        COMPOSE
            + " | 'etcd3: {condition: service_started}' | 'etcd4: {condition: service_started}'",
        COMPOSE + " | 'networks: [directory, relays]' | 'networks: [directory, relay]'",
        COMPOSE + " | condition: service_completed_successfully | condition: service_completed",
        KUBERNETES + " | readinessProbe: | readynessProbe:",
        KUBERNETES + " | 'clusterIP: None' | 'clusterIp: None'",
        KUBERNETES + " | 'clusterIP: None' | 'clusterIP: 10.0.0.1'",
        KUBERNETES + " | 'path: /readyz' | 'path: /livez'",
        KUBERNETES + " | serviceName: hydra | serviceName: relays",
        KUBERNETES + " | maxUnavailable: 1 | maxUnavailable: 2",
        KUBERNETES + " | '{name: tmp, mountPath' | '{name: temp, mountPath'",
        KUBERNETES + " | 'configMap: {name: hydra}' | 'configMap: {name: hydro}'",
        KUBERNETES + " | 'value: \"$(POD_IP):4371\"' | 'value: \"$(PODIP):4371\"'",
        KUBERNETES + " | 'targetPort: links' | 'targetPort: link'",
        KUBERNETES + " | 'limits: {memory: 2Gi}' | 'limits: {memory: 1Gi}'",
        KUBERNETES
            + " | '      labels: {app.kubernetes.io/name: hydra}' | '      labels: {app: hydra}'",
      })
  void whatIsNotRightIsRefused(String file, String right, String wrong) throws Exception {
    String text = Files.readString(DIST.resolve(file));
    assertThat(text).contains(right);
    Path changed = directory.resolve(Path.of(file).getFileName());
    Files.writeString(changed, text.replace(right, wrong));

    ProgramRun read = read(changed);

    assertThat(read.exitCode()).as(read.output()).isEqualTo(1);
    assertThat(read.output()).startsWith("manifests: ").contains(changed.toString());
  }

  @Test
  void theRelaysOfTheComposeFileTakeWhatTheyAreGiven() throws Exception {
    fill(directory, "rw-------");
    List<JsonObject> relays = relays(COMPOSE);

    assertThat(relays).hasSize(3);
    for (JsonObject relay : relays) {
      check(relay, texts(relay.get("args")));
    }
  }

  /** As a user who is not root gets a Secret: readable by a group. */
  @Test
  void theRelayOfTheStatefulSetTakesItsKeysAsTheyHaveBeenCopied() throws Exception {
    JsonObject relay = relays(KUBERNETES).get(0);
    Path secret = Files.createDirectory(directory.resolve("secret"));
    Path keys = Files.createDirectory(directory.resolve("keys"));
    fill(secret, "r--r-----");
    JsonObject files = relay.getAsJsonObject("files");
    assertThat(files.keySet()).containsExactly("/config/hydra.properties");
    String text = files.get("/config/hydra.properties").getAsString();
    Path config = directory.resolve("hydra.properties");
    List<String> args =
        texts(relay.get("args")).stream()
            .map(arg -> arg.equals("/config/hydra.properties") ? config.toString() : arg)
            .toList();

    Files.writeString(config, text.replace(KEYS, secret.toString()));
    ProgramRun direct = hydra(relay, args, "--check-config");
    assertThat(direct.exitCode()).as(direct.output()).isEqualTo(2);
    assertThat(direct.output()).contains("can be read by others");

    List<String> prepare =
        texts(relay.get("prepare")).stream()
            .map(word -> word.replace(SECRET, secret.toString()).replace(KEYS, keys.toString()))
            .toList();
    ProgramRun copied = ProgramRun.of(new ProcessBuilder(prepare), log());
    assertThat(copied.exitCode()).as(copied.output()).isZero();
    Files.writeString(config, text.replace(KEYS, keys.toString()));
    check(relay, args);
  }

  /** What a health check asks, at an address that is its own here. */
  @Test
  void theHealthCheckOfTheComposeFileAsksWhetherTheRelayIsReady() throws Exception {
    List<String> test = texts(relays(COMPOSE).get(0).get("health"));
    assertThat(test).startsWith("CMD", "bash", "-c");
    int port;
    try (HydraServer relay = HydraServer.bindDefault()) {
      OperatorHttp http =
          OperatorHttp.start(new InetSocketAddress("127.0.0.1", 0), relay.operator(), "test");
      port = http.address().getPort();
      assertThat(health(test, port).exitCode()).isZero();
      http.close();
    }
    assertThat(health(test, port).exitCode()).isNotZero();
  }

  private ProgramRun health(List<String> test, int port) throws Exception {
    List<String> command =
        test.stream().skip(1).map(word -> word.replace("/9370", "/" + port)).toList();
    return ProgramRun.of(new ProcessBuilder(command), log());
  }

  private void fill(Path place, String mode) throws Exception {
    for (String key : SECRETS) {
      String kind = key.equals("admin.key") ? "credential" : key.replace(".key", "");
      ProgramRun made =
          ProgramRun.of(
              new ProcessBuilder(
                  ChildJvm.command(Main.class, "key", "new", kind, place.resolve(key).toString())),
              log());
      assertThat(made.exitCode()).as(made.output()).isZero();
    }
    Files.writeString(place.resolve("etcd.password"), "a password\n");
    String certificate = place.resolve("relay.pem").toString();
    ProgramRun made =
        openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/O=hydra relays",
            "-days",
            "2",
            "-out",
            certificate,
            "-keyout",
            place.resolve("relay-key.pem").toString());
    assertThat(made.exitCode()).as(made.output()).isZero();
    Files.copy(Path.of(certificate), place.resolve("ca.pem"));
    try (Stream<Path> files = Files.list(place)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      }
    }
  }

  private ProgramRun hydra(JsonObject relay, List<String> args, String... more) throws Exception {
    List<String> all = new ArrayList<>(args);
    Collections.addAll(all, more);
    ProcessBuilder builder =
        new ProcessBuilder(ChildJvm.command(Main.class, all.toArray(String[]::new)))
            .directory(directory.toFile());
    relay
        .getAsJsonObject("env")
        .entrySet()
        .forEach(each -> builder.environment().put(each.getKey(), each.getValue().getAsString()));
    return ProgramRun.of(builder, log());
  }

  /** It is right, and whoever stops the relay waits for its drain. */
  private void check(JsonObject relay, List<String> args) throws Exception {
    ProgramRun check = hydra(relay, args, "--check-config");
    assertThat(check.exitCode()).as(check.output()).isZero();
    assertThat(check.output()).doesNotContain("warning", "is no option");
    String config = hydra(relay, args, "--print-config").output();
    assertThat(config).contains("cluster=etcd", "advertise=");
    assertThat(seconds(config, "drain-delay") + seconds(config, "drain-timeout"))
        .isLessThan(relay.get("graceSeconds").getAsLong());
  }

  private static long seconds(String config, String option) {
    return config
        .lines()
        .map(line -> line.replaceFirst("^#", ""))
        .filter(line -> line.matches(option + "=\\d+s.*"))
        .map(line -> Long.parseLong(line.replaceFirst(".*=(\\d+)s.*", "$1")))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + option + " in " + config));
  }
}
