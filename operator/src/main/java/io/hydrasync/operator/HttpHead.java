package io.hydrasync.operator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;

/**
 * The head of an HTTP/1 request (RFC 9112), as far as GETs without a body need it.
 *
 * @param method such as GET
 * @param path from the target, without a query
 * @param host the field Host, if there is one
 */
record HttpHead(String method, String path, Optional<String> host) {
  /** The longest head in bytes. */
  static final int MAX_BYTES = 8 << 10;

  private static final int MAX_METHOD = 16;
  private static final String VERSION = " HTTP/";

  /**
   * Where a head ends: with its empty line, or with its first line if that is no request. Who
   * speaks something else, a hydra client perhaps, is answered at once.
   *
   * @param bytes hold what has come
   * @param from where it had not ended yet
   * @param length how much has come
   * @return the place behind that line, or -1 if it has not come
   */
  static int end(byte[] bytes, int from, int length) {
    int first = 0;
    while (first < length && bytes[first] != '\n') {
      first++;
    }
    if (first >= from && first < length && !isRequest(bytes, first)) {
      return first + 1;
    }
    for (int i = Math.max(1, from - 2); i < length; i++) {
      boolean empty = bytes[i - 1] == '\n' || i > 1 && bytes[i - 1] == '\r' && bytes[i - 2] == '\n';
      if (bytes[i] == '\n' && empty) {
        return i + 1;
      }
    }
    return -1;
  }

  private static boolean isRequest(byte[] bytes, int length) {
    return new String(bytes, 0, length, ISO_8859_1).contains(VERSION);
  }

  /**
   * Reads a head.
   *
   * @param length up to {@link #end}
   * @throws IllegalArgumentException if it is none
   */
  static HttpHead parse(byte[] bytes, int length) {
    Lines lines = new Lines(new String(bytes, 0, length, ISO_8859_1));
    String request = lines.next();
    int space = request.indexOf(' ');
    int last = request.lastIndexOf(' ');
    String version = request.substring(last + 1);
    boolean http = version.equals("HTTP/1.1") || version.equals("HTTP/1.0");
    if (space < 1 || last == space || !http) {
      throw new IllegalArgumentException("not a request line");
    }
    String method = request.substring(0, space);
    String target = request.substring(space + 1, last);
    if (method.length() > MAX_METHOD || !method.chars().allMatch(HttpHead::isToken)) {
      throw new IllegalArgumentException("not a method");
    }
    if (!target.startsWith("/") || target.indexOf(' ') >= 0) {
      throw new IllegalArgumentException("not a path");
    }
    int query = target.indexOf('?');
    return new HttpHead(method, query < 0 ? target : target.substring(0, query), host(lines));
  }

  private static Optional<String> host(Lines lines) {
    Optional<String> host = Optional.empty();
    for (String line = lines.next(); !line.isEmpty(); line = lines.next()) {
      int colon = line.indexOf(':');
      if (colon < 1 || !line.chars().limit(colon).allMatch(HttpHead::isToken)) {
        throw new IllegalArgumentException("not a header field");
      }
      if (line.regionMatches(true, 0, "host", 0, colon) && colon == "host".length()) {
        if (host.isPresent()) {
          throw new IllegalArgumentException("more than one host");
        }
        host = Optional.of(line.substring(colon + 1).strip());
      }
    }
    return host;
  }

  private static boolean isToken(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }

  /** The lines of a head, which hold no controls but tabs. */
  private static final class Lines {
    private final String text;
    private int at;

    Lines(String text) {
      this.text = text;
    }

    String next() {
      int end = text.indexOf('\n', at);
      if (end < 0) {
        throw new IllegalArgumentException("no empty line at the end");
      }
      String line = text.substring(at, end > at && text.charAt(end - 1) == '\r' ? end - 1 : end);
      if (line.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7F)) {
        throw new IllegalArgumentException("a control character");
      }
      at = end + 1;
      return line;
    }
  }
}
