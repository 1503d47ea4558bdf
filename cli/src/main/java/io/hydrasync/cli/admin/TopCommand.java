package io.hydrasync.cli.admin;

import com.google.gson.JsonObject;
import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.console.FullScreen;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.keys.Key;
import io.hydrasync.cli.keys.Keyboard;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.cli.process.WindowSize;
import io.hydrasync.client.HydraAdmin;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
      "Shows the sessions of a running relay, or of a cluster, live, until 'q' is typed or it is interrupted.",
      "Needs a credential for admins: hydra relay --admin-key-file FILE makes one.",
      ""
    },
    footer = {
      "",
      "Keys: q quit, up and down select, enter the session's consumers, s sort, / filter, ? help.",
      "A narrow terminal shows fewer columns; LAG, HELD and AGE are always there.",
      "IN and OUT are since the look before, LAG is what the slowest consumer has still to take.",
      "Where stdin or stdout is no terminal every look is printed below the last.",
      "With --cluster each session is shown once: IN at its OWNER, CONS and OUT of all nodes.",
      "",
      "Examples:",
      "  hydra top --relay relay.example:4370 --credential @admin.key",
      "  hydra top --cluster --relay 10.0.0.1:4370 --credential @admin.key"
    })
public final class TopCommand implements Callable<Integer> {
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final WindowSize.Size PAPER = new WindowSize.Size(200, 1_000);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private AdminOptions options = new AdminOptions();
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--cluster",
      description =
          "Show all nodes of the relay's cluster as one: each is asked at its address for clients,"
              + " with the same credential. One that does not answer is shown as such.")
  private boolean cluster;

  @Option(
      names = "--sort",
      paramLabel = "rate|lag|name",
      defaultValue = "rate",
      description = "What comes first. Default: ${DEFAULT-VALUE}.")
  private TopState.Order sort = TopState.Order.RATE;

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
    PrintWriter out = Results.of(spec);
    HydraAdmin admin = options.connect(spec);
    if (!(EscapedWriter.own(out) instanceof Results) || !Terminal.isInteractive()) {
      try (TopSource source = source(admin, () -> {})) {
        print(out, source);
      }
      return ExitCode.OK;
    }
    try (FullScreen screen = new FullScreen(out, WindowSize.ofTerminal(), Terminal.hasColours());
        Keyboard keyboard = Keyboard.open();
        TopSource source = source(admin, () -> keyboard.put(Key.of(Key.Kind.NEWS)))) {
      screen.size().onChange(() -> keyboard.put(Key.of(Key.Kind.RESIZED)));
      draw(screen, keyboard, source);
    }
    return ExitCode.OK;
  }

  private TopSource source(HydraAdmin admin, Runnable news) {
    if (cluster) {
      AdminOptions.ask(admin, AdminOptions.request("cluster")); // says no where there is none
    }
    return cluster
        ? new ClusterSource(
            options.relay(), admin, node -> options.connect(node, admin.relayKey()), news)
        : new RelaySource(admin, () -> options.connect(spec));
  }

  private TopView view(boolean interactive) {
    return new TopView(options.relay().toString(), interactive);
  }

  /** Every look below the last. */
  private void print(PrintWriter out, TopSource source) throws IOException, InterruptedException {
    TopView view = view(false);
    TopState state = new TopState(sort);
    int looks = count.orElse(Integer.MAX_VALUE);
    for (int look = 0; look < looks; look++) {
      if (look > 0) {
        Thread.sleep(interval.toMillis());
      }
      source.ask(view, state);
      source.await();
      see(source, view, state);
      view.lines(state, PAPER).forEach(out::println);
      out.println();
      Optional<IOException> failure = Results.take(out);
      if (failure.isPresent()) {
        throw failure.get(); // nobody can see it: there would be no end
      }
    }
  }

  private static void see(TopSource source, TopView view, TopState state) {
    AdminReply.reading(
        () -> {
          source.see(view, state);
          return true;
        });
  }

  private void draw(FullScreen screen, Keyboard keyboard, TopSource source)
      throws IOException, InterruptedException {
    TopView view = view(true);
    TopState state = new TopState(sort);
    int looks = count.orElse(Integer.MAX_VALUE);
    for (int look = 0; look < looks && !state.isEnded(); look++) {
      source.ask(view, state);
      see(source, view, state);
      state.ready(keyboard.isReady());
      long due = System.nanoTime() + interval.toNanos();
      screen.draw(view.lines(state, screen.size().now()));
      if (look < looks - 1) {
        react(screen, keyboard, source, view, state, due);
      }
    }
  }

  /** Does what is typed, until the next look is due or something has to be asked for at once. */
  private static void react(
      FullScreen screen,
      Keyboard keyboard,
      TopSource source,
      TopView view,
      TopState state,
      long due)
      throws IOException, InterruptedException {
    TopState.Page shown = state.page();
    for (long left = due - System.nanoTime();
        left > 0 && !state.isEnded();
        left = due - System.nanoTime()) {
      Key key = keyboard.next(TimeUnit.NANOSECONDS.toMillis(left) + 1);
      if (key.kind() == Key.Kind.NONE) {
        return;
      }
      state.ready(keyboard.isReady());
      if (key.kind() == Key.Kind.NEWS) {
        see(source, view, state);
      }
      state.press(key, view.names(state));
      if (state.page() != shown && state.page() == TopState.Page.CONSUMERS) {
        return;
      }
      shown = state.page();
      screen.draw(view.lines(state, screen.size().now()));
    }
  }

  /** How a relay is, and its sessions. */
  static TopView.Look look(
      HydraAdmin admin, String order, int sessions, Supplier<List<JsonObject>> detail) {
    JsonObject status =
        AdminOptions.ask(admin, AdminOptions.request("status")).shown().getAsJsonObject("status");
    JsonObject request = AdminOptions.request("sessions");
    request.addProperty("sort", order);
    request.addProperty("limit", sessions);
    JsonObject reply = AdminOptions.ask(admin, request).shown();
    return new TopView.Look(
        System.nanoTime(), status, sessions(reply), reply.get("total").getAsLong(), detail.get());
  }

  /** A session with its consumers; throws IllegalArgumentException if it is gone. */
  static List<JsonObject> detail(HydraAdmin admin, String session) {
    JsonObject request = AdminOptions.request("session");
    request.addProperty("session", session);
    return sessions(AdminOptions.ask(admin, request).shown());
  }

  private static List<JsonObject> sessions(JsonObject reply) {
    return reply.getAsJsonArray("sessions").asList().stream()
        .map(element -> element.getAsJsonObject())
        .toList();
  }
}
