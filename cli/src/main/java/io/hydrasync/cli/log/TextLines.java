package io.hydrasync.cli.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.hydrasync.protocol.check.Printable;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * A line for each event: time, level, logger, message, the event's own keys; behind it the stack
 * trace of an exception. What is written may be a stranger's words, so nothing in it can begin a
 * line, close a value's quotation marks or mean something to a terminal: such characters are
 * escaped.
 */
final class TextLines extends Lines {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(200);
    TIME.formatTo(event.getInstant(), line);
    String logger = event.getLoggerName();
    line.append(String.format(Locale.ROOT, " %-5s ", event.getLevel()))
        .append(logger, logger.lastIndexOf('.') + 1, logger.length())
        .append(": ");
    line.append(Printable.line(event.getFormattedMessage()));
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        line.append(' ').append(pair.key).append("=\"");
        line.append(Printable.quoted(String.valueOf(pair.value)));
        line.append('"');
      }
    }
    line.append('\n');
    if (event.getThrowableProxy() != null) {
      line.append(ThrowableProxyUtil.asString(new Escaped(event.getThrowableProxy())));
    }
    return line.toString().getBytes(UTF_8);
  }

  /** An exception whose message, and those of its causes, are parts of one line. */
  private record Escaped(IThrowableProxy original) implements IThrowableProxy {
    @Override
    public @Nullable String getMessage() {
      String message = original.getMessage();
      return message == null ? null : Printable.line(message);
    }

    @Override
    public String getClassName() {
      return original.getClassName();
    }

    @Override
    public StackTraceElementProxy[] getStackTraceElementProxyArray() {
      return original.getStackTraceElementProxyArray();
    }

    @Override
    public int getCommonFrames() {
      return original.getCommonFrames();
    }

    @Override
    public @Nullable IThrowableProxy getCause() {
      return original.getCause() == null ? null : new Escaped(original.getCause());
    }

    @Override
    public IThrowableProxy @Nullable [] getSuppressed() {
      return original.getSuppressed() == null
          ? null
          : Arrays.stream(original.getSuppressed())
              .map(Escaped::new)
              .toArray(IThrowableProxy[]::new);
    }

    @Override
    public boolean isCyclic() {
      return original.isCyclic();
    }
  }
}
