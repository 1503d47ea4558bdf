package io.hydrasync.bench.client;

import java.nio.ByteBuffer;

/**
 * A way to get messages from one producer to some consumers in this JVM, over the network, with the
 * client that its users use. The sender belongs to one thread, each receiver to another.
 */
public interface Peer extends AutoCloseable {
  /** The producer; every consumer is there. */
  Sender sender();

  /** One of the consumers. */
  Receiver receiver(int index);

  /** Whether a producer that is too fast loses messages, so that the harness must hold it back. */
  boolean losesMessages();

  @Override
  void close();

  /** Sends. */
  interface Sender {
    /** Sends a message, soon. The array belongs to the caller again when this returns. */
    void send(byte[] message, int length) throws Exception;

    /** Sends what is still kept. */
    void flush() throws Exception;
  }

  /** Receives. */
  interface Receiver {
    /** Gives messages to a sink until that has enough. */
    void receive(Sink sink) throws Exception;
  }

  /** Takes messages. */
  interface Sink {
    /**
     * Takes a message.
     *
     * @return false if it was the last one
     */
    boolean accept(byte[] bytes, int offset, int length);

    /**
     * Takes a message.
     *
     * @param message from its position to its limit
     * @return false if it was the last one
     */
    boolean accept(ByteBuffer message);
  }
}
