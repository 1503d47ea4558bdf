package io.hydrasync.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Map;

/**
 * Logs as the environment asks for: {@code LOG_LEVEL} (default WARN), {@code LOG_FILE} (default: to
 * stderr), {@code LOG_FORMAT} {@code text} or {@code json}. Found by logback itself; no XML is
 * read.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
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
    OutputStreamAppender<ILoggingEvent> appender;
    if (file.isEmpty()) {
      ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
      console.setTarget("System.err");
      appender = console;
    } else {
      FileAppender<ILoggingEvent> toFile = new FileAppender<>();
      toFile.setFile(file);
      appender = toFile;
    }
    loggers.addTurboFilter(new FatalErrorFilter());
    appender.setContext(loggers);
    appender.setName(file.isEmpty() ? "stderr" : "file");
    appender.setEncoder(encoder(loggers));
    appender.start();
    var root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.toLevel(environment.getOrDefault("LOG_LEVEL", ""), Level.WARN));
    root.addAppender(appender);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
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
