package io.hydrasync.bench.relay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * A connection to a relay on which a {@link Wire} joins, whoever holds its socket. It blocks, and
 * the load driver closes it. Not thread-safe.
 */
public interface Link {
  /** Writes all of these bytes. */
  void write(byte[] bytes) throws IOException;

  /**
   * Reads that many bytes.
   *
   * @throws IOException if the connection ends before
   */
  byte[] read(int count) throws IOException;

  /**
   * A link over a socket of this JVM.
   *
   * @param channel connected and blocking
   */
  record Socket(SocketChannel channel) implements Link {
    /** Connects, without delays. */
    public static Socket connect(InetSocketAddress address) throws IOException {
      SocketChannel channel = SocketChannel.open(address);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      return new Socket(channel);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    @Override
    public byte[] read(int count) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(count);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          throw new IOException("the relay closed the connection");
        }
      }
      return buffer.array();
    }
  }
}
