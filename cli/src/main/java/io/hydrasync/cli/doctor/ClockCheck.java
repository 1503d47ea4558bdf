package io.hydrasync.cli.doctor;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.cli.admin.AdminOptions;
import io.hydrasync.cli.admin.AdminReply;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.check.ClockText;
import java.time.Clock;
import java.util.Locale;

/**
 * How far a relay's clock is from this one. The relay's time is taken to be that of the middle
 * between question and answer; it cannot be further from it than half of what passed in between, so
 * the quickest of a few answers tells most.
 */
final class ClockCheck {
  private static final int QUESTIONS = 5;
  private static final double MILLIS_IN_NANOS = 1e6;
  private static final double MUCH_MILLIS = 1_000;

  /** From here on it is no drift, and nobody counts milliseconds. */
  private static final double WRONG_MILLIS = 60_000;

  /** From here on a relay refuses a producer ({@code wire2.md} section 6, "Relay"). */
  private static final double REFUSED_MILLIS = 86_400_000;

  private ClockCheck() {}

  /** Connects, asks, and says what came of it. */
  static Finding of(HydraAdmin.Builder relay) {
    try (HydraAdmin admin = relay.connect()) {
      return ask(admin);
    } catch (HydraException e) {
      return Finding.warn("clock", "the relay does not tell the time: " + Failures.describe(e));
    } catch (IllegalArgumentException e) {
      return Finding.note("clock", "this relay does not tell the time");
    }
  }

  /** Asks one that is connected. Throws as {@link AdminOptions#ask} does. */
  static Finding ask(HydraAdmin admin) {
    Answer best = ask(admin, Clock.systemUTC());
    for (int i = 1; i < QUESTIONS; i++) {
      Answer next = ask(admin, Clock.systemUTC());
      best = next.uncertainty < best.uncertainty ? next : best;
    }
    return best.finding();
  }

  private static Answer ask(HydraAdmin admin, Clock clock) {
    double before = clock.millis();
    long began = System.nanoTime();
    JsonObject reply = AdminOptions.ask(admin, AdminOptions.request("status")).shown();
    double half = (System.nanoTime() - began) / MILLIS_IN_NANOS / 2;
    JsonElement time = reply.get("timeMs");
    if (time == null) {
      throw new IllegalArgumentException("a relay of an earlier version");
    }
    long theirs = AdminReply.reading(time::getAsLong);
    return new Answer(before + half, theirs - before - half, half);
  }

  /**
   * What one answer tells.
   *
   * @param here milliseconds since 1970 by this machine's clock, when the relay told its time
   * @param ahead milliseconds by which the relay's clock is ahead
   * @param uncertainty milliseconds by which this may be wrong
   */
  record Answer(double here, double ahead, double uncertainty) {
    Finding finding() {
      double least = Math.abs(ahead) - uncertainty - 1; // both clocks show whole milliseconds
      if (least <= 0) {
        return Finding.ok(
            "clock", text("as the relay's, as far as %s can tell", time(uncertainty + 1)));
      }
      if (least > WRONG_MILLIS) {
        return wrong(least > REFUSED_MILLIS);
      }
      String what =
          text(
              "the relay's is %s by %s, give or take %s",
              ahead > 0 ? "ahead" : "behind", time(Math.abs(ahead)), time(uncertainty + 1));
      return least > MUCH_MILLIS
          ? Finding.warn("clock", what + "; the times in logs differ, nothing else does")
          : Finding.ok("clock", what);
    }

    private static String time(double millis) {
      return Units.time(Math.rint(millis) / 1e3); // it is not known any better
    }

    private Finding wrong(boolean refused) {
      long ours = Math.round(here);
      long theirs = Math.round(here + ahead);
      String what =
          text(
              "this machine's says %s, the relay's %s: %s %s; one of the two is wrong",
              ClockText.utc(ours),
              ClockText.utc(theirs),
              ClockText.apart(ours, theirs),
              ahead > 0 ? "ahead" : "behind");
      return refused
          ? Finding.fail(
              "clock",
              what
                  + ", and with clocks that are more than a day apart producers and consumers are"
                  + " refused")
          : Finding.warn("clock", what + ": the times in logs differ, nothing else does");
    }

    private static String text(String format, Object... values) {
      return String.format(Locale.ROOT, format, values);
    }
  }
}
