package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParseResult;

class UsageTest {
  private static final String KEY = "0123456789abcdef".repeat(4);
  private static final String B64 = "A".repeat(43);
  private static final String TICKET =
      "hydra://127.0.0.1:1/" + "A".repeat(86) + "?relay=" + B64 + "#" + "B".repeat(43);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "relay --nonsense",
        "relay argument",
        "relay --listen nowhere",
        "relay --listen 127.0.0.1:0 --capacity 3q",
        "relay --listen 127.0.0.1:0 --capacity 1k",
        "relay --listen 127.0.0.1:0 --max-frame 3GiB",
        "relay --listen 127.0.0.1:0 --threads 0",
        "relay --listen 127.0.0.1:0 --linger 5",
        "relay --listen 127.0.0.1:0 --transport carrier-pigeon",
        "relay --listen no.such.host.invalid:0",
        "send",
        "send --relay",
        "relay --check-config --http nowhere",
        "relay --check-config --max-sessions 0",
        "relay --check-config --max-joining 0",
        "relay --check-config --drain-timeout soon",
        "relay --check-config --credentials",
        "relay --check-config --config no-such-file",
        "admin",
        "admin nonsense",
        "admin status",
        "admin status --relay 127.0.0.1:1",
        "admin status --relay 127.0.0.1:1 --credential short",
        "admin status --relay 127.0.0.1:0 --credential %K",
        "admin status more --relay 127.0.0.1:1 --credential %K",
        "admin session --relay 127.0.0.1:1 --credential %K",
        "admin kick nobody --relay 127.0.0.1:1 --credential %K",
        "admin set-limits --relay 127.0.0.1:1 --credential %K",
        "admin set-limits maxSessions --relay 127.0.0.1:1 --credential %K",
        "admin sessions --sort name --relay 127.0.0.1:1 --credential %K",
        "admin drain --timeout soon --relay 127.0.0.1:1 --credential %K",
        "admin new-credential",
        "admin new-credential king",
        "top",
        "top --relay 127.0.0.1:1 --credential %K --interval 1ms",
        "top --relay 127.0.0.1:1 --credential %K --sort size",
        "top argument --relay 127.0.0.1:1 --credential %K",
        "send --relay nowhere",
        "send --relay 127.0.0.1:0",
        "send --relay 127.0.0.1:1,",
        "send --relay 127.0.0.1:1,nowhere",
        "send --relay h:1,h:2,h:3,h:4,h:5,h:6,h:7,h:8,h:9",
        "send --relay 127.0.0.1:1 --heartbeat 16s",
        "send --relay 127.0.0.1:1,[fe80::1%eth0]:1",
        "send --relay 127.0.0.1:1 --relay-key short",
        "send --relay 127.0.0.1:1 --session-id 00",
        "send --relay 127.0.0.1:1 --session-key 00",
        "send --relay 127.0.0.1:1 --session-id 00 --session-key 00",
        "send --relay 127.0.0.1:1 --owner-key 00",
        "send --relay 127.0.0.1:1 --wait-consumers many",
        "send --relay 127.0.0.1:1 --wait-consumers -1",
        "send --relay 127.0.0.1:1 --wait-timeout soon",
        "send --relay 127.0.0.1:1 --wait-timeout 1s --wait-consumers 0",
        "send --relay 127.0.0.1:1 --wait-timeout 1s --lines",
        "send --relay 127.0.0.1:1 --wait-timeout 1s --keep",
        "share --relay 127.0.0.1:1 --wait-timeout 1s true",
        "send --relay 127.0.0.1:1 --linger -1s",
        "send --relay 127.0.0.1:1 one two",
        "send --relay 127.0.0.1:1 --ring 900g",
        "share --relay 127.0.0.1:1 --ring 900g true",
        "send --here --relay 127.0.0.1:1",
        "send --here --listen nowhere",
        "send --here --listen no.such.host.invalid:0",
        "send --here --wait-consumers -1",
        "send --here --quiet",
        "share --here true",
        "recv --nonsense",
        "recv not-a-ticket",
        "recv hydra://127.0.0.1:1/cut#off",
        "recv --relay 127.0.0.1:1",
        "recv --relay nowhere",
        "recv --session-id 00 --session-key 00",
        "recv hydra://x --count some",
        "recv hydra://x --from middle",
        "recv hydra://x --reconnect-timeout soon",
        "recv hydra://x --heartbeat soon",
        "recv one two",
        "recv hydra://x --exec cat -o file",
        "recv hydra://x --exec cat --lines",
        "recv hydra://127.0.0.1:1/cut#off --credential 00",
        "send --ticket not-a-ticket",
        "send --ticket @t --relay 127.0.0.1:1",
        "send --relay 127.0.0.1:1 --quiet",
        "share",
        "share --relay 127.0.0.1:1",
        "share true",
        "share --nonsense true",
        "ticket",
        "ticket nonsense",
        "ticket new",
        "ticket new --relay 127.0.0.1:1",
        "ticket new --relay 127.0.0.1:0 --plain",
        "ticket new --relay 127.0.0.1:1,127.0.0.1:0 --plain",
        "ticket new --relay 127.0.0.1:1 --plain --owner-key 00",
        "ticket new --relay 127.0.0.1:1 --owner-key 00",
        "ticket show",
        "ticket show hydra://x",
        "ticket show one two",
        "ticket qr hydra://x",
        "key",
        "key nonsense",
        "key new",
        "key new owner",
        "key new master file",
        "known-relays",
        "known-relays forget",
        "known-relays forget nowhere",
        "known-relays pin 127.0.0.1:1",
        "known-relays pin 127.0.0.1:1 short",
        "known-relays list argument",
        "bench --consumers 0",
        "bench --producers many",
        "bench --size 15",
        "bench --size 65MiB",
        "bench --batch 0",
        "bench --rate 0",
        "bench --duration 0",
        "bench --json --csv",
        "bench --relay 127.0.0.1:0",
        "doctor argument",
        "doctor --relay 127.0.0.1:0",
        "doctor --timeout 0",
        "completion",
        "completion nu",
        "demo --seconds never",
        "demo --seconds -1",
        "demo argument"
      })
  void tellsAWrongCommandLineInOneLineWithAHint(String commandLine) {
    Cli cli = Cli.run(commandLine.replace("%K", KEY).split(" "));

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.out()).isEmpty();
    assertThat(cli.err().lines()).hasSize(1);
    assertThat(cli.err()).startsWith("hydra").contains("--help)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "publish | hydra: no such command: publish (see: hydra --help)",
        "sned | hydra: no such command: sned; did you mean send? (see: hydra --help)",
        "help rcv | hydra: no such command: rcv; did you mean recv? (see: hydra --help)",
        "admin sesions | hydra admin: no such command: sesions; did you mean sessions? (see",
        "recv --cuont=5 x | hydra recv: unknown option: '--cuont'; did you mean --count? (see",
        "send --relai h:1 --lnies | hydra send: unknown options: '--relai', '--lnies'; did you mean --relay, --lines?",
        "key new king f | hydra key new: owner*relay*credential*cluster: one of owner, relay, credential, cluster, not"
            + " 'king'",
        "demo --seconds x | hydra demo: --seconds: 'x' is not a number",
        "recv --count x | hydra recv: --count: 'x' is not a whole number",
        "relay --nonsense | hydra relay: unknown option: '--nonsense'",
        "completion | hydra completion: missing parameter: 'bash*zsh*fish'",
        "admin | hydra admin: expected one of: status, sessions"
      })
  void saysItInItsOwnWords(String commandLine, String begins) {
    assertThat(Cli.run(commandLine.split(" ")).err()).startsWith(begins.replace('*', '|'));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "relay --listen [::1]:0 --key-file f --json --transport io_uring --max-connections 5"
            + " --retention 1m --capacity 16MiB --memory 64MiB --max-frame 1m --linger 2s"
            + " --stall-timeout 500ms --threads 2 --verbose",
        "send file --relay h:1 --relay-key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            + " --known-relays k --session-id 00 --session-key @f --owner-key @f --ticket-file t"
            + " --wait-consumers 3 --wait-timeout 1h --lines --linger 5ms --reconnect-timeout 0 -v",
        "send - --relay h:1",
        "send f --here --listen [::]:0 --ticket-file t --qr --wait-consumers 2 --wait-timeout 1h"
            + " --lines --linger 1s --overflow grow --ring 1m --json --owner-key @f",
        "send --relay a:1,[::1]:2,c:3 --heartbeat 1s",
        "recv - -o f --relay-key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA --from live"
            + " --count 5 --lines --no-wait --reconnect-timeout 1.5m --known-relays k -v",
        "recv --relay h:1 --session-id 00 --session-key 00 --output f --from OLDEST",
        "recv --relay h:1,i:2 --session-id 00 --session-key 00 --heartbeat 1500ms",
        "ticket new --relay h:1,i:2 --plain",
        "recv @f --from beginning --position-file p --allow-gaps",
        "recv @f --exec cat --credential @f --json --quiet",
        "send f --ticket @f --credential @f --keep --qr --json -q --overflow spill",
        "share --relay h:1 --ticket-file t --tee --lines --keep --wait-consumers 1 -- cmd --json -v",
        "bench --relay h:1 --relay-key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA --producers 2"
            + " --consumers 3 --size 1k --batch 9 --rate 1.5 --duration 1s --warmup 0 --transport nio"
            + " --csv --credential @f --reconnect-timeout 1s --known-relays k",
        "doctor --relay h:1 --relay-key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA --known-relays k"
            + " --timeout 1s --json",
        "completion zsh",
        "demo --seconds 2.5 -v"
      })
  void takesEveryOption(String commandLine) {
    String[] args = commandLine.split(" ");

    assertThat(Main.commandLine(args).parseArgs(args).subcommand().errors()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "recv --relay h:1 --relay-key -oAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -q",
        "recv --relay h:1 --relay-key=-oAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -q",
        "recv --relay h:1 --relay-key -hAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -q",
        "send --relay h:1 --relay-key --AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -q",
        "doctor --relay h:1 --relay-key -hAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA --json",
        "send --relay h:1 --relay-key -hAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -q"
      })
  void aRelayKeyMayLookLikeAnOption(String commandLine) {
    String[] args = commandLine.split(" ");

    ParseResult parsed = Main.commandLine(args).parseArgs(args).subcommand();

    assertThat(parsed.errors()).isEmpty();
    assertThat(parsed.hasMatchedOption("-h") || parsed.hasMatchedOption("-o")).isFalse();
    assertThat(parsed.commandSpec().findOption("--relay-key").<Optional<RelayKeys>>getValue())
        .hasValueSatisfying(key -> assertThat(key.toString()).startsWith("-"));
  }

  @Test
  void showsTheCommandsWhereNoneIsGiven() {
    Cli cli = Cli.run();

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.out()).isEmpty();
    assertThat(cli.err()).contains("relay", "send", "recv", "demo");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "recv " + "%T one",
        "recv --ticket=%T",
        "recv %Tx",
        "recv --relay %T",
        "recv --relay=127.0.0.1:1 --session-id=%K%K --session-keyy=%K",
        "recv --relay 127.0.0.1:1 --session-id %K%K --session-key %Kq",
        "recv --relay 127.0.0.1:1 --session-id %K%K --session-key %K --count %K",
        "send --relay 127.0.0.1:1 --session-id %K --session-key %K",
        "send --relay 127.0.0.1:1 --session-id %K%K --session-key %K%K",
        "send --relay 127.0.0.1:1 --owner-key z%K",
        "send --relay %K",
        "send --ticket %Tx",
        "send --ticket %T --relay 127.0.0.1:1",
        "send --relay 127.0.0.1:1 --credential %Kq --quiet",
        "share --relay 127.0.0.1:1 --owner-key %Kq true",
        "ticket show %Tx",
        "ticket show %T %T",
        "ticket qr %T --nonsense",
        "ticket new --relay 127.0.0.1:1 --owner-key %Kq",
        "known-relays pin %K",
        "bench --credential=%K --rate=%K",
        "completion %K",
        "%T"
      })
  void neverQuotesATicketOrAKey(String commandLine) {
    String[] args =
        Arrays.stream(commandLine.split(" "))
            .map(arg -> arg.replace("%T", TICKET).replace("%K", KEY))
            .toArray(String[]::new);

    Cli cli = Cli.run(args);

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err()).doesNotContain(KEY.substring(0, 20), "A".repeat(20), "B".repeat(20));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "relay",
        "send",
        "recv",
        "share",
        "ticket",
        "key",
        "known-relays",
        "admin",
        "top",
        "bench",
        "doctor",
        "demo",
        "completion"
      })
  void showsAnExampleInTheHelpOfEachCommand(String command) {
    Cli asOption = Cli.run(command, "--help");
    Cli asCommand = Cli.run("help", command);

    assertThat(asOption.code()).isZero();
    assertThat(asOption.err()).isEmpty();
    assertThat(asOption.out()).contains("Usage: hydra " + command, "Example", "hydra " + command);
    assertThat(asCommand.code()).isZero();
    assertThat(asCommand.out()).isEqualTo(asOption.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ticket new",
        "ticket show",
        "ticket qr",
        "key new",
        "known-relays list",
        "known-relays forget",
        "known-relays pin"
      })
  void showsAnExampleInTheHelpOfEachCommandBelow(String command) {
    Cli cli = Cli.run((command + " --help").split(" "));

    assertThat(cli.code()).isZero();
    assertThat(cli.out()).contains("Usage: hydra " + command, "Example", "  hydra " + command);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status",
        "sessions",
        "session",
        "kick",
        "end-session",
        "limits",
        "set-limits",
        "drain",
        "reload",
        "new-credential"
      })
  void showsAnExampleInTheHelpOfEachAdminCommand(String command) {
    Cli cli = Cli.run("admin", command, "--help");

    assertThat(cli.code()).isZero();
    assertThat(cli.out())
        .contains("Usage: hydra admin " + command, "Example:\n  hydra admin " + command);
  }

  @Test
  void showsExamplesInTheHelp() {
    Cli cli = Cli.run("--help");

    assertThat(cli.code()).isZero();
    assertThat(cli.out()).contains("Examples:", "hydra demo", "hydra help COMMAND");
    assertThat(Cli.run("help").out()).isEqualTo(cli.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void tellsItsVersion(String option) {
    Cli cli = Cli.run(option);

    assertThat(cli.code()).isZero();
    assertThat(cli.out().strip()).matches("hydra \\S+ \\(Java \\S+\\)");
  }
}
