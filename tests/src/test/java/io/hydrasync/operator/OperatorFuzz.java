package io.hydrasync.operator;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the operator's module parses, for the fuzzer. */
public final class OperatorFuzz {
  private OperatorFuzz() {}

  /** The JSON of an ADMIN request: read or refused. */
  public static void request(byte[] data) {
    try {
      AdminRequest.parse(new String(data, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      // malformed
    }
  }

  /** A request. */
  public static List<byte[]> requestSeeds() {
    return List.of("{\"op\":\"status\",\"n\":1}".getBytes(StandardCharsets.UTF_8));
  }
}
