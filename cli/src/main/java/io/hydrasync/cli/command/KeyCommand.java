package io.hydrasync.cli.command;

import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.option.GroupCommand;
import io.hydrasync.cli.secret.TicketFile;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.crypto.X25519;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hydra key}: keys in files. */
@Command(
    name = "key",
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = KeyCommand.New.class,
    description = {"Makes keys.", ""},
    footer = {"", "Example:", "  hydra key new owner owner.key"})
public final class KeyCommand extends GroupCommand {
  /** What a key is for. */
  enum Kind {
    /** Whose sessions are. */
    OWNER,
    /** What a relay is known by. */
    RELAY,
    /** What a client shows to a relay. */
    CREDENTIAL,
    /** What the relays of a cluster share. */
    CLUSTER
  }

  /** {@code hydra key new}. */
  @Command(
      name = "new",
      sortOptions = false,
      description = {
        "Makes a key: FILE gets the secret, 64 hex digits, readable by you only; stdout gets what"
            + " others may know of it.",
        "",
        "  owner       for hydra send --owner-key @FILE    stdout: the public key",
        "  relay       for hydra relay --key-file FILE     stdout: for --relay-key",
        "  credential  for --credential @FILE              stdout: its id",
        "  cluster     for hydra relay --cluster-key-file  stdout: an id, to compare",
        ""
      },
      footer = {"", "Example:", "  hydra key new relay relay.key"})
  static final class New implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
        index = "0",
        paramLabel = "owner|relay|credential|cluster",
        description = "What the key is for.")
    private Kind kind = Kind.OWNER;

    @Parameters(index = "1", paramLabel = "FILE", description = "Must not exist yet.")
    private Path file = Path.of("");

    @Mixin private CommonOptions common = new CommonOptions();

    @Override
    public Integer call() throws IOException {
      PrintWriter out = Results.of(spec);
      SecureRandom random = new SecureRandom();
      String known =
          switch (kind) {
            case OWNER -> {
              OwnerKey key = OwnerKey.generate(random);
              create(key.secretBytes());
              yield base64(key.publicKey());
            }
            case RELAY -> {
              byte[] secret = X25519.newPrivateKey(random);
              String shown = RelayKey.of(X25519.publicKey(secret)).toString();
              create(secret);
              yield shown;
            }
            case CREDENTIAL -> {
              Credential key = Credential.generate(random);
              create(key.secretBytes());
              yield HexFormat.of().formatHex(key.id());
            }
            case CLUSTER -> {
              byte[] secret = new byte[ClusterKey.LENGTH];
              random.nextBytes(secret);
              String shown = HexFormat.of().formatHex(ClusterKey.of(secret).linkCredential().id());
              create(secret);
              yield shown;
            }
          };
      out.println(known);
      Results.check(out, "; the key itself is in " + file);
      return ExitCode.OK;
    }

    /** Zeroes the secret then. */
    private void create(byte[] secret) throws IOException {
      try {
        TicketFile.create(file, HexFormat.of().formatHex(secret));
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
    }

    private static String base64(byte[] bytes) {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
  }
}
