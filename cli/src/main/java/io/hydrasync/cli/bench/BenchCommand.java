package io.hydrasync.cli.bench;

import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.ByteSize;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.option.ConnectionOptions;
import io.hydrasync.cli.option.TrustOptions;
import io.hydrasync.client.ClientBuilder;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hydra bench}: how much goes through, and how long it takes. */
@Command(
    name = "bench",
    sortOptions = false,
    description = {
      "Measures how much goes through a relay, and with --rate how long messages take.",
      "Every byte is sealed, opened and compared. Producers and consumers run in this process.",
      ""
    },
    footer = {
      "",
      "SIZE is a number of bytes such as 64k or 1MiB, DURATION a time such as 500ms or 30s.",
      "",
      "Examples:",
      "  hydra bench --consumers 4 --size 1k --batch 100",
      "  hydra bench --relay relay.example:4370 --rate 10000 --duration 30s --csv"
    })
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--relay",
      paramLabel = "HOST:PORT",
      description = "The relay. Default: one in this process.")
  private Optional<RelayAddress> relay = Optional.empty();

  @Option(
      names = "--producers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Producers, each with its own session. Default: ${DEFAULT-VALUE}.")
  private int producers = 1;

  @Option(
      names = "--consumers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Consumers of each session. Default: ${DEFAULT-VALUE}.")
  private int consumers = 1;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "1k",
      description = "Bytes of a message, 16 or more. Default: ${DEFAULT-VALUE}.")
  private ByteSize size = new ByteSize(1 << 10);

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Write messages and flush after so many at most; 1 broadcasts each. Default:"
              + " ${DEFAULT-VALUE}.")
  private int batch = 1;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description =
          "Send N messages a second with each producer and measure latency, from when a message was"
              + " due. Default: as fast as it goes, without latency.")
  private Optional<Double> rate = Optional.empty();

  @Option(
      names = "--duration",
      paramLabel = "DURATION",
      defaultValue = "5s",
      description = "How long to measure. Default: ${DEFAULT-VALUE}.")
  private Duration duration = Duration.ofSeconds(5);

  @Option(
      names = "--warmup",
      paramLabel = "DURATION",
      defaultValue = "2s",
      description = "How long to run before that. Default: ${DEFAULT-VALUE}.")
  private Duration warmup = Duration.ofSeconds(2);

  @Option(
      names = "--transport",
      paramLabel = "auto|nio|epoll|io_uring",
      defaultValue = "auto",
      description = "Of the relay in this process. Default: ${DEFAULT-VALUE}.")
  private Transport transport = Transport.AUTO;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Option(names = "--csv", description = "Print a line of names and a line of values.")
  private boolean csv;

  @Mixin private TrustOptions trust = new TrustOptions();
  @Mixin private ConnectionOptions connection = new ConnectionOptions();
  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    BenchPlan plan = Usage.check(spec, this::plan);
    PrintWriter out = Results.of(spec);
    if (relay.isPresent()) {
      return run(plan, relay.get(), Optional.empty(), out);
    }
    try (HydraServer own = HydraServer.builder().transport(transport).bind()) {
      return run(plan, RelayAddress.of(own.address()), Optional.of(own.relayKeys()), out);
    }
  }

  private BenchPlan plan() {
    if (json && csv) {
      throw new IllegalArgumentException("either --json or --csv");
    }
    return new BenchPlan(
        producers,
        consumers,
        size.intBytes("a message"),
        batch,
        rate.isPresent() ? OptionalDouble.of(rate.get()) : OptionalDouble.empty(),
        warmup,
        duration);
  }

  private int run(BenchPlan plan, RelayAddress where, Optional<RelayKeys> key, PrintWriter out)
      throws IOException, InterruptedException {
    BenchResult result;
    try (Bench bench = new Bench(plan)) {
      bench.connect(new Clients(where, key));
      BenchProgress progress = BenchProgress.show(spec.commandLine().getErr(), plan);
      try {
        result = bench.run();
      } finally {
        progress.close();
      }
    }
    out.println(json ? result.json() : csv ? result.csv() : result.text());
    out.flush();
    if (!result.isComplete()) {
      throw new IOException("messages are missing: not all consumers got what was sent");
    }
    return ExitCode.OK;
  }

  /** Connects to one relay. */
  private final class Clients implements Bench.Connector {
    private final RelayAddress where;
    private final Optional<RelayKeys> key;

    Clients(RelayAddress where, Optional<RelayKeys> key) {
      this.where = where;
      this.key = key;
    }

    @Override
    public HydraProducer producer(SessionSecrets session) throws IOException {
      HydraProducer.Builder builder =
          ready(HydraProducer.builder(where, session))
              .reconnectTimeout(connection.reconnectTimeout());
      connection.heartbeat().ifPresent(builder::heartbeat);
      HydraProducer producer = trust.connect(builder::connect, where);
      trust.report(spec.commandLine().getErr(), producer.relayKey());
      return producer;
    }

    @Override
    public HydraConsumer consumer(SessionSecrets session) throws IOException {
      HydraConsumer.Builder builder =
          ready(HydraConsumer.builder(where, session))
              .start(HydraConsumer.Start.BEGINNING) // every message counts
              .reconnectTimeout(connection.reconnectTimeout());
      connection.heartbeat().ifPresent(builder::heartbeat);
      HydraConsumer consumer = trust.connect(builder::connect, where);
      trust.report(spec.commandLine().getErr(), consumer.relayKey());
      return consumer;
    }

    private <B extends ClientBuilder<B>> B ready(B builder) throws IOException {
      Usage.check(spec, () -> connection.apply(builder));
      trust.apply(builder, where, key);
      return builder;
    }
  }
}
