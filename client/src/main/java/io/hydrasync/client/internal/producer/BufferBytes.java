package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.stream.HeapShare;
import java.nio.ByteBuffer;

/**
 * What an application's buffer holds, as an array: the buffer's own where it shows one, else a copy
 * in an array that is used again. Neither moves the buffer's position. Covered by the producer's
 * lock; whoever asks has looked at the length.
 */
public final class BufferBytes {
  private byte[] copied = new byte[0];

  /**
   * The array, to be read from {@link #offset} on, as long as the buffer has bytes remaining.
   *
   * @throws io.hydrasync.protocol.ProtocolException TOO_BIG if there is no memory for a copy
   */
  public byte[] array(ByteBuffer message) {
    if (message.hasArray()) {
      return message.array();
    }
    int length = message.remaining();
    if (copied.length < length) {
      copied = HeapShare.OF_THIS_JVM.array("a message", length);
    }
    message.get(message.position(), copied, 0, length);
    return copied;
  }

  /** Where the message begins in its {@link #array}. */
  public static int offset(ByteBuffer message) {
    return message.hasArray() ? message.arrayOffset() + message.position() : 0;
  }
}
