package io.hydrasync.cli.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.hydrasync.cli.exit.FatalExit;
import io.hydrasync.protocol.check.JvmErrors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Looks at what libraries log: where one meets a fatal error, logs it and goes on, nobody else
 * hears of it. Thread-safe.
 */
final class FatalErrorFilter extends TurboFilter {
  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    look(thrown);
    if (arguments != null && arguments.length > 0) {
      look(arguments[arguments.length - 1]);
    }
    return FilterReply.NEUTRAL;
  }

  private static void look(@Nullable Object thrown) {
    if (thrown instanceof Throwable error && JvmErrors.isFatal(error)) {
      FatalExit.end(error);
    }
  }
}
