package io.hydrasync.tests.network;

import io.hydrasync.tests.support.Step;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between a client and the relay, and may change, drop, repeat or reorder the frames that
 * the relay sends. It knows the framing, and no key.
 */
public final class FrameProxy implements Closeable {
  /** In the place of a frame: the connection ends here. */
  public static final byte[] CUT = {};

  private static final int MESSAGE_2 = 96;
  private static final int SEALED = 0x01;

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

  private final InetSocketAddress relay;
  private final Tap tap;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong toRelay = new AtomicLong();

  public FrameProxy(InetSocketAddress relay, Tap tap) throws IOException {
    this.relay = relay;
    this.tap = tap;
    listener = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    Step.start("test-proxy", this::accept);
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** How many connections there have been. */
  public int connections() {
    return connections.get();
  }

  /** How many bytes the clients have sent. */
  public long bytesToRelay() {
    return toRelay.get();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      Socket server = new Socket(relay.getAddress(), relay.getPort());
      sockets.add(client);
      sockets.add(server);
      int number = connections.getAndIncrement();
      Step.start("test-proxy", () -> forward(client, server));
      Step.start("test-proxy", () -> tapped(number, server, client));
    }
  }

  private void forward(Socket from, Socket to) throws IOException {
    byte[] buffer = new byte[64 << 10];
    InputStream in = from.getInputStream();
    OutputStream out = to.getOutputStream();
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      toRelay.addAndGet(n);
      out.write(buffer, 0, n);
    }
    to.shutdownOutput();
  }

  private void tapped(int number, Socket from, Socket to) throws IOException {
    try (from;
        to) {
      DataInputStream in = new DataInputStream(from.getInputStream());
      OutputStream out = to.getOutputStream();
      out.write(in.readNBytes(MESSAGE_2));
      int index = 0;
      while (true) {
        byte[] frame = readFrame(in);
        if (frame == null) {
          return;
        }
        if ((frame[4] & 0xFF) == SEALED) {
          out.write(frame);
        } else {
          for (byte[] instead : tap.apply(number, index++, frame)) {
            if (instead == CUT) {
              return;
            }
            out.write(instead);
          }
        }
      }
    }
  }

  private static byte[] readFrame(DataInputStream in) throws IOException {
    byte[] length = in.readNBytes(4);
    if (length.length < 4) {
      return null;
    }
    int len =
        (length[0] & 0xFF) << 24
            | (length[1] & 0xFF) << 16
            | (length[2] & 0xFF) << 8
            | length[3] & 0xFF;
    byte[] frame = new byte[4 + len];
    System.arraycopy(length, 0, frame, 0, 4);
    in.readFully(frame, 4, len);
    return frame;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
