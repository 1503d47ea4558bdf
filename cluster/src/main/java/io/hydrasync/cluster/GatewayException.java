package io.hydrasync.cluster;

import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.DirectoryException.Kind;

/** A request to etcd that has failed, by what that means for who asked. */
final class GatewayException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What it means. */
  enum Reason {
    /** No answer, or none that tells whether it was done. */
    UNKNOWN,
    /** Its store is full. */
    FULL,
    /** What the request names, a lease, is not there. */
    NOT_FOUND,
    /** The revision that it names has been compacted, or is still to come. */
    OUT_OF_RANGE,
    /** The answer is longer than it may be. */
    TOO_LONG,
    /** No right, a wrong password, no gateway, a request that it does not take. */
    REFUSED,
    /** The directory has been closed. */
    CLOSED
  }

  private final Reason reason;

  GatewayException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }

  /** What users of the directory are told of a failure. */
  static DirectoryException told(Throwable failure) {
    Kind kind = failure instanceof GatewayException known ? known.kind() : Kind.UNREACHABLE;
    return new DirectoryException(kind, String.valueOf(failure.getMessage()), failure);
  }

  private Kind kind() {
    return switch (reason) {
      case UNKNOWN, TOO_LONG -> Kind.UNREACHABLE;
      case FULL -> Kind.NOT_WRITABLE;
      case NOT_FOUND, OUT_OF_RANGE, REFUSED -> Kind.REFUSED;
      case CLOSED -> Kind.CLOSED;
    };
  }
}
