package io.hydrasync.server;

/**
 * What a relay is made of is missing, or is there in another version: Netty 4.1 in the place of
 * 4.2, for example, or no slf4j-api. The message says what was found, and where. Nothing has been
 * started; only another class path or module path helps.
 */
public final class UnusableClassPathException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  UnusableClassPathException(String message, Throwable cause) {
    super(message, cause);
  }
}
