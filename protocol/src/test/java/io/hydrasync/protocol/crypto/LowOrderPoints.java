package io.hydrasync.protocol.crypto;

import java.util.List;
import java.util.stream.Stream;

/** The points of low order that cr.yp.to/ecdh.html lists, in every encoding of 32 bytes. */
public final class LowOrderPoints {
  private static final List<String> BELOW_2_255 =
      List.of(
          // 0 and 1, of order 4 and 1 on the curve or its twist.
          "0000000000000000000000000000000000000000000000000000000000000000",
          "0100000000000000000000000000000000000000000000000000000000000000",
          // Both of order 8.
          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
          // p - 1, and not canonical: p (= 0) and p + 1 (= 1).
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");

  private LowOrderPoints() {}

  /** Those below 2^255, and the same with the bit set that RFC 7748 section 5 ignores. */
  public static List<String> all() {
    return Stream.concat(
            BELOW_2_255.stream(), BELOW_2_255.stream().map(LowOrderPoints::withHighBit))
        .toList();
  }

  /** Listed with the others, but of low order only where the highest bit is not ignored. */
  static List<String> onlyWithoutMasking() {
    return List.of(
        "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
        "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
        "d9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  }

  private static String withHighBit(String point) {
    int last = Integer.parseInt(point.substring(62), 16);
    return point.substring(0, 62) + "%02x".formatted(last | 0x80);
  }
}
