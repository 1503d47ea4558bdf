package io.hydrasync.server.internal.admission;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

/**
 * Addresses that limits take as one: an IPv4 address, an IPv6 /64, which is what a single machine
 * can have all of, and the /56 and /48 around it, which is what one customer can have. IPv4 has
 * none around it: neighbours there are strangers to each other, and addresses are dear.
 *
 * @param bits the first {@code length} bits, at the low end
 * @param length 32 for IPv4; 64, 56 or 48 for IPv6
 */
record Prefix(long bits, int length) {
  static final int IPV4 = 32;
  static final int IPV6_MACHINE = 64;
  static final int IPV6_CUSTOMER = 56;
  static final int IPV6_SITE = 48;

  private static final int CUSTOMER_FACTOR = 8;
  private static final int SITE_FACTOR = 32;

  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;
  private static final int IPV6_HALF = 8;
  private static final int MAPPED_BYTES = 12;

  /** {@code 64:ff9b::/96}: an IPv4 client that comes through a translator (RFC 6052). */
  private static final byte[] TRANSLATED = {0, 0x64, (byte) 0xFF, (byte) 0x9B};

  /** Those that an address is in, the narrowest first; none if it is no IP address. */
  static List<Prefix> around(SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return List.of();
    }
    byte[] bytes = inet.getAddress().getAddress();
    if (bytes.length == IPV4_BYTES) {
      return List.of(new Prefix(number(bytes, 0, IPV4_BYTES), IPV4));
    }
    if (isMapped(bytes) || isTranslated(bytes)) {
      return List.of(new Prefix(number(bytes, MAPPED_BYTES, IPV6_BYTES), IPV4));
    }
    long half = number(bytes, 0, IPV6_HALF);
    return List.of(
        new Prefix(half, IPV6_MACHINE),
        new Prefix(half >>> IPV6_MACHINE - IPV6_CUSTOMER, IPV6_CUSTOMER),
        new Prefix(half >>> IPV6_MACHINE - IPV6_SITE, IPV6_SITE));
  }

  /** How many times as much as a single address all that are in it may have together. */
  int factor() {
    return switch (length) {
      case IPV6_CUSTOMER -> CUSTOMER_FACTOR;
      case IPV6_SITE -> SITE_FACTOR;
      default -> 1;
    };
  }

  /** Whether only this machine can have it. */
  static boolean isLoopback(SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return false;
    }
    InetAddress address = inet.getAddress();
    byte[] bytes = address.getAddress();
    return address.isLoopbackAddress() || isMapped(bytes) && bytes[MAPPED_BYTES] == 127;
  }

  /** {@code ::ffff:0:0/96}, which the JDK's own parsers make IPv4, but not all of Netty's. */
  private static boolean isMapped(byte[] bytes) {
    return bytes.length == IPV6_BYTES
        && number(bytes, 0, IPV6_HALF) == 0
        && number(bytes, IPV6_HALF, MAPPED_BYTES) == 0xFFFF;
  }

  private static boolean isTranslated(byte[] bytes) {
    return number(bytes, 0, IPV4_BYTES) == number(TRANSLATED, 0, IPV4_BYTES)
        && number(bytes, IPV4_BYTES, MAPPED_BYTES) == 0;
  }

  private static long number(byte[] bytes, int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      number = number << Byte.SIZE | bytes[i] & 0xFF;
    }
    return number;
  }
}
