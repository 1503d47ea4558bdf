package io.hydrasync.cli.demo;

import io.hydrasync.cli.console.Style;

/** What a participant of the demo is doing, in few words. */
enum Stage {
  /** The producer. */
  SENDING("sending", Style.PLAIN),
  /** The producer has sent everything, but somebody has not come yet. */
  AWAITING("waits for all", Style.YELLOW),
  /** The producer has ended. */
  ENDED("has sent everything", Style.GREEN),
  /** A consumer that is still to come. */
  ABSENT("not there yet", Style.PLAIN),
  /** A consumer that does what it should. */
  THERE("", Style.PLAIN),
  /** A consumer that came when much had been sent. */
  LATE("late", Style.CYAN),
  /** A consumer that takes little for a while. */
  SLOW("slow", Style.YELLOW),
  /** A consumer that has got the end. */
  WHOLE("has everything", Style.GREEN),
  /** Either. */
  FAILED("failed", Style.RED);

  private final String words;
  private final Style style;

  Stage(String words, Style style) {
    this.words = words;
    this.style = style;
  }

  String words() {
    return words;
  }

  Style style() {
    return style;
  }
}
