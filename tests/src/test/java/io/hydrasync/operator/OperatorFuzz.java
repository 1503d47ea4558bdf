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

  /** The head of an HTTP request: not whole yet, read, or refused. */
  public static void httpHead(byte[] data) {
    int end = HttpHead.end(data, 0, data.length);
    if (end >= 0) {
      try {
        HttpHead.parse(data, end);
      } catch (IllegalArgumentException e) {
        // malformed
      }
    }
  }

  /** A head. */
  public static List<byte[]> httpHeadSeeds() {
    return List.of(
        "GET /livez?a HTTP/1.1\r\nHost: localhost:1\r\nA: b\n\r\n"
            .getBytes(StandardCharsets.UTF_8));
  }
}
