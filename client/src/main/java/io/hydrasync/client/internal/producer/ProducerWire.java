package io.hydrasync.client.internal.producer;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayKey;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalInt;

/** What a {@code HydraProducer} does over one wire; its methods are described there. */
public interface ProducerWire {
  void broadcast(byte[] message);

  void broadcast(ByteBuffer message);

  boolean tryBroadcast(ByteBuffer message);

  void write(byte[] message);

  void write(ByteBuffer message);

  void flush();

  boolean flush(Duration timeout) throws InterruptedException;

  int consumers();

  boolean awaitConsumers(int count, Duration timeout) throws InterruptedException;

  long acknowledged();

  long unacknowledgedBytes();

  RelayKey relayKey();

  int maxMessageBytes();

  default OptionalInt packetBytes() {
    return OptionalInt.empty();
  }

  long ringBytes();

  void close();

  /**
   * As {@link #close()}, but gives up.
   *
   * @param nanos {@code Long.MAX_VALUE} = for ever
   */
  void close(long nanos);

  long unreadFrames();

  void abort();

  void leave();

  /**
   * What close() throws when the producer has failed before. Not that failure itself, which has
   * been thrown already: try-with-resources would add it to itself, which Java refuses with an
   * exception that hides both.
   */
  static ConnectionException notEnded(HydraException failure) {
    return new ConnectionException(
        failure.code(), "the session was not ended: " + failure.getMessage(), failure);
  }
}
