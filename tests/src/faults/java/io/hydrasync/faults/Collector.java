package io.hydrasync.faults;

import io.hydrasync.client.HydraConsumer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A consumer that takes what comes, on a thread of its own. */
final class Collector {
  private final List<Long> numbers = new ArrayList<>();
  private final Attempt<Void> receiving;

  Collector(HydraConsumer consumer) {
    try {
      receiving = Attempt.start(() -> receive(consumer));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private Void receive(HydraConsumer consumer) {
    ByteBuffer message = consumer.receive();
    while (message != null) {
      synchronized (numbers) {
        numbers.add(message.getLong(message.position()));
      }
      message = consumer.receive();
    }
    return null;
  }

  /** The numbers of all messages so far. */
  List<Long> numbers() {
    synchronized (numbers) {
      return List.copyOf(numbers);
    }
  }

  /** Waits until a message has come. */
  void awaitNumber(long number, double seconds) throws InterruptedException {
    Scene.await(() -> numbers().contains(number), seconds, "message " + number);
  }

  /** How it ended; {@link Attempt#returned} after the producer's authenticated end. */
  Attempt<Void> receiving() {
    return receiving;
  }
}
