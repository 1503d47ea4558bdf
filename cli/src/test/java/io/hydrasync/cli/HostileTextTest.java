package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.check.Printable;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a relay, a file or an argument says, what a command prints is printable characters and
 * line feeds, and no line that is not ours begins.
 */
@Tag("any-jdk")
class HostileTextTest {
  private static final int RANDOM_TEXTS = Integer.getInteger("hostile.texts", 2);
  private static final String FORGED = "forged: all is well";
  private static final Credential CREDENTIAL = Credential.generate(new SecureRandom());

  @TempDir static Path directory;

  private static LyingRelay lying;
  private static HydraServer relay;
  private static volatile String reply = "{}";

  @BeforeAll
  static void start() throws IOException {
    lying = new LyingRelay();
    relay =
        HydraServer.builder()
            .credential(CREDENTIAL, Set.of(Role.ADMIN))
            .admin((operator, request) -> reply.getBytes(UTF_8))
            .bind();
  }

  @AfterAll
  static void stop() throws IOException {
    relay.close();
    lying.close();
  }

  static Stream<String> texts() {
    List<String> texts =
        new ArrayList<>(
            List.of(
                "\u001b]0;PWNED\u0007\u001b[31mrunning",
                "\u001b]52;c;ZWNobyBoaQ==\u0007",
                "\u009b2J\u009d52;c;eA==\u009c",
                "\r\n" + FORGED + "\n" + FORGED,
                "a\u2028" + FORGED + "\u0085" + FORGED,
                "\u202egnp.exe\u2066\u200f\u061c\u200b\ufeff",
                "\udb40\udc41\ud800 \udc00x\ud800",
                "\b\b\b\u007f\u0000\t\u000b\f"));
    Random random = new Random(16);
    for (int i = 0; i < RANDOM_TEXTS; i++) {
      StringBuilder text = new StringBuilder();
      while (text.length() < 30) {
        text.appendCodePoint(random.nextInt(random.nextBoolean() ? 0xA0 : 0x11_0000));
      }
      texts.add(text.toString());
    }
    return texts.stream();
  }

  private static void assertHarmless(Cli cli) {
    String all = cli.out() + cli.err();
    assertThat(all.codePoints().filter(c -> c != '\n' && !Printable.isPlain(c)))
        .as(Printable.lines(all))
        .isEmpty();
    assertThat(all.lines()).noneMatch(line -> line.startsWith(FORGED));
  }

  private static Cli run(String... args) {
    Cli cli = Cli.run(args);
    assertHarmless(cli);
    return cli;
  }

  private static String[] admin(List<String> command) {
    List<String> args = new ArrayList<>(command);
    args.addAll(
        List.of(
            "--relay",
            "127.0.0.1:" + relay.address().getPort(),
            "--relay-key",
            relay.relayKey().toString(),
            "--credential",
            HexFormat.of().formatHex(CREDENTIAL.secretBytes())));
    return args.toArray(new String[0]);
  }

  private static String[] to(LyingRelay relay, String... command) {
    List<String> args = new ArrayList<>(List.of(command));
    args.addAll(
        List.of(
            "--relay",
            relay.name(),
            "--known-relays",
            directory.resolve("known" + System.nanoTime()).toString()));
    return args.toArray(new String[0]);
  }

  // ---- what a relay says ----

  /** A reply with a text in every place where one can be, keys included. */
  private static JsonObject hostile(String text) {
    JsonObject counters = new JsonObject();
    counters.addProperty("producer", 1);
    counters.addProperty("consumer", 1);
    counters.addProperty(text, 1);
    JsonObject status = new JsonObject();
    for (String name :
        List.of(
            "uptimeMs",
            "logMemoryBytes",
            "memoryBudgetBytes",
            "spillBytes",
            "receivedBytes",
            "sentBytes")) {
      status.addProperty(name, 1);
    }
    status.addProperty("state", text);
    status.addProperty("sessions", text);
    status.addProperty("gapFrames", text);
    for (String name : List.of("connections", "handshakes", "rejected", "closed", "overflows")) {
      status.add(name, counters.deepCopy());
    }
    JsonObject session = new JsonObject();
    for (String name : List.of("name", "state", "overflow", "consumers")) {
      session.addProperty(name, text);
    }
    for (String name :
        List.of("publishedBytes", "deliveredBytes", "maxLagBytes", "heldBytes", "ageMs")) {
      session.addProperty(name, 1);
    }
    session.addProperty("producerWaits", false);
    JsonObject connection = session.deepCopy();
    for (String name : List.of("connection", "peer")) {
      connection.addProperty(name, text);
    }
    connection.addProperty("sentBytes", 1);
    connection.addProperty("lagBytes", 1);
    connection.addProperty("receivedBytes", 1);
    session.add("producerConnection", connection);
    JsonArray consumers = new JsonArray();
    consumers.add(connection);
    session.add("consumerConnections", consumers);
    JsonArray sessions = new JsonArray();
    sessions.add(session);
    JsonObject limits = new JsonObject();
    limits.addProperty(text, text);
    JsonObject all = new JsonObject();
    all.addProperty("ok", true);
    all.addProperty("timeMs", 1);
    all.addProperty("total", 2);
    all.addProperty("reloaded", text);
    all.addProperty(text, text);
    all.add("status", status);
    all.add("sessions", sessions);
    all.add("limits", limits);
    return all;
  }

  private static List<List<String>> asks() {
    return List.of(
        List.of("admin", "status"),
        List.of("admin", "sessions"),
        List.of("admin", "session", "0123abcd"),
        List.of("admin", "limits"),
        List.of("admin", "set-limits", "maxSessions=1"),
        List.of("admin", "reload"),
        List.of("top", "--count", "1"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void ofWhatARelayReplies(String text) {
    JsonObject hostile = hostile(text);
    reply = hostile.toString();
    for (List<String> ask : asks()) {
      assertThat(run(admin(ask)).code()).as(ask.toString()).isZero();
    }
    JsonObject asSent =
        JsonParser.parseString(new String(reply.getBytes(UTF_8), UTF_8)).getAsJsonObject();
    Cli json = run(admin(List.of("admin", "status", "--json")));
    assertThat(JsonParser.parseString(json.out())).as("the same value").isEqualTo(asSent);

    JsonObject no = new JsonObject();
    no.addProperty("ok", false);
    no.addProperty("error", text);
    reply = no.toString();
    assertThat(run(admin(List.of("admin", "status"))).code()).isEqualTo(ExitCode.OTHER);
    run(admin(List.of("top", "--count", "1")));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void ofWhatIsNoReply(String text) {
    for (String wrong :
        List.of(
            text,
            "{",
            "[]",
            "null",
            "{\"ok\":\"" + text,
            "{\"ok\":{}}",
            "{\"ok\":false}",
            "{\"ok\":true}",
            "{\"ok\":true,\"status\":[],\"sessions\":{},\"limits\":3,\"total\":1e99999999}",
            "{\"ok\":true,\"total\":" + "9".repeat(100_000) + "}",
            "{\"a\":".repeat(50_000))) {
      reply = wrong;
      for (List<String> ask : List.of(asks().get(0), asks().get(1), asks().get(3), asks().get(6))) {
        Cli cli = run(admin(ask));
        assertThat(cli.code()).as("%s %s", ask, Printable.line(wrong)).isNotZero();
        assertThat(cli.err()).doesNotContain("fault inside", "java.");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("texts")
  void ofARelaysErrors(String text) {
    for (ErrorCode code : List.of(ErrorCode.UNAUTHORIZED, ErrorCode.UNSUPPORTED)) {
      lying.says(new ErrorMessage(code.wireCode(), ErrorMessage.NEVER, text));
      SessionSecrets session = SessionSecrets.generate();
      String ticket =
          Ticket.of(
                  List.of(new RelayAddress("127.0.0.1", lying.port())), session.id(), session.key())
              .format();
      run(to(lying, "send", "--quiet", directory.resolve("none").toString()));
      run(to(lying, "send", "--json", "--wait-consumers", "0", Path.of("pom.xml").toString()));
      run(to(lying, "share", "--", "true"));
      run("recv", "--verbose", ticket, "--known-relays", directory.resolve("known").toString());
      run(to(lying, "admin", "status", "--credential", "ab".repeat(32)));
      run(to(lying, "top", "--count", "1", "--credential", "ab".repeat(32)));
    }
    if (text.contains("PWNED")) { // a second for the speed of encryption each time
      run(to(lying, "doctor"));
    }
  }

  // ---- what arguments and files say ----

  @ParameterizedTest
  @MethodSource("texts")
  void ofArgumentsAndFiles(String text) throws IOException {
    Path file = directory.resolve("hostile");
    Files.writeString(file, text.replaceAll("[\ud800-\udfff]", "") + " " + text.length());
    String at = "@" + file;
    for (String[] args :
        new String[][] {
          {text},
          {"recv", text},
          {"recv", at},
          {"recv", "hydra://" + text},
          {"send", text, "--relay", text},
          {"send", "--owner-key", at, "--relay", "127.0.0.1:1"},
          {"ticket", "show", text},
          {"ticket", "show", at},
          {"key", "show", at},
          {"key", text},
          {"known-relays", "list", "--known-relays", file.toString()},
          {"known-relays", "forget", "a:1", "--known-relays", file.toString()},
          {"known-relays", "pin", text, text},
          {"admin", "status", "--relay", "127.0.0.1:1", "--credential", at},
          {"admin", "set-limits", text, "--relay", "127.0.0.1:1"},
          {"relay", "--config", file.toString(), "--check-config"},
          {"relay", "--listen", text},
          {"relay", "--credentials", file.toString(), "--check-config"},
          {"doctor", "--relay", text},
          {"top", "--sort", text, "--relay", "127.0.0.1:1"},
          {"bench", "--size", text},
          {"completion", text},
          {"demo", "--verbose", text},
          {"help", text},
        }) {
      if (text.indexOf('\0') < 0) { // no argument can hold it
        run(args);
      }
    }
  }

  @Test
  void theHelpIsNotTouched() {
    assertThat(Cli.run("help", "recv").out()).contains("Usage: hydra recv").doesNotContain("\\u");
    assertThat(Cli.run("completion", "bash").out()).doesNotContain("\\u001b");
  }
}
