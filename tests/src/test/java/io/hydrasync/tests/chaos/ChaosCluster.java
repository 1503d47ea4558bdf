package io.hydrasync.tests.chaos;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.tests.chaos.Route.Weather;
import io.hydrasync.tests.nodes.EtcdMembers;
import io.hydrasync.tests.nodes.Killable;
import io.hydrasync.tests.nodes.Nodes;
import io.hydrasync.tests.support.ChildJvm;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The processes of a run, and what is done to them. For one thread, but for {@link #close}. */
final class ChaosCluster implements AutoCloseable {
  static final int NODES = 3;

  private static final List<String> RELAY_OPTIONS =
      List.of(
          "--capacity=2304KiB",
          "--retention=1MiB",
          "--send-buffer=64KiB",
          "--no-classic",
          "--max-frame=128KiB",
          "--grow-limit=8MiB",
          "--drain-delay=0s",
          "--drain-timeout=2s");

  private final Path directory;
  private final Network network = new Network();
  private final EtcdMembers etcd;
  private final Nodes nodes;
  private final List<ChaosSession> sessions = new ArrayList<>();
  private final List<Killable> hosts = new ArrayList<>();
  private final List<Killable> producers = new ArrayList<>();
  private final int[] incarnations;
  private final boolean[] relayDown = new boolean[NODES];
  private final boolean[] relayStarted = new boolean[NODES];
  private final boolean[] producerDown;
  private final List<Finding> deaths = new ArrayList<>();
  private boolean closed;

  /**
   * Starts all but the clients.
   *
   * @param relay the command of a relay, {@code relay} not included
   */
  ChaosCluster(Path directory, Path etcdProgram, List<String> relay, int members, int count)
      throws IOException, InterruptedException {
    this.directory = directory;
    incarnations = new int[count];
    producerDown = new boolean[count];
    etcd = new EtcdMembers(etcdProgram, directory, members);
    try {
      List<RelayAddress> fronts = new ArrayList<>();
      String option =
          IntStream.range(0, members)
              .mapToObj(i -> network.front("etcd" + i, etcd.address(i)).toString())
              .collect(Collectors.joining(",", "etcd://", ""));
      List<List<String>> advertised = new ArrayList<>();
      nodes =
          new Nodes(
              relay,
              directory,
              option,
              NODES,
              (node, clients, links) -> {
                if (advertised.size() == node) {
                  RelayAddress front = network.front("relay" + node, socket(clients));
                  fronts.add(front);
                  RelayAddress linked = network.front("links" + node, socket(links));
                  advertised.add(List.of("--advertise=" + front, "--cluster-advertise=" + linked));
                }
                List<String> options = new ArrayList<>(RELAY_OPTIONS);
                options.addAll(advertised.get(node));
                return options;
              },
              this::launched);
      IntStream.range(0, count).forEach(i -> sessions.add(ChaosSession.of(i, fronts, nodes.key())));
      ChaosSession.write(directory, sessions);
    } catch (IOException | RuntimeException e) {
      etcd.close();
      network.close();
      throw e;
    }
  }

  private static InetSocketAddress socket(RelayAddress address) {
    return new InetSocketAddress(address.host(), address.port());
  }

  private static String relay(int node) {
    return "relay" + node;
  }

  static String host(int index) {
    return "host" + (char) ('A' + index);
  }

  private void launched(int node, Process process) {
    network.sources().add(process, relay(node));
  }

  /** Starts consumers, which wait, and then producers. */
  synchronized void startClients() throws IOException {
    checkOpen();
    for (int i = 0; i < NODES; i++) {
      hosts.add(client(host(i), ChaosConsumers.class, "" + i));
    }
    for (int i = 0; i < sessions.size(); i++) {
      producers.add(producer(i));
    }
  }

  private Killable producer(int session) throws IOException {
    return client(
        ChaosSession.producer(session),
        ChaosProducer.class,
        "" + session,
        "" + incarnations[session],
        "" + (session + incarnations[session]) % NODES);
  }

  private Killable client(String name, Class<?> main, String... more) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.add(directory.toString());
    arguments.addAll(List.of(more));
    List<String> command = ChildJvm.command(main, arguments.toArray(String[]::new));
    command.addAll(1, List.of("-XX:+UseSerialGC", "-Djava.io.tmpdir=" + directory));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve(name + ".out").toFile()))
            .start();
    network.sources().add(process, name);
    return new Killable(process);
  }

  List<ChaosSession> sessions() {
    return sessions;
  }

  // ---- faults ----

  synchronized void begin(Fault fault) throws IOException, InterruptedException {
    checkOpen();
    switch (fault.kind()) {
      case RELAY_KILLED -> {
        relayDown[fault.one()] = true;
        find(fault.one());
        nodes.process(fault.one()).kill();
      }
      case RELAY_FROZEN -> nodes.process(fault.one()).freeze();
      case RELAY_DRAINED -> {
        relayDown[fault.one()] = true;
        find(fault.one());
        nodes.process(fault.one()).terminate();
      }
      case CONSUMERS_FROZEN -> hosts.get(fault.one()).freeze();
      case ETCD_KILLED -> etcd.process(fault.one()).kill();
      case ETCD_FROZEN -> etcd.process(fault.one()).freeze();
      case ETCD_AWAY -> {
        for (int i = 0; i < etcd.count(); i++) {
          etcd.process(i).kill();
        }
      }
      case PRODUCER_KILLED -> {
        producerDown[fault.one()] = true;
        producers.get(fault.one()).kill();
      }
      default -> routes(fault).forEach(route -> route.weather(weather(fault)));
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the run has been ended");
    }
  }

  synchronized void end(Fault fault) throws IOException, InterruptedException {
    checkOpen();
    switch (fault.kind()) {
      case RELAY_KILLED, RELAY_DRAINED -> {
        nodes.process(fault.one()).kill();
        startRelay(fault.one());
      }
      case RELAY_FROZEN -> nodes.process(fault.one()).thaw();
      case CONSUMERS_FROZEN -> hosts.get(fault.one()).thaw();
      case ETCD_KILLED -> etcd.start(fault.one());
      case ETCD_FROZEN -> etcd.process(fault.one()).thaw();
      case ETCD_AWAY -> {
        for (int i = 0; i < etcd.count(); i++) {
          etcd.start(i);
        }
      }
      case PRODUCER_KILLED -> {
        incarnations[fault.one()]++;
        producers.set(fault.one(), producer(fault.one()));
        producerDown[fault.one()] = false;
      }
      case PRODUCER_MOVES -> producerRoutes(fault.one()).forEach(r -> r.weather(Weather.CLEAR));
      default -> routes(fault).forEach(route -> route.weather(Weather.CLEAR));
    }
  }

  private void startRelay(int node) throws IOException {
    nodes.start(node);
    relayDown[node] = false;
    relayStarted[node] = true;
  }

  private static Weather weather(Fault fault) {
    return switch (fault.kind()) {
      case RELAY_ALONE -> Weather.PARTED;
      case PRODUCER_MOVES -> Weather.REFUSED;
      default -> fault.weather();
    };
  }

  private List<Route> routes(Fault fault) {
    return switch (fault.kind()) {
      case LINKS -> List.of(links(fault.one(), fault.other()), links(fault.other(), fault.one()));
      case RELAY_TO_ETCD -> etcdRoutes(fault.one());
      case CLIENT_TO_RELAY ->
          List.of(network.route(FaultPlan.client(fault.one()), relay(fault.other())));
      case RELAY_ALONE -> {
        List<Route> all = new ArrayList<>(etcdRoutes(fault.one()));
        for (int i = 0; i < NODES; i++) {
          if (i != fault.one()) {
            all.add(links(fault.one(), i));
            all.add(links(i, fault.one()));
          }
        }
        for (int i = 0; i < NODES + sessions.size(); i++) {
          all.add(network.route(FaultPlan.client(i), relay(fault.one())));
        }
        yield all;
      }
      case CLIENT_TO_ALL -> clientRoutes(FaultPlan.client(fault.one()));
      case PRODUCER_MOVES -> producerRoutes(fault.one()).stream().filter(Route::isUsed).toList();
      default -> throw new IllegalArgumentException("no connections: " + fault);
    };
  }

  private Route links(int from, int to) {
    return network.route(relay(from), "links" + to);
  }

  private List<Route> etcdRoutes(int node) {
    return IntStream.range(0, etcd.count())
        .mapToObj(i -> network.route(relay(node), "etcd" + i))
        .toList();
  }

  private List<Route> producerRoutes(int session) {
    return clientRoutes(ChaosSession.producer(session));
  }

  private List<Route> clientRoutes(String client) {
    return IntStream.range(0, NODES).mapToObj(i -> network.route(client, relay(i))).toList();
  }

  // ---- between rounds ----

  /** Everything is to be well; returns when the processes that had been started are ready. */
  void awaitWhole() throws IOException, InterruptedException {
    network.clear();
    etcd.awaitAll();
    for (int i = 0; i < NODES; i++) {
      if (relayStarted[i]) {
        relayStarted[i] = false;
        nodes.awaitReady(i);
      }
    }
  }

  /** The how manieth process the producer of a session is. */
  int incarnation(ChaosSession session) {
    return incarnations[session.index()];
  }

  private void find(int node) {
    if (!nodes.process(node).process().isAlive()) {
      deaths.add(new Finding(Finding.Kind.DIED, "relay " + (char) ('A' + node)));
    }
  }

  /** Who has ended without being told to. */
  List<Finding> deaths() {
    for (int i = 0; i < NODES; i++) {
      if (!relayDown[i]) {
        find(i);
      }
    }
    for (int i = 0; i < hosts.size(); i++) {
      if (!hosts.get(i).process().isAlive()) {
        deaths.add(new Finding(Finding.Kind.DIED, "consumers at " + host(i)));
      }
    }
    for (int i = 0; i < producers.size(); i++) {
      if (!producerDown[i] && !producers.get(i).process().isAlive()) {
        deaths.add(new Finding(Finding.Kind.DIED, "producer of session " + i));
      }
    }
    List<Finding> found = List.copyOf(deaths);
    deaths.clear();
    return found;
  }

  /** Producers end their streams; returns when they and all consumers have ended. */
  boolean finish(long seconds) throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (Killable each : producers) {
      each.process().getOutputStream().write('\n');
      each.process().getOutputStream().flush();
    }
    boolean all = true;
    for (Killable each : union(producers, hosts)) {
      long left = Math.max(0, until - System.nanoTime());
      all &= each.process().waitFor(left, TimeUnit.NANOSECONDS);
    }
    return all;
  }

  private static List<Killable> union(List<Killable> one, List<Killable> other) {
    List<Killable> all = new ArrayList<>(one);
    all.addAll(other);
    return all;
  }

  /** Ends all processes; from any thread, and nothing is started behind it. */
  @Override
  public synchronized void close() {
    closed = true;
    union(producers, hosts).forEach(Killable::close);
    nodes.close();
    etcd.close();
    network.close();
  }
}
