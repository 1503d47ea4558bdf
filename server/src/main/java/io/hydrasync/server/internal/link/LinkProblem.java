package io.hydrasync.server.internal.link;

/**
 * Why there is no link.
 *
 * @param kind what it means
 * @param retryMs when the other node wants to be asked again, 0 where it has not said so
 * @param text for the log
 */
public record LinkProblem(Kind kind, long retryMs, String text) {
  /** What it means. */
  public enum Kind {
    /** The other node does not own the session. */
    NO_SESSION,
    /** It does not let this one in, or is not who it should be. */
    UNAUTHORIZED,
    /** It could not be reached, did not answer, or closed the connection. */
    UNREACHABLE,
    /** It said something else. */
    REFUSED
  }
}
