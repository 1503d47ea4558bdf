package io.hydrasync.protocol.wire.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.check.Arguments;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * PEERS, relay to client: {@code n u8}, then n times {@code length u8, "host:port"} in ASCII
 * ({@code wire2.md} section 14). Sent after JOINED, and when it has changed.
 *
 * @param addresses of the relays that serve the same sessions, the sender's own first; at most 255
 */
public record PeersMessage(List<RelayAddress> addresses) implements Control {
  /** The type of PEERS. */
  public static final int TYPE = 0xC1;

  /** So many addresses are used by a client. */
  public static final int MAX_USED = 16;

  private static final int MAX_U8 = 255;

  /**
   * Copies the list.
   *
   * @param addresses the sender's own first
   * @throws IllegalArgumentException if there are too many addresses, or one is too long as text or
   *     has a zone
   */
  public PeersMessage {
    addresses = List.copyOf(addresses);
    Arguments.between(addresses.size(), "a number of addresses", 0, MAX_U8);
    for (RelayAddress address : addresses) {
      Arguments.between(address.toString().length(), "the length of an address", 1, MAX_U8);
      if (address.hasZone()) {
        throw new IllegalArgumentException("a zone means something on one machine only");
      }
    }
  }

  /** One that is cut short or holds what is no address is ignorable, see {@link UnreadMessage}. */
  static Control read(ByteBuffer in) {
    try {
      int count = in.hasRemaining() ? Bodies.u8(in) : MAX_U8;
      List<RelayAddress> addresses = new ArrayList<>(Math.min(count, MAX_USED));
      for (int i = 0; i < count; i++) {
        addresses.add(RelayAddress.parse(text(in)));
      }
      return new PeersMessage(addresses);
    } catch (IllegalArgumentException e) {
      return new IgnorableMessage(TYPE);
    }
  }

  /** Every byte is a character, so that what is no ASCII is refused as an address. */
  private static String text(ByteBuffer in) {
    int length = in.hasRemaining() ? Bodies.u8(in) : MAX_U8;
    if (length > in.remaining()) {
      throw new IllegalArgumentException("cut short");
    }
    return new String(Bodies.bytes(in, length), ISO_8859_1);
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return 1 + addresses.stream().mapToInt(address -> 1 + address.toString().length()).sum();
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.put((byte) addresses.size());
    for (RelayAddress address : addresses) {
      byte[] text = address.toString().getBytes(US_ASCII);
      out.put((byte) text.length).put(text);
    }
  }
}
