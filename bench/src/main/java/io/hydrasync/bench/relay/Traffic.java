package io.hydrasync.bench.relay;

import java.nio.ByteBuffer;
import java.util.Random;

/**
 * The bytes that a producer sends and that each consumer must receive, as two rings of equally many
 * messages. Each message has a body of its own, which stays; its sequence is written as the ring
 * turns. Sessions that are driven at the same time share one. Not thread-safe.
 */
public final class Traffic {
  private static final int RING_BYTES = 8 << 20;
  private static final int LEAST_SLOTS = 8;

  private final ByteBuffer sent;
  private final ByteBuffer received;
  private final Layout layout;
  private final int slots;
  private long generated;

  /**
   * How a message looks on a wire.
   *
   * @param sentPrefix in front of the body, from the producer
   * @param receivedPrefix in front of the body, to a consumer
   * @param bodyBytes bytes of the body, the same on both sides
   * @param suffix behind the body
   * @param sentSeq where the sequence stands in what the producer sends, −1 for nowhere
   * @param receivedSeq where it stands in what a consumer receives
   */
  record Layout(
      byte[] sentPrefix,
      byte[] receivedPrefix,
      int bodyBytes,
      byte[] suffix,
      int sentSeq,
      int receivedSeq) {
    int sentBytes() {
      return sentPrefix.length + bodyBytes + suffix.length;
    }

    int receivedBytes() {
      return receivedPrefix.length + bodyBytes + suffix.length;
    }
  }

  Traffic(Layout layout) {
    this.layout = layout;
    slots = Math.max(LEAST_SLOTS, RING_BYTES / layout.sentBytes());
    sent = ByteBuffer.allocateDirect(slots * layout.sentBytes());
    received = ByteBuffer.allocateDirect(slots * layout.receivedBytes());
    Random random = new Random(7);
    byte[] body = new byte[layout.bodyBytes];
    for (int i = 0; i < slots; i++) {
      random.nextBytes(body);
      sent.put(layout.sentPrefix).put(body).put(layout.suffix);
      received.put(layout.receivedPrefix).put(body).put(layout.suffix);
    }
  }

  /** Traffic that repeats one block for ever. */
  public static Traffic repeating(byte[] block) {
    byte[] none = new byte[0];
    Traffic traffic = new Traffic(new Layout(none, none, block.length, none, -1, -1));
    traffic.received.clear();
    while (traffic.received.hasRemaining()) {
      traffic.received.put(block);
    }
    return traffic;
  }

  Layout layout() {
    return layout;
  }

  int slots() {
    return slots;
  }

  ByteBuffer sent() {
    return sent;
  }

  ByteBuffer received() {
    return received;
  }

  /** Messages that may be sent. */
  long generated() {
    return generated;
  }

  /** Writes sequences as far as the ring reaches beyond what everybody has received. */
  void generate(long everybodyHas) {
    long to = everybodyHas + slots;
    for (; generated < to; generated++) {
      int slot = (int) (generated % slots);
      if (layout.sentSeq >= 0) {
        sent.putLong(slot * layout.sentBytes() + layout.sentSeq, generated);
        received.putLong(slot * layout.receivedBytes() + layout.receivedSeq, generated);
      }
    }
  }
}
