package io.hydrasync.tests.network;

import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.Passage;
import io.hydrasync.testing.RelayProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;

/**
 * Stands between a client and the relay, and may change, drop, repeat or reorder the frames that
 * the relay sends. It knows the framing, and no key.
 */
public final class FrameProxy implements AutoCloseable {
  /** In the place of a frame: the connection ends here. */
  public static final byte[] CUT = {};

  private final RelayProxy proxy;

  /** What happens to a frame on its way to the client. */
  public interface Tap {
    /**
     * Decides what becomes of a relayed frame.
     *
     * @param connection number of the connection, from 0
     * @param index number of the relayed frame on it, from 0, HEADs included
     * @param frame the whole frame; may be changed
     * @return what is sent instead, possibly nothing
     */
    byte[][] apply(int connection, int index, byte[] frame);
  }

  public FrameProxy(InetSocketAddress relay, Tap tap) {
    proxy =
        RelayProxy.builder(relay)
            .passages(
                link ->
                    link.direction() == Link.Direction.TO_CLIENT
                        ? new Frame(tap)
                        : Passage.UNCHANGED)
            .start();
  }

  public InetSocketAddress address() {
    return proxy.address();
  }

  /** How many connections there have been. */
  public int connections() {
    return proxy.connections();
  }

  /** How many bytes the clients have sent. */
  public long bytesToRelay() {
    return proxy.bytes(Link.Direction.TO_RELAY);
  }

  /** Gathers what the relay sends: its handshake message, then one frame after another. */
  private static final class Frame implements Passage {
    private final Tap tap;
    private byte[] gathered = new byte[Handshake.MESSAGE_2_LENGTH];
    private int count;
    private boolean handshake = true;
    private int index;

    Frame(Tap tap) {
      this.tap = tap;
    }

    /** No more than is missing, so that whatever comes belongs to one piece. */
    @Override
    public int most() {
      return missing();
    }

    private int missing() {
      if (handshake || count < Frames.LEN_BYTES) {
        return (handshake ? gathered.length : Frames.LEN_BYTES) - count;
      }
      return Math.toIntExact(Frames.LEN_BYTES + Frames.u32(gathered, 0) - count);
    }

    @Override
    public void pass(Link link, byte[] bytes, int length) throws IOException {
      if (count + length > gathered.length) {
        gathered = Arrays.copyOf(gathered, Math.max(2 * gathered.length, count + length));
      }
      System.arraycopy(bytes, 0, gathered, count, length);
      count += length;
      if (missing() == 0) {
        whole(link, Arrays.copyOf(gathered, count));
        count = 0;
      }
    }

    private void whole(Link link, byte[] piece) throws IOException {
      if (handshake || piece[Frames.TYPE_OFFSET] == Frames.SEALED) {
        handshake = false;
        link.write(piece, 0, piece.length);
        return;
      }
      for (byte[] instead : tap.apply(link.connection(), index++, piece)) {
        if (instead == CUT) {
          link.cut(Link.Cut.FIN);
          throw new IOException("cut");
        }
        link.write(instead, 0, instead.length);
      }
    }
  }

  @Override
  public void close() {
    proxy.close();
  }
}
