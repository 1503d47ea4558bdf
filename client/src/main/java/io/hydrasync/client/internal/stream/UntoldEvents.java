package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.HydraException;
import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the application has to be told before anything else is delivered, in order. Each event keeps
 * the position before it: who begins there again is told again. Not thread-safe.
 */
final class UntoldEvents {
  private final ArrayDeque<Event> events = new ArrayDeque<>();

  private record Event(HydraException problem, Optional<StreamPosition> before) {}

  void add(HydraException problem, Optional<StreamPosition> before) {
    events.add(new Event(problem, before));
  }

  boolean isEmpty() {
    return events.isEmpty();
  }

  /** The next one, which counts as told now, or null. */
  @Nullable HydraException poll() {
    Event event = events.poll();
    return event == null ? null : event.problem;
  }

  /** Where the application stood before the next one, or null if there is none. */
  @Nullable Optional<StreamPosition> before() {
    Event event = events.peek();
    return event == null ? null : event.before;
  }
}
