package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Json;
import io.hydrasync.client.Gap;
import io.hydrasync.client.Stall;
import io.hydrasync.protocol.StreamTruncatedException;
import io.hydrasync.protocol.check.ClockText;
import java.time.Clock;
import java.util.Locale;

/** How recv tells what happens to its stream. */
public final class RecvEvents {
  private RecvEvents() {}

  static void tell(Console console, Gap gap) {
    console.say(
        Json.event("gap")
            .with("stream", gap.stream())
            .with("from", gap.from())
            .with("to", Long.toUnsignedString(gap.to()))
            .with("kind", lower(gap.kind())),
        "missing: frames "
            + gap.from()
            + " to "
            + Long.toUnsignedString(gap.to() - 1)
            + " of stream "
            + gap.stream()
            + ", "
            + lower(gap.kind()));
  }

  static void tell(Console console, StreamTruncatedException truncation) {
    console.say(Json.event("truncated"), "not the whole: " + truncation.getMessage());
  }

  /** Nobody is there who could send, and perhaps nobody ever comes. */
  static void tellAbsence(Console console) {
    console.say(
        Json.event("no_producer"), "nobody has this session open; waiting until somebody sends");
  }

  /** Nothing has come for as long as was to be waited for. */
  static void tellIdle(Console console) {
    console.say(Json.event("idle"), "nothing has come for the idle timeout; that is all");
  }

  /** Somebody was there, and the session has not ended. */
  static void tellGone(Console console, boolean ended) {
    console.say(
        Json.event("producer_gone").with("ended", ended),
        ended
            ? "the producer has ended its stream and gone; waiting for the next one"
            : "the producer is gone; waiting until it comes back, or another one");
  }

  /** Where a consumer began that asked for what there is. */
  static void tellBegin(Console console, long missed) {
    if (missed > 0) {
      console.say(
          Json.event("began").with("missed_before", missed),
          "the first "
              + (missed == 1 ? "frame of this stream is" : missed + " frames of this stream are")
              + " gone; this is what is left");
    }
  }

  public static void tell(Console console, Stall stall, Clock clock) {
    long seconds = stall.by().toSeconds();
    Json event = Json.event("stalled").with("kind", lower(stall.kind())).with("seconds", seconds);
    stall.sentAt().ifPresent(sent -> event.with("sent", ClockText.utc(sent.toEpochMilli())));
    console.say(
        event,
        stall
            .sentAt()
            .map(sent -> late(sent.toEpochMilli(), clock.millis()))
            .orElse("the producer is connected, but nothing has come for " + seconds + " s"));
  }

  private static String late(long sentMs, long nowMs) {
    String apart = ClockText.apart(sentMs, nowMs);
    return "the producer's clock says "
        + ClockText.utc(sentMs)
        + ", this machine's "
        + ClockText.utc(nowMs)
        + ": "
        + (sentMs > nowMs
            ? "one of the two is wrong by " + apart
            : "what comes is " + apart + " late, or one of the two is wrong by that");
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
