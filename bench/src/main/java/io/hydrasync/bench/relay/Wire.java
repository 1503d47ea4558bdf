package io.hydrasync.bench.relay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** A relay's protocol as far as a load driver speaks it: join, then bytes. */
public interface Wire {
  /** How messages of a size look in a session. */
  Traffic.Layout layout(int session, int messageBytes);

  /** Whether messages look the same in all sessions. */
  boolean isAlikeInAllSessions();

  /** Where connections of a session go. */
  InetSocketAddress address(int session);

  /** Where connections of a session's consumers go, if that is another place. */
  default InetSocketAddress consumerAddress(int session) {
    return address(session);
  }

  /** Makes a connection that of a session's producer, ready to send. */
  void producer(Link link, int session) throws IOException;

  /** Makes a connection that of a session's consumer, subscribed already. */
  void consumer(Link link, int session) throws IOException;

  /** What a producer sends, and every consumer receives, in front of the messages. */
  default ByteBuffer opening() {
    return ByteBuffer.allocate(0);
  }

  /** What a relay may send to a consumer between two messages, which counts for nothing. */
  default byte[] interjection() {
    return new byte[0];
  }
}
