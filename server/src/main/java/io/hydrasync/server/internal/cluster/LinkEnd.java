package io.hydrasync.server.internal.cluster;

/** Why a link has ended, or could not be made. */
public enum LinkEnd {
  /** The other node is not the session's owner. */
  NO_SESSION,
  /** The other node does not take our credential, or this port is not for links. */
  UNAUTHORIZED,
  /** No connection, or no JOINED with the HEAD that it promises. */
  UNREACHABLE,
  /** The connection broke, or was silent. */
  BROKEN,
  /** STATE 2: the session is over at its owner. */
  OVER,
  /** The owner's last epoch is lower than the mirror's. */
  LOWER_EPOCH
}
