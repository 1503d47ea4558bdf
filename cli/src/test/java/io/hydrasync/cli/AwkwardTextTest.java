package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.admin.AdminReply;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.option.ByteSize;
import io.hydrasync.cli.option.Durations;
import io.hydrasync.cli.option.StartPoint;
import io.hydrasync.cli.secret.Redaction;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.check.ClassicVersions;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.protocol.check.Printable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every parser of a text that others give, with a million characters of whatever is awkward for
 * parsers, on a thread with little stack: it is refused in the documented way, and soon.
 */
class AwkwardTextTest {
  private static final int SIZE = 1 << 20;
  private static final int SMALL_STACK = 256 << 10;
  private static final int HANGS_SECONDS = 60; // what is quadratic takes hours

  private static final Map<String, Consumer<String>> PARSERS = new LinkedHashMap<>();

  static {
    PARSERS.put("Ticket.parse", Ticket::parse);
    PARSERS.put(
        "new Ticket",
        text ->
            Ticket.of(
                List.of(new RelayAddress(text, 1)),
                SessionId.of(new byte[SessionId.LENGTH]),
                SessionKey.of(new byte[SessionKey.LENGTH])));
    PARSERS.put("RelayKey.parse", RelayKey::parse);
    PARSERS.put("Position.parse", Position::parse);
    PARSERS.put("ClassicVersions.check", ClassicVersions::check);
    PARSERS.put("HostPort.parse", HostPort::parse);
    PARSERS.put("RelayAddress.parse", RelayAddress::parse);
    PARSERS.put("ByteSize.parse", ByteSize::parse);
    PARSERS.put("Durations.parse", Durations::parse);
    PARSERS.put("StartPoint.parse", StartPoint::parse);
    PARSERS.put("AdminReply.parse", AdminReply::parse);
  }

  private static final List<String> UNITS =
      List.of(
          "a",
          "A",
          "0",
          "9",
          "1.",
          "a.",
          "a-",
          "-",
          "_",
          ".",
          "..",
          ":",
          "::",
          "f:",
          "[",
          "]",
          "/",
          "?",
          "#",
          "%",
          " ",
          "\t",
          "\n",
          "\0",
          "\u00e9",
          "\ud83d\ude00",
          "\ud800",
          "{",
          "[[",
          "{\"a\":",
          "{\"a\":1,",
          "\"",
          "\\",
          "\\u",
          "e9",
          "-1e",
          "v1 ",
          "expected one of [",
          "hydra://",
          "=",
          ",",
          "1,",
          "a,a ");

  private static final List<String> BEGINNINGS =
      List.of(
          "",
          "hydra://",
          "hydra://[",
          "hydra://a:1/",
          "hydra://a:1/?relay=",
          "[",
          "v1 1 2 3 ",
          "1.",
          "{\"ok\":",
          "{\"ok\":true,\"x\":",
          "1:",
          "\"");

  static Stream<String> parsers() {
    return PARSERS.keySet().stream();
  }

  /** One after the other: all at once take more memory than a small machine has. */
  private static Stream<String> awkward() {
    return Stream.concat(
        UNITS.stream().map(AwkwardTextTest::repeated),
        BEGINNINGS.stream()
            .flatMap(
                beginning ->
                    Stream.of("a", "0", "a.", ":", "[[", "{\"a\":", "\ud83d\ude00", " ")
                        .map(unit -> beginning + repeated(unit))));
  }

  private static String repeated(String unit) {
    return unit.repeat(SIZE / unit.length());
  }

  private static <T> T onSmallStack(Callable<T> task) throws Exception {
    FutureTask<T> future = new FutureTask<>(task);
    Thread thread = new Thread(null, future, "small-stack", SMALL_STACK);
    thread.setDaemon(true);
    thread.start();
    return future.get(HANGS_SECONDS, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @MethodSource("parsers")
  void isRefusedInTheDocumentedWay(String name) throws Exception {
    Consumer<String> parser = PARSERS.get(name);
    for (String text : (Iterable<String>) awkward()::iterator) {
      Throwable thrown =
          onSmallStack(
              () -> {
                try {
                  parser.accept(text);
                  return null;
                } catch (Throwable e) {
                  return e;
                }
              });
      assertThat(thrown)
          .as("%s of %.40s", name, Printable.line(text.substring(0, 30)))
          .isInstanceOfAny(IllegalArgumentException.class, ProtocolException.class);
    }
  }

  /** What makes texts fit to be shown takes all of them, whatever they are. */
  @ParameterizedTest
  @MethodSource("texts")
  void isShownOfWhateverLength(String text) throws Exception {
    onSmallStack(
        () -> {
          assertThat(Printable.line(text)).isNotEmpty();
          assertThat(Failures.oneLine(text)).hasSizeLessThan(30_000);
          assertThat(Redaction.scrub(text)).isNotEmpty();
          assertThat(Cli.run("recv", "--from", text).code()).isEqualTo(ExitCode.USAGE);
          assertThat(Cli.run("recv", text).code()).isEqualTo(ExitCode.USAGE);
          assertThat(Cli.run("top", "--sort", text).code()).isEqualTo(ExitCode.USAGE);
          return null;
        });
  }

  static Stream<String> texts() {
    return UNITS.stream().map(unit -> unit.repeat((SIZE >> 3) / unit.length()));
  }
}
