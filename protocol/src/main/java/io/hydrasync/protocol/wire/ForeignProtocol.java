package io.hydrasync.protocol.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Protocols that are often spoken to the wrong port, known by their first bytes. What begins like
 * one of ours does so with random bytes, which look like this once in 2^36 connections or less
 * often. Stateless.
 */
public enum ForeignProtocol {
  /** HTTP/1, and HTTP/2 without TLS. */
  HTTP(
      "HTTP",
      "(GET|HEAD|POST|PUT|PATCH|DELETE|TRACE) (/|http)|OPTIONS [/*]|CONNECT [\\w.\\[:-]+ HTTP|PRI \\* HTTP/2",
      "HTTP/[0-9]\\.|\0[\0-\377]{2}\4\0\0\0\0\0"),
  /** A ClientHello, or what a server answers, of TLS 1.0 to 1.3. */
  TLS(
      "TLS",
      "\26\3[\0-\4][\0-\377]{2}\1\0[\0-\377]{2}\3[\0-\4]",
      "\25\3[\0-\4]\0\2[\1\2]|\26\3[\0-\4][\0-\377]{2}\2\0"),
  /** The line of its version. */
  SSH("SSH", "SSH-[12]\\.[0-9]", "SSH-[12]\\.[0-9]"),
  /** Redis and Valkey: RESP, or a command as a line. */
  REDIS(
      "Redis",
      "\\*[0-9]{1,4}\r\n\\$[0-9]|(PING|INFO|QUIT)\r\n",
      "-(ERR|NOAUTH|DENIED|WRONGPASS|MISCONF) |\\+PONG\r\n"),
  /** NATS. */
  NATS("NATS", "(CONNECT|INFO) +\\{|PUB [^ ]+ |SUB [^ ]+ ", "INFO +\\{");

  /** As many bytes as any of them needs. */
  public static final int LENGTH = 64;

  private final String title;
  private final Pattern client;
  private final Pattern server;

  ForeignProtocol(String title, String client, String server) {
    this.title = title;
    this.client = Pattern.compile(client, Pattern.DOTALL);
    this.server = Pattern.compile(server, Pattern.DOTALL);
  }

  /**
   * What a client speaks.
   *
   * @param first holds what it has said so far
   * @param length how many bytes that is
   * @return empty if it is none of these, or cannot be told yet
   */
  public static Optional<ForeignProtocol> ofClient(byte[] first, int length) {
    String text = text(first, length);
    for (ForeignProtocol each : values()) {
      if (each.client.matcher(text).lookingAt()) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /**
   * What a server speaks.
   *
   * @param first holds what it has said so far
   * @param length how many bytes that is
   * @return empty if it is none of these, or cannot be told yet
   */
  public static Optional<ForeignProtocol> ofServer(byte[] first, int length) {
    String text = text(first, length);
    for (ForeignProtocol each : values()) {
      if (each.server.matcher(text).lookingAt()) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  private static String text(byte[] first, int length) {
    return new String(first, 0, Math.min(length, LENGTH), ISO_8859_1);
  }

  /** As people call it. */
  @Override
  public String toString() {
    return title;
  }
}
