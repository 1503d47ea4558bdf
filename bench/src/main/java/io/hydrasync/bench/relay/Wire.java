package io.hydrasync.bench.relay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A relay's protocol as far as the load driver speaks it: join, then bytes. */
public interface Wire {
  /** How messages of a size look. */
  Traffic.Layout layout(int messageBytes);

  /** Connects a producer of a session, ready to send; blocking. */
  SocketChannel producer(int session) throws IOException;

  /** Connects a consumer of a session that is subscribed already; blocking. */
  SocketChannel consumer(int session) throws IOException;

  /** What a producer sends, and every consumer receives, in front of the messages. */
  ByteBuffer opening();

  /** What a relay may send to a consumer between two messages, which counts for nothing. */
  default byte[] interjection() {
    return new byte[0];
  }

  /** A connection without delays. */
  static SocketChannel connect(InetSocketAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open(address);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return channel;
  }

  /** Writes all of a buffer to a blocking channel. */
  static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Reads that many bytes from a blocking channel. */
  static byte[] read(SocketChannel channel, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new IOException("the relay closed the connection");
      }
    }
    return buffer.array();
  }
}
