package io.hydrasync.cli.admin;

import com.google.gson.JsonObject;
import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.console.FullScreen;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.cli.process.WindowSize;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
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
      "Shows the sessions of a running relay, live, until 'q' is typed or it is interrupted.",
      "Needs a credential for admins: hydra relay --admin-key-file FILE makes one.",
      ""
    },
    footer = {
      "",
      "Keys: q quit, up and down select, enter the session's consumers, s sort, / filter, ? help.",
      "A narrow terminal shows fewer columns; LAG, HELD and AGE are always there.",
      "IN and OUT are since the look before, LAG is what the slowest consumer has still to take.",
      "Where stdin or stdout is no terminal every look is printed below the last.",
      "",
      "Example:",
      "  hydra top --relay relay.example:4370 --credential @admin.key"
    })
public final class TopCommand implements Callable<Integer> {
  private static final int SESSIONS = 1_000;
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final WindowSize.Size PAPER = new WindowSize.Size(200, 1_000);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private AdminOptions options = new AdminOptions();
  @Mixin private CommonOptions common = new CommonOptions();

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
      print(out, admin);
      return ExitCode.OK;
    }
    try (FullScreen screen = new FullScreen(out, WindowSize.ofTerminal(), Terminal.hasColours());
        Keyboard keyboard = Keyboard.open()) {
      screen.size().onChange(() -> keyboard.put(Key.of(Key.Kind.RESIZED)));
      draw(screen, keyboard, admin);
    }
    return ExitCode.OK;
  }

  /** Every look below the last. */
  private void print(PrintWriter out, HydraAdmin connected)
      throws IOException, InterruptedException {
    HydraAdmin admin = connected;
    TopView view = new TopView(options.relay().toString(), false);
    TopState state = new TopState(sort);
    try {
      int looks = count.orElse(Integer.MAX_VALUE);
      for (int look = 0; look < looks; look++) {
        if (look > 0) {
          Thread.sleep(interval.toMillis());
        }
        admin = look(view, state, admin);
        view.lines(state, PAPER).forEach(out::println);
        out.println();
        Optional<IOException> failure = Results.take(out);
        if (failure.isPresent()) {
          throw failure.get(); // nobody can see it: there would be no end
        }
      }
    } finally {
      admin.close();
    }
  }

  private void draw(FullScreen screen, Keyboard keyboard, HydraAdmin connected)
      throws IOException, InterruptedException {
    HydraAdmin admin = connected;
    TopView view = new TopView(options.relay().toString(), true);
    TopState state = new TopState(sort);
    try {
      int looks = count.orElse(Integer.MAX_VALUE);
      for (int look = 0; look < looks && !state.isEnded(); look++) {
        admin = look(view, state, admin);
        state.ready(keyboard.isReady());
        long due = System.nanoTime() + interval.toNanos();
        screen.draw(view.lines(state, screen.size().now()));
        if (look < looks - 1) {
          react(screen, keyboard, view, state, due);
        }
      }
    } finally {
      admin.close();
    }
  }

  /** Does what is typed, until the next look is due or something has to be asked for at once. */
  private static void react(
      FullScreen screen, Keyboard keyboard, TopView view, TopState state, long due)
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
      state.press(key, view.names(state));
      if (state.page() != shown && state.page() == TopState.Page.CONSUMERS) {
        return;
      }
      shown = state.page();
      screen.draw(view.lines(state, screen.size().now()));
    }
  }

  /** A relay that is restarted is found again; what cannot get better ends the command. */
  private HydraAdmin look(TopView view, TopState state, HydraAdmin admin) throws IOException {
    HydraAdmin current = admin;
    try {
      if (view.isLost()) {
        current.close();
        current = options.connect(spec);
      }
      HydraAdmin asked = current;
      AdminReply.reading(
          () -> {
            view.see(look(asked, state));
            return true;
          });
    } catch (HydraException e) {
      if (!mayPass(e)) {
        throw e;
      }
      view.lose(Failures.describe(e));
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

  private static TopView.Look look(HydraAdmin admin, TopState state) {
    JsonObject status =
        AdminOptions.ask(admin, AdminOptions.request("status")).shown().getAsJsonObject("status");
    JsonObject request = AdminOptions.request("sessions");
    request.addProperty("sort", state.order() == TopState.Order.LAG ? "lag" : "received");
    request.addProperty("limit", SESSIONS);
    JsonObject reply = AdminOptions.ask(admin, request).shown();
    return new TopView.Look(
        System.nanoTime(),
        status,
        sessions(reply),
        reply.get("total").getAsLong(),
        detail(admin, state));
  }

  /** The session whose consumers are looked at, if there is one and it is still there. */
  private static List<JsonObject> detail(HydraAdmin admin, TopState state) {
    if (state.page() != TopState.Page.CONSUMERS) {
      return List.of();
    }
    JsonObject request = AdminOptions.request("session");
    request.addProperty("session", state.selected());
    try {
      return sessions(AdminOptions.ask(admin, request).shown());
    } catch (IllegalArgumentException e) {
      state.sessionGone();
      return List.of();
    }
  }

  private static List<JsonObject> sessions(JsonObject reply) {
    return reply.getAsJsonArray("sessions").asList().stream()
        .map(element -> element.getAsJsonObject())
        .toList();
  }
}
