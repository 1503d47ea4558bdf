package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
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
    escape(line, event.getFormattedMessage(), false);
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        line.append(' ').append(pair.key).append("=\"");
        escape(line, String.valueOf(pair.value), true);
        line.append('"');
      }
    }
    line.append('\n');
    if (event.getThrowableProxy() != null) {
      line.append(ThrowableProxyUtil.asString(new Escaped(event.getThrowableProxy())));
    }
    return line.toString().getBytes(UTF_8);
  }

  /** Appends a text as a part of one line, perhaps as one that stands in quotation marks. */
  private static void escape(StringBuilder line, String text, boolean quoted) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> line.append("\\n");
        case '\r' -> line.append("\\r");
        case '\t' -> line.append("\\t");
        case '"', '\\' -> line.append(quoted ? "\\" : "").append(c);
        default -> {
          if (isPlain(c)) {
            line.append(c);
          } else {
            line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          }
        }
      }
    }
  }

  /** Whether a character is what it looks like: none that controls, separates or turns the text. */
  private static boolean isPlain(char c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** An exception whose message, and those of its causes, are parts of one line. */
  private record Escaped(IThrowableProxy original) implements IThrowableProxy {
    @Override
    public @Nullable String getMessage() {
      String message = original.getMessage();
      if (message == null) {
        return null;
      }
      StringBuilder escaped = new StringBuilder(message.length());
      escape(escaped, message, false);
      return escaped.toString();
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
