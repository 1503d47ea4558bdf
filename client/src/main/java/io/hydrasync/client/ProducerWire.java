package io.hydrasync.client;

import io.hydrasync.protocol.RelayKey;
import java.nio.ByteBuffer;
import java.time.Duration;

/** What a {@link HydraProducer} does over one wire; its methods are described there. */
interface ProducerWire {
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

  void close();

  void abort();

  void leave();
}
