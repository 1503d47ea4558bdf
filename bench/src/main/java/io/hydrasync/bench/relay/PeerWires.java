package io.hydrasync.bench.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;

/** The peers' protocols, as little of them as a load needs. Each session is a subject. */
final class PeerWires {
  private PeerWires() {}

  private static void await(Link link, String end) throws IOException {
    StringBuilder seen = new StringBuilder();
    while (seen.indexOf(end) < 0) {
      seen.append((char) link.read(1)[0]);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  private static String subject(int session) {
    return session == 0 ? "s" : "s" + session;
  }

  /** A peer that listens at one address and names a session in each message. */
  private interface Peer extends Wire {
    InetSocketAddress relay();

    @Override
    default boolean isAlikeInAllSessions() {
      return false;
    }

    @Override
    default InetSocketAddress address(int session) {
      return relay();
    }
  }

  /** PUB and SUB of NATS. */
  record Nats(InetSocketAddress relay) implements Peer {
    private static final String CONNECT =
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"raw\",\"version\":\"1\","
            + "\"protocol\":0}\r\n"; // 1 would bring INFO again, later

    @Override
    public Traffic.Layout layout(int session, int messageBytes) {
      byte[] sent = ascii("PUB " + subject(session) + " " + messageBytes + "\r\n");
      byte[] received = ascii("MSG " + subject(session) + " 1 " + messageBytes + "\r\n");
      return new Traffic.Layout(
          sent, received, messageBytes, ascii("\r\n"), sent.length, received.length);
    }

    @Override
    public void producer(Link link, int session) throws IOException {
      open(link, "PING\r\n");
    }

    @Override
    public void consumer(Link link, int session) throws IOException {
      open(link, "SUB " + subject(session) + " 1\r\nPING\r\n");
    }

    @Override
    public byte[] interjection() {
      return ascii("PING\r\n"); // one or two seconds after connecting, whatever the interval is
    }

    private static void open(Link link, String then) throws IOException {
      link.write(ascii(CONNECT + then));
      await(link, "PONG\r\n");
    }
  }

  /** PUBLISH and SUBSCRIBE of Redis and Valkey. */
  record Redis(InetSocketAddress relay) implements Peer {
    @Override
    public Traffic.Layout layout(int session, int messageBytes) {
      String rest = bulk(subject(session)) + "$" + messageBytes + "\r\n";
      byte[] sent = ascii("*3\r\n$7\r\nPUBLISH\r\n" + rest);
      byte[] received = ascii("*3\r\n$7\r\nmessage\r\n" + rest);
      return new Traffic.Layout(
          sent, received, messageBytes, ascii("\r\n"), sent.length, received.length);
    }

    private static String bulk(String text) {
      return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    @Override
    public void producer(Link link, int session) {
      // ready as it is
    }

    @Override
    public void consumer(Link link, int session) throws IOException {
      link.write(ascii("*2\r\n$9\r\nSUBSCRIBE\r\n" + bulk(subject(session))));
      await(link, ":1\r\n");
    }
  }

  /** MQTT 3.1.1, QoS 0: a message looks the same from the producer and to a consumer. */
  record Mqtt(InetSocketAddress relay) implements Peer {
    private static final int PUBLISH = 0x30;
    // CONNECT: protocol MQTT level 4, clean session, no keep-alive, the server gives the name.
    private static final byte[] CONNECT = {0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0};
    private static final byte[] ACCEPTED = {0x20, 2, 0, 0};
    private static final byte[] SUBSCRIBED = {(byte) 0x90, 3, 0, 1, 0};

    @Override
    public Traffic.Layout layout(int session, int messageBytes) {
      byte[] topic = string(subject(session));
      byte[] prefix = packet(PUBLISH, topic.length + messageBytes, topic);
      return new Traffic.Layout(
          prefix, prefix, messageBytes, new byte[0], prefix.length, prefix.length);
    }

    @Override
    public void producer(Link link, int session) throws IOException {
      link.write(CONNECT);
      expect(link, ACCEPTED);
    }

    @Override
    public void consumer(Link link, int session) throws IOException {
      producer(link, session);
      byte[] filter = string(subject(session));
      byte[] body = Arrays.copyOf(new byte[] {0, 1}, 2 + filter.length + 1); // ends with QoS 0
      System.arraycopy(filter, 0, body, 2, filter.length);
      link.write(packet(0x82, body.length, body));
      expect(link, SUBSCRIBED);
    }

    private static void expect(Link link, byte[] answer) throws IOException {
      byte[] found = link.read(answer.length);
      if (!Arrays.equals(found, answer)) {
        throw new IOException("the broker answered " + Arrays.toString(found));
      }
    }

    private static byte[] string(String text) {
      byte[] bytes = ascii("  " + text);
      bytes[0] = (byte) (text.length() >> 8);
      bytes[1] = (byte) text.length();
      return bytes;
    }

    /** The beginning of a packet: type, length in groups of seven bits, content. */
    private static byte[] packet(int type, int length, byte[] content) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.write(type);
      int rest = length;
      for (; rest > 0x7F; rest >>= 7) {
        out.write(rest & 0x7F | 0x80);
      }
      out.write(rest);
      out.writeBytes(content);
      return out.toByteArray();
    }
  }
}
