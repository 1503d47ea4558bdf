package io.hydrasync.bench.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The peers' text protocols, as little of them as a load needs. */
final class TextWires {
  private TextWires() {}

  private static void await(SocketChannel channel, String end) throws IOException {
    StringBuilder seen = new StringBuilder();
    while (seen.indexOf(end) < 0) {
      seen.append((char) Wire.read(channel, 1)[0]);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  /** PUB and SUB of NATS; each session is a subject. */
  record Nats(InetSocketAddress relay) implements Wire {
    private static final String CONNECT =
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"raw\",\"version\":\"1\","
            + "\"protocol\":1}\r\n";

    @Override
    public Traffic.Layout layout(int messageBytes) {
      byte[] sent = ascii("PUB s " + messageBytes + "\r\n");
      byte[] received = ascii("MSG s 1 " + messageBytes + "\r\n");
      return new Traffic.Layout(
          sent, received, messageBytes, ascii("\r\n"), sent.length, received.length);
    }

    @Override
    public SocketChannel producer(int session) throws IOException {
      return open("PING\r\n");
    }

    @Override
    public SocketChannel consumer(int session) throws IOException {
      return open("SUB s 1\r\nPING\r\n");
    }

    @Override
    public byte[] interjection() {
      return ascii("PING\r\n"); // one or two seconds after connecting, whatever the interval is
    }

    private SocketChannel open(String then) throws IOException {
      SocketChannel channel = Wire.connect(relay);
      Wire.write(channel, ascii(CONNECT + then));
      await(channel, "PONG\r\n");
      return channel;
    }

    @Override
    public ByteBuffer opening() {
      return ByteBuffer.allocate(0);
    }
  }

  /** PUBLISH and SUBSCRIBE of Redis. */
  record Redis(InetSocketAddress relay) implements Wire {
    @Override
    public Traffic.Layout layout(int messageBytes) {
      byte[] sent = ascii("*3\r\n$7\r\nPUBLISH\r\n$1\r\ns\r\n$" + messageBytes + "\r\n");
      byte[] received = ascii("*3\r\n$7\r\nmessage\r\n$1\r\ns\r\n$" + messageBytes + "\r\n");
      return new Traffic.Layout(
          sent, received, messageBytes, ascii("\r\n"), sent.length, received.length);
    }

    @Override
    public SocketChannel producer(int session) throws IOException {
      return Wire.connect(relay);
    }

    @Override
    public SocketChannel consumer(int session) throws IOException {
      SocketChannel channel = Wire.connect(relay);
      Wire.write(channel, ascii("*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\ns\r\n"));
      await(channel, ":1\r\n");
      return channel;
    }

    @Override
    public ByteBuffer opening() {
      return ByteBuffer.allocate(0);
    }
  }
}
