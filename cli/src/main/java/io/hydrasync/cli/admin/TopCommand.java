package io.hydrasync.cli.admin;

import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hydra top}: the sessions of a relay, live. */
@Command(
    name = "top",
    sortOptions = false,
    description = {
      "Shows the sessions of a running relay, live, until it is interrupted.",
      "Needs a credential for admins: hydra relay --admin-key-file FILE makes one.",
      ""
    },
    footer = {
      "",
      "IN and OUT are since the line before, LAG is what the slowest consumer has still to take.",
      "Where stdout is no terminal every look is printed below the last.",
      "",
      "Exit codes: 0 all looks are done, 1 other, 2 usage, 5 authentication, 141 nobody reads stdout"
          + " any more.",
      "",
      "Example:",
      "  hydra top --relay relay.example:4370 --credential @admin.key"
    })
public final class TopCommand implements Callable<Integer> {
  private static final int SESSIONS = 1_000;
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private AdminOptions options = new AdminOptions();
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--sort",
      paramLabel = "rate|lag|name",
      defaultValue = "rate",
      description = "What comes first. Default: ${DEFAULT-VALUE}.")
  private TopView.Order sort = TopView.Order.RATE;

  @Option(
      names = "--interval",
      paramLabel = "DURATION",
      defaultValue = "1s",
      description = "From one look to the next, 100ms to 30s. Default: ${DEFAULT-VALUE}.")
  private Duration interval = Duration.ofSeconds(1);

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "End after so many looks. Default: never.")
  private Optional<Integer> count = Optional.empty();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Usage.check(
        spec,
        () -> {
          if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("--interval is 100ms to 30s");
          }
          return interval;
        });
    TopView view = new TopView(options.relay().toString(), sort);
    PrintWriter out = Results.of(spec);
    HydraAdmin admin = options.connect(spec);
    try (TopScreen screen = new TopScreen(out)) {
      int looks = count.orElse(Integer.MAX_VALUE);
      for (int look = 0; look < looks; look++) {
        if (look > 0) {
          Thread.sleep(interval.toMillis());
        }
        admin = show(view, screen, admin);
      }
    } finally {
      admin.close();
    }
    return ExitCode.OK;
  }

  /** A relay that is restarted is found again; what cannot get better ends the command. */
  private HydraAdmin show(TopView view, TopScreen screen, HydraAdmin admin) throws IOException {
    HydraAdmin current = admin;
    try {
      if (view.isLost()) {
        current.close();
        current = options.connect(spec);
      }
      HydraAdmin asked = current;
      TopScreen.Size size = screen.size();
      screen.draw(AdminReply.reading(() -> view.lines(look(asked), size)));
    } catch (HydraException e) {
      if (!mayPass(e)) {
        throw e;
      }
      screen.draw(view.lost(Failures.describe(e), screen.size()));
    }
    return current;
  }

  private static boolean mayPass(HydraException problem) {
    @Nullable ErrorCode code = problem.code();
    return code == ErrorCode.DISCONNECTED
        || code == ErrorCode.TIMEOUT
        || code == ErrorCode.SHUTDOWN
        || code == ErrorCode.LIMIT;
  }

  private TopView.Look look(HydraAdmin admin) {
    JsonObject status =
        AdminOptions.ask(admin, AdminOptions.request("status")).shown().getAsJsonObject("status");
    JsonObject request = AdminOptions.request("sessions");
    request.addProperty("sort", sort == TopView.Order.LAG ? "lag" : "received");
    request.addProperty("limit", SESSIONS);
    JsonObject reply = AdminOptions.ask(admin, request).shown();
    List<JsonObject> sessions =
        reply.getAsJsonArray("sessions").asList().stream()
            .map(element -> element.getAsJsonObject())
            .toList();
    return new TopView.Look(System.nanoTime(), status, sessions, reply.get("total").getAsLong());
  }
}
