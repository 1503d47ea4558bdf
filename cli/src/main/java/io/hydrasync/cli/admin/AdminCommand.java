package io.hydrasync.cli.admin;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.option.GroupCommand;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.cli.process.WindowSize;
import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.Role;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hydra admin}: looks at a relay and changes it. */
@Command(
    name = "admin",
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Looks at a running relay and changes it.",
      "Needs a credential for admins: hydra relay --admin-key-file FILE makes one.",
      ""
    },
    footer = {
      "",
      "Sessions go by the 8 hex digits that 'sessions' and the logs show.",
      "HYDRA_RELAY and HYDRA_ADMIN_CREDENTIAL stand for --relay and --credential.",
      "",
      "Examples:",
      "  hydra admin sessions --relay relay.example:4370 --credential @admin.key",
      "  export HYDRA_RELAY=relay.example:4370 HYDRA_ADMIN_CREDENTIAL=@admin.key",
      "  hydra admin session 9f3a01bc"
    },
    subcommands = {
      AdminCommand.Status.class,
      AdminCommand.Sessions.class,
      AdminCommand.Session.class,
      AdminCommand.Cluster.class,
      AdminCommand.Kick.class,
      AdminCommand.EndSession.class,
      AdminCommand.Limits.class,
      AdminCommand.SetLimits.class,
      AdminCommand.Drain.class,
      AdminCommand.Reload.class,
      AdminCommand.NewCredential.class
    })
public final class AdminCommand extends GroupCommand {
  /** One request and what is shown of its reply. */
  @Command(sortOptions = false)
  abstract static class Op implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private AdminOptions options = new AdminOptions();
    @Mixin private CommonOptions common = new CommonOptions();

    @Option(names = "--json", description = "Print the relay's reply as it is.")
    private boolean json;

    /** What to ask for. */
    abstract JsonObject request();

    /** Shows a reply. */
    abstract void show(PrintWriter out, JsonObject reply);

    @Override
    public final Integer call() throws IOException {
      PrintWriter out = Results.of(spec);
      JsonObject request = Usage.check(spec, this::request);
      try (HydraAdmin admin = options.connect(spec)) {
        AdminReply reply = options.askOwner(spec, admin, request);
        if (json) {
          out.println(new GsonBuilder().setPrettyPrinting().create().toJson(reply.whole()));
        } else {
          out.print(AdminReply.reading(() -> text(reply.shown())));
        }
        out.flush();
      }
      return ExitCode.OK;
    }

    /** How wide it may be; as wide as it is where nobody looks at it on a terminal. */
    final int columns() {
      boolean terminal =
          EscapedWriter.own(spec.commandLine().getOut()) instanceof Results && Terminal.isStdout();
      return terminal ? WindowSize.ofTerminal().now().columns() : Integer.MAX_VALUE;
    }

    /** Nothing is shown of a reply that cannot be shown whole. */
    private String text(JsonObject reply) {
      StringWriter text = new StringWriter();
      show(new PrintWriter(text), reply);
      return text.toString();
    }
  }

  private static void showAll(PrintWriter out, JsonObject values) {
    values
        .entrySet()
        .forEach(
            entry ->
                out.printf(
                    Locale.ROOT, "%-22s %s%n", entry.getKey(), entry.getValue().getAsString()));
  }

  @Command(
      name = "status",
      sortOptions = false,
      description = {"The relay at a glance: clients, memory, what was refused and why.", ""},
      footer = {
        "",
        "Example:",
        "  hydra admin status --relay relay.example:4370 --credential @admin.key"
      })
  static final class Status extends Op {
    @Override
    JsonObject request() {
      return AdminOptions.request("status");
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      StatusText.show(out, reply.getAsJsonObject("status"), columns());
    }
  }

  @Command(
      name = "sessions",
      sortOptions = false,
      description = {"The sessions, those that lag most first.", ""},
      footer = {"", "Example:", "  hydra admin sessions --sort received --limit 10"})
  static final class Sessions extends Op {
    @Option(
        names = "--sort",
        paramLabel = "lag|received",
        defaultValue = "lag",
        description = "What counts. Default: ${DEFAULT-VALUE}.")
    private SessionOrder sort = SessionOrder.LAG;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "50",
        description = "How many at most. Default: ${DEFAULT-VALUE}.")
    private int limit = 50;

    private enum SessionOrder {
      LAG,
      RECEIVED
    }

    @Override
    JsonObject request() {
      JsonObject request = AdminOptions.request("sessions");
      request.addProperty("sort", sort.name().toLowerCase(Locale.ROOT));
      request.addProperty("limit", limit);
      return request;
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      SessionTable.sessions(out, reply, columns());
    }
  }

  @Command(
      name = "session",
      sortOptions = false,
      description = {"One session with its consumers and their lag.", ""},
      footer = {"", "Example:", "  hydra admin session 9f3a01bc"})
  static final class Session extends Op {
    @Parameters(paramLabel = "SESSION", description = "8 hex digits.")
    private String session = "";

    @Override
    JsonObject request() {
      JsonObject request = AdminOptions.request("session");
      request.addProperty("session", session);
      return request;
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      SessionTable.detail(out, reply, columns());
    }
  }

  @Command(
      name = "cluster",
      sortOptions = false,
      description = {
        "The cluster as this relay sees it: its nodes, this one with a star, how the directory is,"
            + " and what this node is to its sessions.",
        "SEAT is owner where a session's producer is here, edge where it is at another node (OWNER),"
            + " to which LINK says whether there is a link; BEHIND counts consumers behind the LINKS"
            + " of an owner.",
        ""
      },
      footer = {"", "Example:", "  hydra admin cluster --relay 10.0.0.1:4370"})
  static final class Cluster extends Op {
    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "50",
        description = "How many sessions at most. Default: ${DEFAULT-VALUE}.")
    private int limit = 50;

    @Override
    JsonObject request() {
      JsonObject request = AdminOptions.request("cluster");
      request.addProperty("limit", limit);
      return request;
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      ClusterText.show(out, reply.getAsJsonObject("cluster"));
    }
  }

  @Command(
      name = "kick",
      sortOptions = false,
      description = {"Closes a client's connection; it does not come back by itself.", ""},
      footer = {"", "Example:", "  hydra admin kick 17"})
  static final class Kick extends Op {
    @Parameters(paramLabel = "CONNECTION", description = "The number that 'session' shows.")
    private String connection = "";

    @Override
    JsonObject request() {
      if (!connection.matches("[0-9]{1,18}")) {
        throw new IllegalArgumentException(
            "CONNECTION is a number, as 'hydra admin session SESSION' shows it");
      }
      JsonObject request = AdminOptions.request("kick");
      request.addProperty("connection", Long.valueOf(connection));
      return request;
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      out.println("kicked");
    }
  }

  @Command(
      name = "end-session",
      sortOptions = false,
      description = {
        "Ends a session: its producer is kicked, consumers get what is there.",
        "For them the stream is cut off (recv exits 4): its producer has not ended it.",
        "In a cluster a relay with consumers of the session says which has its producer, and that one"
            + " is asked.",
        ""
      },
      footer = {"", "Example:", "  hydra admin end-session 9f3a01bc"})
  static final class EndSession extends Op {
    @Parameters(paramLabel = "SESSION", description = "8 hex digits.")
    private String session = "";

    @Override
    JsonObject request() {
      JsonObject request = AdminOptions.request("end-session");
      request.addProperty("session", session);
      return request;
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      out.println("ended");
    }
  }

  @Command(
      name = "limits",
      sortOptions = false,
      description = {"What the relay admits.", ""},
      footer = {"", "Example:", "  hydra admin limits"})
  static final class Limits extends Op {
    @Override
    JsonObject request() {
      return AdminOptions.request("limits");
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      showAll(out, reply.getAsJsonObject("limits"));
    }
  }

  @Command(
      name = "set-limits",
      sortOptions = false,
      description = {
        "Changes what the relay admits, until it is restarted or reloaded.",
        "Who is connected stays.",
        ""
      },
      footer = {"", "Example:", "  hydra admin set-limits maxSessions=100 handshakeBurst=50"})
  static final class SetLimits extends Op {
    @Parameters(
        paramLabel = "NAME=VALUE",
        arity = "1..*",
        description = "As 'limits' shows them, such as maxSessions=100.")
    private String[] changes = {};

    @Override
    JsonObject request() {
      JsonObject request = AdminOptions.request("set-limits");
      for (String change : changes) {
        int at = change.indexOf('=');
        String value = change.substring(at + 1);
        if (at < 1 || !value.matches("[0-9]{1,10}|true|false")) {
          throw new IllegalArgumentException("a limit is changed by NAME=NUMBER");
        }
        String name = change.substring(0, at);
        if (value.equals("true") || value.equals("false")) {
          request.addProperty(name, Boolean.valueOf(value));
        } else {
          request.addProperty(name, Long.valueOf(value));
        }
      }
      return request;
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      showAll(out, reply.getAsJsonObject("limits"));
    }
  }

  @Command(
      name = "drain",
      sortOptions = false,
      description = {
        "Winds the relay down and ends it, as SIGTERM does.",
        "No new sessions; consumers take what is there; then everybody is told to come back in a while.",
        "Does not wait for it.",
        ""
      },
      footer = {"", "Example:", "  hydra admin drain --timeout 30s"})
  static final class Drain extends Op {
    @Option(
        names = "--delay",
        paramLabel = "DURATION",
        description = "Sessions go on for so long. Default: the relay's --drain-delay.")
    private Optional<Duration> delay = Optional.empty();

    @Option(
        names = "--timeout",
        paramLabel = "DURATION",
        description = "What the rest may take. Default: the relay's --drain-timeout.")
    private Optional<Duration> timeout = Optional.empty();

    @Override
    JsonObject request() {
      JsonObject request = AdminOptions.request("drain");
      delay.ifPresent(value -> request.addProperty("delayMs", value.toMillis()));
      timeout.ifPresent(value -> request.addProperty("boundMs", value.toMillis()));
      return request;
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      out.println("draining");
    }
  }

  @Command(
      name = "reload",
      sortOptions = false,
      description = {
        "Lets the relay read its credentials, limits and observers' token again, as SIGHUP does.",
        "Who is connected stays.",
        ""
      },
      footer = {"", "Example:", "  hydra admin reload"})
  static final class Reload extends Op {
    @Override
    JsonObject request() {
      return AdminOptions.request("reload");
    }

    @Override
    void show(PrintWriter out, JsonObject reply) {
      out.println("reloaded " + reply.get("reloaded").getAsString());
    }
  }

  @Command(
      name = "new-credential",
      sortOptions = false,
      description = {
        "Makes a credential and prints it as a line for the file of hydra relay --credentials.",
        "What follows the roles is what the client gives. It is a secret.",
        ""
      },
      footer = {"", "Example:", "  hydra admin new-credential producer,consumer >> credentials"})
  static final class NewCredential implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private CommonOptions common = new CommonOptions();

    @Parameters(
        paramLabel = "ROLE",
        arity = "1..*",
        split = ",",
        description = "producer, consumer, admin.")
    private Role[] roles = {};

    @Override
    public Integer call() throws IOException {
      PrintWriter out = Results.of(spec);
      String names =
          Arrays.stream(roles)
              .map(role -> role.name().toLowerCase(Locale.ROOT))
              .distinct()
              .collect(Collectors.joining(","));
      out.println(names + " " + CredentialFile.fresh());
      Results.check(out, "; the credential is lost, and nobody has it: make another one");
      return ExitCode.OK;
    }
  }
}
