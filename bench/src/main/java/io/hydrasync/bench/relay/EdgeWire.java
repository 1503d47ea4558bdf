package io.hydrasync.bench.relay;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * Wire 2 in a cluster: the producer at one node, all consumers at another one, which has the
 * session by a link. A node lets nobody in before the session's first HEAD, so that is sent at
 * once, and read when joining; as is what a node says of the others and of the producer.
 */
public final class EdgeWire implements Wire {
  private final HydraWire wire;
  private final InetSocketAddress edge;

  /** With the producer at the owner. */
  public EdgeWire(InetSocketAddress owner, InetSocketAddress edge) {
    wire = new HydraWire(owner);
    this.edge = edge;
  }

  @Override
  public Traffic.Layout layout(int session, int messageBytes) {
    return wire.layout(session, messageBytes);
  }

  @Override
  public boolean isAlikeInAllSessions() {
    return true;
  }

  @Override
  public InetSocketAddress address(int session) {
    return wire.address(session);
  }

  @Override
  public InetSocketAddress consumerAddress(int session) {
    return edge;
  }

  @Override
  public void producer(Link link, int session) throws IOException {
    wire.producer(link, session);
    ByteBuffer head = wire.opening();
    byte[] bytes = new byte[head.remaining()];
    head.get(bytes);
    link.write(bytes);
  }

  @Override
  public void consumer(Link link, int session) throws IOException {
    JoinedMessage joined = wire.joinAsConsumer(link, session);
    boolean live = (joined.flags() & JoinedMessage.FLAG_PRODUCER_LIVE) != 0;
    boolean head = false;
    int said = live ? 0 : -1; // PEERS, and STATE where the link has been faster than its news
    while (!head || said < 1) {
      int length = (int) Frames.u32(link.read(Frames.LEN_BYTES), 0);
      byte type = link.read(length)[0];
      if (type == Frames.HEAD) {
        head = true;
      } else {
        said++;
      }
    }
  }
}
