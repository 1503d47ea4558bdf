package io.hydrasync.cli.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeOptionsTest {
  @TempDir private Path directory = Path.of("");

  @BeforeEach
  void makeKeys() {
    Cli.run("key", "new", "relay", file("relay.key"));
    Cli.run("key", "new", "cluster", file("cluster.key"));
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private Cli check(String... more) {
    List<String> args = new ArrayList<>(List.of("relay", "--check-config"));
    args.addAll(List.of(more));
    return Cli.run(args.toArray(String[]::new));
  }

  private Cli checkNode(String... more) {
    return check(node(more));
  }

  /** A node's command line, in which what is given replaces what is there. */
  private String[] node(String... more) {
    List<String> args = new ArrayList<>();
    List<String> given = List.of(more);
    List<List<String>> all =
        List.of(
            List.of("--listen", "127.0.0.1:0"),
            List.of("--key-file", file("relay.key")),
            List.of("--cluster", "etcd://127.0.0.1:1,127.0.0.1:2"),
            List.of("--cluster-key-file", file("cluster.key")));
    all.stream().filter(option -> !given.contains(option.get(0))).forEach(args::addAll);
    args.addAll(given);
    return args.toArray(String[]::new);
  }

  @Test
  void takesANode() {
    Cli cli = checkNode();

    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1:9370", "[::1]:9370", "https://dash.example", "http://a:1/"})
  void takesWhereADashboardIs(String http) {
    Cli cli = checkNode("--http", "0", "--http-advertise", http);

    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isZero();
  }

  @Test
  void takesANodeFromTheFile() throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("hydra.properties"),
            "listen=0.0.0.0:4370\ncluster=etcds://a.example:2379,b.example:2379\ncluster-name=news\n"
                + "cluster-advertise=10.0.0.1:4371\nadvertise=10.0.0.1:4370\nkey-file="
                + file("relay.key")
                + "\ncluster-key-file="
                + file("cluster.key"));

    Cli cli = check("--config", config.toString());

    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isZero();
  }

  /** Each names the option that is wrong or missing, at the check and at the start. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--cluster-name a/b                      | --cluster-name: a cluster's name has 1 to 64",
        "--cluster-key-file-also nowhere         | --cluster-key-file-also: nowhere: no such file",
        "--listen 0.0.0.0:4370                   | --cluster-advertise is missing",
        "--listen 127.0.0.1:65535                | --cluster-listen is missing",
        "--cluster-listen [::]:4371              | --cluster-advertise is missing",
        "--etcd-user root                        | --etcd-user is of no use without --etcd-password-file",
        "--etcd-password-file f                  | --etcd-password-file is of no use without --etcd-user",
        "--etcd-cert f                           | --etcd-cert is of no use without --etcd-key",
        "--etcd-ca f                             | --etcd-ca is for TLS: --cluster etcds://...",
        "--cluster etcds://a:1 --etcd-ca nowhere | --etcd-ca: nowhere: no such file",
        "--cluster http://a:1                    | --cluster: it begins with etcd://",
        "--cluster etcd://a                      | --cluster: 'a' is not HOST:PORT",
        "--cluster etcd://a:1,a:1                | --cluster: a member is named twice",
        "--cluster-advertise a:0                 | --cluster-advertise",
        "--http-advertise a:1                    | --http is missing",
        "--http 0 --http-advertise a             | --http-advertise is HOST:PORT, or http://",
        "--http 0 --http-advertise ftp://a       | --http-advertise is HOST:PORT, or http://",
        "--http 0 --http-advertise http://a/b    | --http-advertise is HOST:PORT, or http://",
      })
  void namesTheOption(String given, String told) {
    String[] args = given.strip().split(" ");

    Cli checked = checkNode(args);
    Cli started = Cli.run(Cli.join(new String[] {"relay"}, node(args)));

    assertThat(checked.err()).contains(told);
    assertThat(checked.code()).isEqualTo(2);
    assertThat(started.err()).contains(told);
    assertThat(started.code()).isEqualTo(2);
  }

  @Test
  void namesAllThatIsMissing() {
    Cli cli = check("--cluster", "etcd://127.0.0.1:2379");

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err().lines())
        .anyMatch(line -> line.contains("--cluster needs --key-file"))
        .anyMatch(line -> line.contains("--cluster needs --cluster-key-file"))
        .hasSize(3);
  }

  @Test
  void refusesWhatIsOfUseInAClusterOnly() {
    Cli cli =
        check(
            "--cluster-key-file",
            file("cluster.key"),
            "--cluster-listen",
            "127.0.0.1:1",
            "--advertise",
            "a:1",
            "--http-advertise",
            "a:1",
            "--etcd-user",
            "root");

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err())
        .contains(
            "--cluster-key-file is for a cluster: --cluster is missing",
            "--cluster-listen is for a cluster",
            "--advertise is for a cluster",
            "--etcd-user is for a cluster",
            "--http-advertise is for a cluster",
            "5 mistakes");
  }

  @Test
  void refusesAKeyThatOthersCanRead() throws IOException {
    Path open = Files.copy(directory.resolve("cluster.key"), directory.resolve("open.key"));
    if (!Files.getFileStore(open).supportsFileAttributeView("posix")) {
      return;
    }
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));

    Cli cli = checkNode("--cluster-key-file-also", open.toString());

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err()).contains("--cluster-key-file-also: ", "chmod 600");
  }

  @Test
  void refusesAPasswordThatIsNone() throws IOException {
    Path file = directory.resolve("password");
    Files.writeString(file, "one\ntwo\n");
    if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    Cli cli = checkNode("--etcd-user", "root", "--etcd-password-file", file.toString());

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err())
        .contains("--etcd-password-file: ", "does not hold a password")
        .doesNotContain("two");
  }
}
