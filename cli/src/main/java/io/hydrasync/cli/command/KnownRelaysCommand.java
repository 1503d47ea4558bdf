package io.hydrasync.cli.command;

import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.option.GroupCommand;
import io.hydrasync.cli.option.KnownRelaysFile;
import io.hydrasync.cli.option.RelayKeyParameter;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.Stack;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hydra known-relays}: the keys that were remembered. */
@Command(
    name = "known-relays",
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      KnownRelaysCommand.ListAll.class,
      KnownRelaysCommand.Forget.class,
      KnownRelaysCommand.Pin.class
    },
    description = {
      "Shows and changes which relays are known, and by which key.",
      "A relay that shows another key later is refused with exit code 5.",
      ""
    },
    footer = {"", "Example:", "  hydra known-relays list"})
public final class KnownRelaysCommand extends GroupCommand {
  /** {@code hydra known-relays list}. */
  @Command(
      name = "list",
      sortOptions = false,
      description = {
        "Prints each known relay and its key; or two, while the relay's key is being changed.",
        ""
      },
      footer = {"", "Example:", "  hydra known-relays list"})
  static final class ListAll implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private KnownRelaysFile file = new KnownRelaysFile();
    @Mixin private CommonOptions common = new CommonOptions();

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      new KnownRelays(file.path())
          .allKeys()
          .forEach((where, keys) -> out.println(where + " " + keys));
      out.flush();
      return ExitCode.OK;
    }
  }

  /** {@code hydra known-relays forget}. */
  @Command(
      name = "forget",
      sortOptions = false,
      description = {"Forgets a relay: its next use counts as the first.", ""},
      footer = {"", "Example:", "  hydra known-relays forget relay.example:4370"})
  static final class Forget implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "HOST:PORT", description = "The relay.")
    private RelayAddress relay = new RelayAddress("127.0.0.1", 4370);

    @Mixin private KnownRelaysFile file = new KnownRelaysFile();
    @Mixin private CommonOptions common = new CommonOptions();

    @Override
    public Integer call() throws IOException {
      if (!new KnownRelays(file.path()).forget(KnownRelays.nameOf(relay))) {
        throw new IOException(
            "the relay " + relay + " is not known in " + file.path() + "; nothing was changed");
      }
      return ExitCode.OK;
    }
  }

  /** {@code hydra known-relays pin}. */
  @Command(
      name = "pin",
      sortOptions = false,
      description = {
        "Remembers the key of a relay before its first use; also in place of another one.",
        ""
      },
      footer = {"", "Example:", "  hydra known-relays pin relay.example:4370 IzZ..."})
  public static final class Pin implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "HOST:PORT", description = "The relay.")
    private RelayAddress relay = new RelayAddress("127.0.0.1", 4370);

    @Parameters(
        index = "1",
        arity = "1",
        paramLabel = RelayKeyParameter.LABEL,
        parameterConsumer = AsItStands.class,
        description = "Its key, as it prints it when it starts; or two that it may have.")
    private Optional<RelayKeys> key = Optional.empty();

    @Mixin private KnownRelaysFile file = new KnownRelaysFile();
    @Mixin private CommonOptions common = new CommonOptions();

    @Override
    public Integer call() {
      new KnownRelays(file.path()).replace(KnownRelays.nameOf(relay), key.orElseThrow());
      return ExitCode.OK;
    }

    /** A key may begin with a dash: one in 64 does, and then looks like options. */
    public static void allowDashes(CommandLine pin) {
      pin.setUnmatchedOptionsArePositionalParams(true);
      pin.setPosixClusteredShortOptionsAllowed(false);
    }

    /** Takes a key, whatever it begins with. */
    static final class AsItStands implements IParameterConsumer {
      @Override
      public void consumeParameters(Stack<String> args, ArgSpec key, CommandSpec command) {
        try {
          key.setValue(Optional.of(RelayKeys.parse(args.pop())));
        } catch (IllegalArgumentException e) {
          throw new ParameterException(
              command.commandLine(), RelayKeyParameter.LABEL + ": " + e.getMessage(), e);
        }
      }
    }
  }
}
