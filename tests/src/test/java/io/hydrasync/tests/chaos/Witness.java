package io.hydrasync.tests.chaos;

import java.time.Duration;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;

/**
 * Sees what a client finds wrong and mends by itself, by another connection: each {@code
 * AuthenticationException} that is made in this process, whoever catches it. With relays that are
 * honest there is none. The flight recorder of the JVM tells, so that clients need no hook.
 */
final class Witness {
  private static final String EVENT = "jdk.JavaExceptionThrow";
  private static final String UNVERIFIED = "io.hydrasync.protocol.AuthenticationException";
  private static final Duration KEPT = Duration.ofMinutes(1);

  private Witness() {}

  /** From now on until the process ends. */
  static void start(ClientLog log) {
    RecordingStream events = new RecordingStream();
    events.enable(EVENT).withoutStackTrace();
    events.setMaxAge(KEPT);
    events.onEvent(EVENT, event -> tell(event, log));
    events.startAsync();
  }

  private static void tell(RecordedEvent event, ClientLog log) {
    if (event.getClass("thrownClass").getName().equals(UNVERIFIED)) {
      log.say(Finding.Kind.UNVERIFIED + " " + event.getString("message"));
    }
  }
}
