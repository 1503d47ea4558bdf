package io.hydrasync.tests.security;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.FileAppender;
import java.nio.file.Path;
import java.util.Iterator;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.slf4j.LoggerFactory;

/**
 * Writes all that is logged while the system tests run, down to DEBUG, into a file, and records the
 * run's secrets, so that {@link RunLogIT} can look for one in the other.
 */
public final class RunLog implements LauncherSessionListener {
  static final Path FILE = Path.of("target", "system-test.log");

  /** Says that a fault was made by a test. */
  private static final String MADE = "as a test has it";

  /** Whether a line tells of a task of the relay's that has failed, without a test's doing. */
  static boolean isFault(String line) {
    return line.contains("A task raised an exception") && !line.contains(MADE);
  }

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    RecordingRandom.install();
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    for (Iterator<Appender<ILoggingEvent>> all = root.iteratorForAppenders(); all.hasNext(); ) {
      ThresholdFilter asBefore = new ThresholdFilter();
      asBefore.setLevel(root.getLevel().toString());
      asBefore.start();
      all.next().addFilter(asBefore);
    }
    PatternLayoutEncoder line = new PatternLayoutEncoder();
    line.setContext(context);
    line.setPattern("%d %-5level %logger [%thread] %msg%n%throwable");
    line.start();
    FileAppender<ILoggingEvent> file = new FileAppender<>();
    file.setContext(context);
    file.setFile(FILE.toString());
    file.setAppend(false);
    file.setEncoder(line);
    file.start();
    root.addAppender(file);
    root.setLevel(Level.DEBUG);
  }
}
