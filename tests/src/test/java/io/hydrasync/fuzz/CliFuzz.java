package io.hydrasync.fuzz;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.cli.admin.AdminReply;
import io.hydrasync.cli.option.ByteSize;
import io.hydrasync.cli.option.Durations;
import io.hydrasync.cli.option.StartPoint;
import io.hydrasync.cli.relay.RelayCommand;
import io.hydrasync.cli.relay.RelayConfig;
import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.check.HostPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What the command line's module parses, for the fuzzer. */
public final class CliFuzz {
  private static final List<Function<String, ?>> VALUES =
      List.of(
          HostPort::parse,
          RelayAddress::parse,
          ByteSize::parse,
          Durations::parse,
          StartPoint::parse);
  private static final CommandSpec RELAY =
      new CommandLine(new RelayCommand(again -> new CommandLine(new Object()), Throwable::toString))
          .getCommandSpec();

  private static Path file = Path.of("");
  private static FileChannel channel;

  private CliFuzz() {}

  /** A configuration, a file of credentials, and a value in one of them: read or refused. */
  public static void config(byte[] data) {
    try {
      Path input = inputFile(data);
      readConfig(input);
      readCredentials(input);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String text = new String(data, UTF_8);
    for (Function<String, ?> value : VALUES) {
      try {
        value.apply(text);
      } catch (IllegalArgumentException e) {
        // malformed
      }
    }
  }

  /**
   * It is made once, and never cut to nothing: ext4 writes what is written behind that to the disk
   * at once, which takes twenty times as long as all else.
   */
  private static Path inputFile(byte[] data) throws IOException {
    if (channel == null) {
      file = Files.createTempFile("hydra-fuzz", ".properties"); // which only its owner can read
      file.toFile().deleteOnExit();
      channel = FileChannel.open(file, StandardOpenOption.WRITE);
    }
    ByteBuffer rest = ByteBuffer.wrap(data);
    while (rest.hasRemaining()) {
      channel.write(rest, rest.position());
    }
    channel.truncate(data.length);
    return file;
  }

  private static void readConfig(Path input) {
    RelayConfig config = new RelayConfig(List.of("--config", input.toString()), Map.of());
    config.problems(RELAY);
    RELAY.options().forEach(config::defaultValue);
  }

  private static void readCredentials(Path input) {
    try {
      CredentialFile.read(input);
    } catch (IllegalArgumentException | IOException e) {
      // malformed
    }
  }

  /** A configuration, credentials, and values. */
  public static List<byte[]> configSeeds() {
    return List.of(
        "listen = 0.0.0.0:4370\nretention=8MiB\n# why\nlinger 30s\nmax-sessions:\\\n 5\n"
            .getBytes(US_ASCII),
        ("producer,consumer " + "01".repeat(32) + " # mine\n").getBytes(US_ASCII),
        "[::1]:4370".getBytes(US_ASCII),
        "64KiB".getBytes(US_ASCII),
        "1500ms".getBytes(US_ASCII),
        "1735689600000:12".getBytes(US_ASCII));
  }

  /** A relay's reply: read or refused, and nothing in what is shown does anything. */
  public static void reply(byte[] data) {
    try {
      String shown = AdminReply.parse(new String(data, UTF_8)).shown().toString();
      if (!shown.chars().allMatch(c -> c >= ' ' && c <= '~')) {
        throw new AssertionError("a character that is not printable ASCII");
      }
    } catch (IllegalArgumentException | ProtocolException e) {
      // malformed, or the relay says no
    }
  }

  /** Replies. */
  public static List<byte[]> replySeeds() {
    return List.of(
        "{\"ok\":true,\"status\":{\"state\":\"running\",\"a\":[1,2.5e3,null,true]}}"
            .getBytes(UTF_8),
        "{\"ok\":false,\"error\":\"no \\u001b\"}".getBytes(UTF_8));
  }
}
