package io.hydrasync.cli.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import com.google.gson.JsonObject;
import io.hydrasync.protocol.check.Printable;
import org.slf4j.event.KeyValuePair;

/**
 * One JSON object a line, the event's own keys beside time, level, logger and message. What would
 * do something to a terminal is escaped, as JSON permits.
 */
final class JsonLines extends Lines {
  @Override
  public byte[] encode(ILoggingEvent event) {
    JsonObject line = new JsonObject();
    line.addProperty("time", event.getInstant().toString());
    line.addProperty("level", event.getLevel().toString());
    line.addProperty("logger", event.getLoggerName());
    line.addProperty("message", event.getFormattedMessage());
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        if (pair.value instanceof Number number) {
          line.addProperty(pair.key, number);
        } else {
          line.addProperty(pair.key, String.valueOf(pair.value));
        }
      }
    }
    if (event.getThrowableProxy() != null) {
      line.addProperty("exception", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return (Printable.line(line.toString()) + "\n").getBytes(UTF_8);
  }
}
