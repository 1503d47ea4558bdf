package io.hydrasync.cli.here;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.HostPort;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Whether the relay is in this process, and where it listens. */
public final class HereOptions {
  /** What belongs to a relay that is somewhere else. */
  private static final List<String> ELSEWHERE =
      List.of(
          "--relay",
          "--ticket",
          "--relay-key",
          "--known-relays",
          "--session-id",
          "--session-key",
          "--credential",
          "--keep",
          "--classic");

  @Option(
      names = "--here",
      description =
          "Without a relay elsewhere: run one in this process, for this session alone, and print the"
              + " receivers' command for each address of this machine. Ends when every receiver"
              + " has the end.")
  private boolean here;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description =
          "Where the relay of --here listens, port 0 = any. Default: all addresses, a free port.")
  private Optional<HostPort> listen = Optional.empty();

  public boolean isGiven() {
    return here;
  }

  /**
   * Makes sure that the options fit together.
   *
   * @throws IllegalArgumentException if not
   */
  public void check(CommandSpec spec) {
    if (!here && listen.isPresent()) {
      throw new IllegalArgumentException("--listen belongs to --here");
    }
    for (String name : ELSEWHERE) {
      if (here && spec.commandLine().getParseResult().hasMatchedOption(name)) {
        throw new IllegalArgumentException(
            "--here has a relay and a session of its own; leave out " + name);
      }
    }
  }

  /** Starts the relay. */
  public HereRelay start(SessionId session) {
    return HereRelay.start(listen, session);
  }
}
