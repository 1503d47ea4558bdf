package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

import io.hydrasync.cli.console.QrText;
import io.hydrasync.cli.secret.Secrets;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** share, recv --exec, and what send and recv say. */
class SharingTest {
  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.bindDefault();

  @AfterEach
  void stopRelay() {
    relay.close();
  }

  @Test
  void sharesWhatACommandPrintsAndPassesItsExitCodeOn() {
    Cli share = to("share", "--ticket-file", file("t"), "--", "sh", "-c", "echo one; exit 7");
    Cli recv = Cli.run("recv", "@" + file("t"), "-o", file("out"));

    assertThat(share.code()).isEqualTo(7);
    assertThat(share.out()).isEmpty();
    assertThat(recv).isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("one\n");
  }

  @Test
  void sharesWhatOthersStillPrintWhenTheCommandHasExited() {
    String late = "echo one; (sleep 0.5; echo late; seq 50000) & exit 4";
    Cli share = to("share", "-q", "--ticket-file", file("t"), "--", "sh", "-c", late);
    Cli recv = Cli.run("recv", "@" + file("t"), "-o", file("out"));

    assertThat(share).isEqualTo(new Cli(4, "", ""));
    assertThat(recv.code()).isZero();
    assertThat(contentOf(path("out").toFile()))
        .startsWith("one\nlate\n1\n2\n")
        .endsWith("\n49999\n50000\n");
  }

  @Test
  void leavesTheOptionsBehindTheCommandToIt() {
    Cli share = to("share", "-q", "--ticket-file", file("t"), "--lines", "printf", "--", "--quiet");
    Cli.run("recv", "@" + file("t"), "-o", file("out"));

    assertThat(share).isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("--quiet");
  }

  @Test
  void hidesTheSecretsFromTheCommand() {
    Map<String, String> environment = new HashMap<>();
    for (String name :
        List.of("TICKET", "SESSION_KEY", "OWNER_KEY", "CREDENTIAL", "ADMIN_CREDENTIAL", "RELAY")) {
      environment.put("HYDRA_" + name, "x");
    }

    Secrets.hide(environment);

    assertThat(environment).containsOnlyKeys("HYDRA_RELAY");
  }

  @Test
  void tellsACommandThatCannotBeRun() {
    Cli share = to("share", "-q", "--ticket-file", file("t"), "no-such-command-here");
    Cli recv = Cli.run("recv", "@" + file("t"), "-o", file("out"));

    assertThat(share.code()).isEqualTo(127);
    assertThat(share.err()).hasLineCount(1).contains("no-such-command-here");
    assertThat(recv.code()).as("there was no end").isEqualTo(4);
  }

  @Test
  void runsACommandForEachMessage() throws IOException {
    Files.writeString(path("in"), "one\ntwo\n\nfour");
    to("send", file("in"), "--lines", "-q", "--ticket-file", file("t"));

    Cli recv = exec("printf '%s:' $HYDRA_MESSAGE >> " + file("out") + "; cat >> " + file("out"));

    assertThat(recv).isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("1:one2:two3:4:four");
  }

  @Test
  void doesNotMindACommandThatDoesNotRead() throws IOException {
    Files.write(path("in"), new byte[3_000_000]);
    to("send", file("in"), "--wait-consumers=0", "-q", "--ticket-file", file("t"));

    assertThat(exec("true")).isEqualTo(new Cli(0, "", ""));
  }

  @Test
  void stopsWhereTheCommandFailsAndTakesUpTheSameMessageAgain() throws IOException {
    Files.writeString(path("in"), "one\ntwo\nthree");
    to("send", file("in"), "--lines", "-q", "--ticket-file", file("t"));
    String fails = "read x; test $x != two && echo $x >> " + file("out");

    Cli failed = exec(fails, "--position-file", file("p"));
    Cli again = exec("cat >> " + file("out"), "--position-file", file("p"));

    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.err()).hasLineCount(1).contains("exit code 1 at message 2");
    assertThat(again).isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("one\ntwothree");
  }

  @Test
  void saysEverythingInJson() throws IOException {
    Files.writeString(path("in"), "hello");

    Cli send = to("send", file("in"), "--wait-consumers=0", "--json", "--ticket-file", file("t"));
    Cli recv = Cli.run("recv", "@" + file("t"), "-o", file("out"), "--json");
    Cli failed = Cli.run("recv", "@" + file("t"), "-o", "/nowhere/to/be/found", "--json");

    String ticket = Files.readString(path("t")).strip();
    List<String> lines = send.err().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .isEqualTo(
            "{\"event\":\"ticket\",\"ticket\":\""
                + ticket
                + "\",\"receive\":\"hydra recv @"
                + file("t")
                + "\"}");
    assertThat(lines.get(1)).startsWith("{\"event\":\"done\",\"bytes\":5,\"messages\":1,");
    assertThat(recv.err().lines().toList().get(0))
        .startsWith("{\"event\":\"connected\",\"relay\":\"127.0.0.1:")
        .contains("\"relay_key\":\"" + relay.relayKey() + "\"");
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.err()).contains("{\"event\":\"error\",\"exit\":1,\"message\":");
  }

  @Test
  void saysNothingIfQuietButNeverLosesTheTicket() throws IOException {
    Files.writeString(path("in"), "x");

    assertThat(to("send", file("in"), "--wait-consumers=0", "--quiet", "--ticket-file", file("t")))
        .isEqualTo(new Cli(0, "", ""));
    Cli lost = to("send", file("in"), "--quiet");
    assertThat(lost.code()).isEqualTo(2);
    assertThat(lost.err()).contains("--ticket-file");
  }

  @Test
  void showsTheTicketAsAQrCode() throws IOException {
    Files.writeString(path("in"), "x");

    String[] quiet = {"--wait-consumers=0", "--quiet", "--qr", "--ticket-file", file("t")};
    Cli send = to("send", Cli.join(new String[] {file("in")}, quiet));

    String ticket = Files.readString(path("t")).strip();
    assertThat(send.code()).isZero();
    assertThat(send.err()).isEqualTo(QrText.of(ticket).plain(false) + "\n");
  }

  @Test
  void keepsTheSessionForTheNextProducer() throws Exception {
    Files.writeString(path("in"), "one");
    Files.writeString(path("in2"), "two");
    Cli.run("ticket", "new", "--plain", "--relay", where(), "-o", file("t"));
    String[] send = {"send", "--ticket", "@" + file("t"), "--relay-key", key()};
    List<Cli> recv = new ArrayList<>();
    Thread consumer =
        new Thread(
            () ->
                recv.add(
                    Cli.run("recv", "@" + file("t"), "-o", file("out"), "--relay-key", key())));
    consumer.start();

    Cli first = Cli.run(Cli.join(send, "--keep", file("in")));
    Cli second = Cli.run(Cli.join(send, file("in2")));
    consumer.join();

    String receive = "receive with: hydra recv @" + file("t") + " --from oldest\n";
    assertThat(first).isEqualTo(new Cli(0, "", receive));
    assertThat(second.err()).isEqualTo("waiting for 1 consumer\n");
    assertThat(second.code()).isZero();
    assertThat(recv).containsExactly(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("onetwo");
  }

  @Test
  void showsACredentialToARelayThatAsksForOne() throws IOException {
    Credential credential = Credential.generate(new SecureRandom());
    Files.writeString(path("in"), "x");
    Files.writeString(path("c"), HexFormat.of().formatHex(credential.secretBytes()));
    try (HydraServer strict =
        HydraServer.builder().credential(credential, Set.of(Role.PRODUCER)).bind()) {
      String[] send = {
        "send",
        file("in"),
        "--wait-consumers=0",
        "--relay",
        "127.0.0.1:" + strict.address().getPort(),
        "--relay-key",
        strict.relayKey().toString()
      };

      assertThat(Cli.run(send).code()).isEqualTo(5);
      assertThat(Cli.run(Cli.join(send, "--credential", "@" + file("c"))).code()).isZero();
    }
  }

  private Cli exec(String command, String... more) {
    return Cli.run(Cli.join(new String[] {"recv", "@" + file("t"), "--exec", command}, more));
  }

  /** Runs a command that sends to the relay: what belongs to all stands before what it takes. */
  private Cli to(String command, String... more) {
    return Cli.run(
        Cli.join(new String[] {command, "--relay", where(), "--relay-key", key()}, more));
  }

  private String where() {
    return "127.0.0.1:" + relay.address().getPort();
  }

  private String key() {
    return relay.relayKey().toString();
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private String file(String name) {
    return path(name).toString();
  }
}
