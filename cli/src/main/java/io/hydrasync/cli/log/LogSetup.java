package io.hydrasync.cli.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.IOException;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * Logs as the environment asks for: {@code LOG_LEVEL} (default WARN), {@code LOG_FILE} (default: to
 * stderr), {@code LOG_FORMAT} {@code text} or {@code json}. Found by logback itself; no XML is
 * read.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
  private static final String FILE = "file";

  private final Map<String, String> environment;

  /** For logback. */
  public LogSetup() {
    this(System.getenv());
  }

  LogSetup(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public ExecutionStatus configure(LoggerContext loggers) {
    String file = environment.getOrDefault("LOG_FILE", "");
    loggers.addTurboFilter(new FatalErrorFilter());
    var root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.toLevel(environment.getOrDefault("LOG_LEVEL", ""), Level.WARN));
    if (file.isEmpty()) {
      root.addAppender(started(loggers, stderr()));
    } else {
      LogFile toFile = new LogFile();
      toFile.setFile(file);
      toFile.setName(FILE);
      if (started(loggers, toFile).isStarted()) {
        root.addAppender(toFile);
      } else {
        loggers.getStatusManager().clear(); // which would say it at length, on stdout
        root.addAppender(started(loggers, stderr()));
        root.warn("LOG_FILE {} cannot be written, so the log is here", file);
      }
    }
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static OutputStreamAppender<ILoggingEvent> stderr() {
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setTarget("System.err");
    console.setName("stderr");
    return console;
  }

  private OutputStreamAppender<ILoggingEvent> started(
      LoggerContext loggers, OutputStreamAppender<ILoggingEvent> appender) {
    appender.setContext(loggers);
    appender.setEncoder(encoder(loggers));
    appender.start();
    return appender;
  }

  /**
   * Opens the log file again, if there is one, after somebody has renamed it.
   *
   * @throws IOException if it cannot be opened; logging goes on into the one that is open
   */
  public static void reopen() throws IOException {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext loggers
        && loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender(FILE)
            instanceof LogFile file) {
      file.reopen();
    }
  }

  private Encoder<ILoggingEvent> encoder(LoggerContext loggers) {
    if (environment.getOrDefault("LOG_FORMAT", "text").equalsIgnoreCase("json")) {
      JsonLines json = new JsonLines();
      json.setContext(loggers);
      json.start();
      return json;
    }
    TextLines text = new TextLines();
    text.setContext(loggers);
    text.start();
    return text;
  }
}
