package io.hydrasync.cli.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

class LogSetupTest {
  /** A forged line, an escape sequence of a terminal in both spellings, and text turned around. */
  private static final String HOSTILE =
      "a\r\n2026 ERROR x: \"b\" \\\t\u001b[2J\u009b1m\u0000\u2028\u202Ec";

  private static final String HARMLESS =
      "a\\r\\n2026 ERROR x: \"b\" \\\\t\\u001b[2J\\u009b1m\\u0000\\u2028\\u202ec";

  private static final int WRITERS = 4;
  private static final int LINES = 3_000;

  @TempDir private Path directory = Path.of("");

  private List<String> logged(Map<String, String> more) throws IOException {
    Path file = directory.resolve("log");
    LoggerContext loggers = new LoggerContext();
    loggers.setMDCAdapter(new LogbackMDCAdapter());
    Map<String, String> environment = new HashMap<>(more);
    environment.put("LOG_FILE", file.toString());
    new LogSetup(environment).configure(loggers);
    Logger log = loggers.getLogger("a.b.Test");
    log.debug("fine");
    log.debug(HOSTILE);
    log.atDebug().addKeyValue("who", HOSTILE).log("{}", "C:\\x");
    log.debug("failed", new IOException(HOSTILE, new IllegalStateException(HOSTILE)));
    log.atInfo().addKeyValue("bytes", 7).addKeyValue("why", "say \"x\"\n").log("closed");
    log.warn("bad", new IOException("disk"));
    loggers.stop();
    return Files.readAllLines(file);
  }

  @Test
  void writesWarningsAsTextUnlessAsked() throws IOException {
    List<String> lines = logged(Map.of());

    assertThat(lines.get(0)).endsWith(" WARN  Test: bad");
    assertThat(lines.get(1)).isEqualTo("java.io.IOException: disk");
  }

  @Test
  void writesKeysBehindTheText() throws IOException {
    assertThat(logged(Map.of("LOG_LEVEL", "info")).get(0))
        .contains("INFO  Test: closed bytes=\"7\"");
  }

  @Test
  void letsNobodyElseBeginALineOrSpeakToATerminal() throws IOException {
    List<String> lines = logged(Map.of("LOG_LEVEL", "DEBUG"));

    assertThat(lines.get(1)).matches("2\\S+ DEBUG Test: .*").endsWith("Test: " + HARMLESS);
    assertThat(lines.get(2))
        .endsWith(
            "Test: C:\\x who=\""
                + "a\\r\\n2026 ERROR x: \\\"b\\\" \\\\\\t"
                + HARMLESS.substring(HARMLESS.indexOf("\\u001b"))
                + "\"");
    assertThat(lines.get(3)).endsWith("Test: failed");
    assertThat(lines.get(4)).isEqualTo("java.io.IOException: " + HARMLESS);
    assertThat(lines)
        .contains("Caused by: java.lang.IllegalStateException: " + HARMLESS)
        .allMatch(line -> line.matches("2026-.*|\tat .*|\t\\.\\.\\. .*|(Caused by: )?java\\..*"));
  }

  @Test
  void writesOneJsonObjectALine() throws IOException {
    List<String> lines = logged(Map.of("LOG_LEVEL", "INFO", "LOG_FORMAT", "json"));

    assertThat(lines).hasSize(2);
    JsonObject first = JsonParser.parseString(lines.get(0)).getAsJsonObject();
    assertThat(first.get("message").getAsString()).isEqualTo("closed");
    assertThat(first.get("bytes").getAsInt()).isEqualTo(7);
    assertThat(first.get("why").getAsString()).isEqualTo("say \"x\"\n");
    assertThat(first.get("logger").getAsString()).isEqualTo("a.b.Test");
    assertThat(
            JsonParser.parseString(lines.get(1)).getAsJsonObject().get("exception").getAsString())
        .contains("java.io.IOException: disk");
  }

  @Test
  void losesNoLineWhileTheFileIsRenamedAndOpenedAgain() throws Exception {
    Path path = directory.resolve("log");
    LogFile file = new LogFile();
    LoggerContext loggers = logInto(file, path);
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    List<Future<?>> writers = new ArrayList<>();
    for (int writer = 0; writer < WRITERS; writer++) {
      Logger log = loggers.getLogger("w" + writer);
      writers.add(
          threads.submit(
              () -> {
                for (int i = 0; i < LINES; i++) {
                  log.warn("line {} of {}", i, log.getName());
                }
              }));
    }
    int renamed = 0;
    while (writers.stream().anyMatch(writer -> !writer.isDone())) {
      Files.move(path, directory.resolve("log." + renamed++));
      file.reopen();
    }
    for (Future<?> writer : writers) {
      writer.get();
    }
    threads.shutdown();
    loggers.stop();

    assertThat(renamed).isGreaterThan(1);
    List<String> all = new ArrayList<>();
    for (int i = 0; i <= renamed; i++) { // each is whole, and they follow each other
      all.addAll(Files.readAllLines(i < renamed ? directory.resolve("log." + i) : path));
    }
    assertThat(all).hasSize(WRITERS * LINES).allMatch(line -> line.matches("2.* of w[0-3]"));
    for (int writer = 0; writer < WRITERS; writer++) {
      String end = " of w" + writer;
      assertThat(all.stream().filter(line -> line.endsWith(end)))
          .extracting(line -> line.replaceAll(".*line | of .*", ""))
          .containsExactlyElementsOf(IntStream.range(0, LINES).mapToObj(String::valueOf).toList());
    }
  }

  @Test
  void goesOnWithTheOpenFileWhereItCannotBeOpenedAgain() throws IOException {
    Path path = directory.resolve("log");
    LogFile file = new LogFile();
    LoggerContext loggers = logInto(file, path);
    loggers.getLogger("x").warn("one");
    Files.move(path, directory.resolve("log.1"));
    Files.createDirectory(path);

    assertThatThrownBy(file::reopen).isInstanceOf(IOException.class).hasMessageContaining("log");
    loggers.getLogger("x").warn("two");

    assertThat(Files.readAllLines(directory.resolve("log.1"))).hasSize(2);
    Files.delete(path);
    file.reopen();
    loggers.getLogger("x").warn("three");
    assertThat(Files.readAllLines(path)).hasSize(1);
    loggers.stop();
  }

  private static LoggerContext logInto(LogFile file, Path path) {
    LoggerContext loggers = new LoggerContext();
    loggers.setMDCAdapter(new LogbackMDCAdapter());
    TextLines lines = new TextLines();
    lines.setContext(loggers);
    lines.start();
    file.setContext(loggers);
    file.setEncoder(lines);
    file.setFile(path.toString());
    file.start();
    loggers.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(file);
    return loggers;
  }
}
