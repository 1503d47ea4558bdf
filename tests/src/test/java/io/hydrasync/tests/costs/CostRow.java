package io.hydrasync.tests.costs;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.tests.peer.CostClient;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/**
 * One kind of thing that clients can do to a relay.
 *
 * @param group a heading of the table
 * @param name a line of it
 * @param setting makes what it needs, once
 */
record CostRow(String group, String name, Setting setting) {
  /** The group of what a relay does for others because it is asked to. */
  static final String SENT_ON = "sent on";

  /** Makes what a row needs. */
  interface Setting {
    Bursts begin(Scene scene) throws Exception;
  }

  /** Makes one burst after the other, each ready to be sent. */
  interface Bursts {
    Burst next() throws Exception;
  }

  /** Does what is measured. */
  interface Sending {
    void run() throws Exception;
  }

  /**
   * What is measured in one go.
   *
   * @param messages how many
   * @param bytes of all of them, as the relay counts them; 0 where it is connections that count
   * @param piece bytes of one write, 0 where there is no such thing
   * @param batch messages that other threads of the relay check together, for the end of which its
   *     loop is woken; 0 where there is no such thing
   * @param records how many SEALED records there are in them, by the size of a whole one
   * @param sending sends them
   * @param client that is closed behind it
   */
  record Burst(
      long messages,
      long bytes,
      int piece,
      int batch,
      Map<Integer, Long> records,
      Sending sending,
      Closeable client) {
    Burst(long messages, long bytes, int piece, Sending sending, Closeable client) {
      this(messages, bytes, piece, 0, Map.of(), sending, client);
    }

    Burst inBatches(int of) {
      return new Burst(messages, bytes, piece, of, records, sending, client);
    }

    /** As many bytes at a time as a socket takes. */
    static Burst flood(CostClient client, byte[] all, long messages) {
      return inPieces(client, all, messages, CostClient.FLOOD);
    }

    static Burst inPieces(CostClient client, byte[] all, long messages, int piece) {
      return new Burst(
          messages, all.length, piece, 0, records(all), () -> client.send(all, piece), client);
    }

    /** What is no frame of wire 2 has no record, either: its first byte is no SEALED type. */
    static Map<Integer, Long> records(byte[] all) {
      Map<Integer, Long> records = new TreeMap<>();
      int at = 0;
      while (all.length - at >= Frames.PREFIX) {
        long size = Frames.LEN_BYTES + Frames.u32(all, at);
        if (size < Frames.PREFIX || size > all.length - at) {
          break;
        }
        if (all[at + Frames.TYPE_OFFSET] == Frames.SEALED) {
          records.merge((int) size, 1L, Long::sum);
        }
        at += (int) size;
      }
      return records;
    }

    /** Connections, one after the other. */
    static Burst connections(int count, Sending each) {
      return new Burst(
          count,
          0,
          0,
          () -> {
            for (int i = 0; i < count; i++) {
              each.run();
            }
          },
          () -> {});
    }
  }

  /** What a row has opened, and how much of everything it is to send. */
  static final class Scene implements Closeable {
    private final Deque<Closeable> open = new ArrayDeque<>();
    private final CostProbe probe;
    private final int part;

    /**
     * A scene.
     *
     * @param part one of so many parts of the full numbers is sent
     */
    Scene(CostProbe probe, int part) {
      this.probe = probe;
      this.part = part;
    }

    CostProbe probe() {
      return probe;
    }

    InetSocketAddress relay() {
      return probe.address();
    }

    /** So many of the full number. */
    int some(int full) {
      return Math.max(2, full / part);
    }

    /** As many messages of that size as make a burst. */
    int messages(int bytes) {
      return some(Math.max(4, Math.min(20_000, (1 << 21) / bytes)));
    }

    /** Closed with the scene. */
    <C extends Closeable> C keep(C closeable) {
      open.push(closeable);
      return closeable;
    }

    @Override
    public void close() throws IOException {
      for (Closeable each : open) {
        each.close();
      }
    }
  }
}
