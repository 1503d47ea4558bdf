package io.hydrasync.cli.relay;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.option.EtcdOptions;
import io.hydrasync.cli.process.Version;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.EtcdDirectory;
import io.hydrasync.cluster.EtcdHealth;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.cluster.NodeEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What makes a relay a node of a cluster. */
final class NodeOptions {
  @Mixin private EtcdOptions etcd = new EtcdOptions();

  @Option(
      names = "--cluster-key-file",
      paramLabel = "FILE",
      description =
          "The file of the key that all relays of the cluster have, as 'hydra key new cluster' makes"
              + " it. Default: none; --cluster needs it, and --key-file.")
  private Optional<Path> keyFile = Optional.empty();

  @Option(
      names = "--cluster-key-file-also",
      paramLabel = "FILE",
      description =
          "A second cluster key: relays that use it are believed, too, while keys are changed."
              + " Default: none.")
  private Optional<Path> keyFileAlso = Optional.empty();

  @Option(
      names = "--cluster-listen",
      paramLabel = "HOST:PORT",
      description =
          "Where to take links of other relays, port 0 = any. Default: the host of --listen, its port"
              + " + 1.")
  private Optional<HostPort> listen = Optional.empty();

  @Option(
      names = "--cluster-advertise",
      paramLabel = "HOST:PORT",
      description =
          "Where other relays are told to reach this one. Default: where it takes links; needed where"
              + " that is every address.")
  private Optional<RelayAddress> advertiseLink = Optional.empty();

  @Option(
      names = "--advertise",
      paramLabel = "HOST:PORT",
      description =
          "Where clients are told to reach this one by others. Default: where it listens; they are"
              + " not told where that is every address.")
  private Optional<RelayAddress> advertiseClient = Optional.empty();

  /** That of the relay that runs. */
  private Optional<EtcdDirectory> running = Optional.empty();

  @Option(
      names = "--http-advertise",
      paramLabel = "HOST:PORT|URL",
      description =
          "Where operators reach the dashboard of --http, for the dashboards of other relays; a URL"
              + " where a proxy is before it. Default: where it listens; they are not told where that"
              + " is every address or the loopback.")
  private Optional<String> advertiseHttp = Optional.empty();

  /** What else the relay is told. */
  record Relay(HostPort listen, Optional<Path> keyFile, boolean http) {}

  boolean isGiven() {
    return etcd.isGiven();
  }

  /** Each of what may be wrong for itself, so that all that is can be told; makes nothing. */
  List<ConfigCheck.Step> steps(Relay relay) {
    List<ConfigCheck.Step> steps = new ArrayList<>();
    if (!etcd.isGiven()) {
      for (String option : given()) {
        steps.add(
            () -> {
              throw new IllegalArgumentException(
                  option + " is for a cluster: --cluster is missing");
            });
      }
      return steps;
    }
    if (relay.keyFile().isEmpty()) {
      steps.add(
          () -> {
            throw new IllegalArgumentException(
                "--cluster needs --key-file: all relays of a cluster have the same key");
          });
    }
    steps.add(() -> key());
    steps.add(() -> second());
    EtcdDirectory.Builder builder = etcd.builder(ClusterKey.of(new byte[ClusterKey.LENGTH]));
    List<EtcdOptions.Step> settings = etcd.steps(builder);
    settings.forEach(step -> steps.add(step::take));
    steps.add(() -> buildable(builder, settings));
    steps.add(() -> checkAdvertised(address(relay)));
    steps.add(() -> checkHttp(relay));
    return steps;
  }

  /** That all of it goes together; what is wrong with a part is told by that part. */
  private static void buildable(EtcdDirectory.Builder builder, List<EtcdOptions.Step> settings) {
    for (EtcdOptions.Step step : settings) {
      try {
        step.take();
      } catch (IllegalArgumentException | IOException | UncheckedIOException e) {
        return;
      }
    }
    EtcdOptions.of("--cluster", () -> builder.build().close());
  }

  private List<String> given() {
    return Stream.concat(
            Stream.of(
                    keyFile.map(any -> "--cluster-key-file"),
                    keyFileAlso.map(any -> "--cluster-key-file-also"),
                    listen.map(any -> "--cluster-listen"),
                    advertiseLink.map(any -> "--cluster-advertise"),
                    advertiseClient.map(any -> "--advertise"),
                    advertiseHttp.map(any -> "--http-advertise"))
                .flatMap(Optional::stream),
            etcd.given().stream())
        .toList();
  }

  private ClusterKey key() {
    Path file =
        keyFile.orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--cluster needs --cluster-key-file, the same at all relays: hydra key new"
                        + " cluster FILE makes one"));
    return read("--cluster-key-file", file);
  }

  private Optional<ClusterKey> second() {
    return keyFileAlso.map(file -> read("--cluster-key-file-also", file));
  }

  private static ClusterKey read(String option, Path file) {
    try {
      return ClusterKey.read(file);
    } catch (IllegalArgumentException | IOException e) {
      throw new IllegalArgumentException(option + ": " + Failures.describe(e), e);
    }
  }

  private InetSocketAddress address(Relay relay) {
    HostPort where = listen.orElseGet(() -> besides(relay.listen()));
    InetSocketAddress address = new InetSocketAddress(where.host(), where.port());
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("--cluster-listen: unknown host " + where.host());
    }
    return address;
  }

  private static HostPort besides(HostPort clients) {
    if (clients.port() == HostPort.MAX_PORT) {
      throw new IllegalArgumentException(
          "--cluster-listen is missing: there is no port behind " + clients.port());
    }
    return new HostPort(clients.host(), clients.port() == 0 ? 0 : clients.port() + 1);
  }

  private void checkAdvertised(InetSocketAddress address) {
    if (address.getAddress().isAnyLocalAddress() && advertiseLink.isEmpty()) {
      throw new IllegalArgumentException(
          "--cluster-advertise is missing: links are taken at every address ("
              + HostPort.of(address)
              + "), so say at which one other relays reach this one");
    }
  }

  private void checkHttp(Relay relay) {
    if (advertisedHttp().isPresent() && !relay.http()) {
      throw new IllegalArgumentException(
          "--http-advertise says where the dashboard of --http is: --http is missing");
    }
  }

  private Optional<URI> advertisedHttp() {
    return advertiseHttp.map(
        text -> {
          try {
            return NodeEntry.checkedHttp(
                URI.create(text.contains("://") ? text : "http://" + HostPort.parse(text)));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                "--http-advertise is HOST:PORT, or http:// or https:// and these", e);
          }
        });
  }

  /**
   * Where other nodes are told that operators find this one's dashboard.
   *
   * @param bound where it listens
   */
  Optional<URI> http(InetSocketAddress bound) {
    InetAddress address = bound.getAddress();
    boolean ofUseHereOnly = address.isAnyLocalAddress() || address.isLoopbackAddress();
    return advertisedHttp()
        .or(
            () ->
                ofUseHereOnly
                    ? Optional.empty()
                    : Optional.of(URI.create("http://" + HostPort.of(bound))));
  }

  /** The node that was asked for; its directory is not started yet. */
  ClusterOptions node(Relay relay) throws IOException {
    InetSocketAddress address = address(relay);
    checkAdvertised(address);
    EtcdDirectory directory = directory().build();
    running = Optional.of(directory);
    return new ClusterOptions(
        directory,
        key().linkCredential(),
        second().map(ClusterKey::linkCredential),
        address,
        advertiseLink,
        advertiseClient,
        Version.number());
  }

  /** What the files hold by now; they are read once more where etcd refuses what they held. */
  private EtcdDirectory.Builder directory() throws IOException {
    EtcdDirectory.Builder builder = etcd.directory(key());
    second().ifPresent(builder::alsoAccept);
    return builder.readAgain(this::directory);
  }

  /**
   * Reads what can be changed while a relay runs: the cluster's keys, and who it is to etcd.
   *
   * @param relay that runs with these options
   * @return puts it in force; nothing where there is no cluster
   */
  Optional<Runnable> renewal(HydraServer relay, NodeOptions fresh) throws IOException {
    if (running.isEmpty() || !fresh.isGiven()) {
      return Optional.empty();
    }
    EtcdDirectory.Builder next = fresh.directory();
    Credential link = fresh.key().linkCredential();
    Optional<Credential> also = fresh.second().map(ClusterKey::linkCredential);
    return Optional.of(
        () -> {
          running.get().renew(next);
          relay.operator().linkCredentials(link, also);
        });
  }

  /** What asks etcd how it is. */
  EtcdHealth health() throws IOException {
    return etcd.directory(key()).health();
  }
}
