package io.hydrasync.server.internal.connection;

import io.netty.channel.EventLoop;

/** A client that has joined a session, as a part of what a loop has to do. Thread-safe. */
public interface Resident {
  /** What the residents of one session have in common: the same object for all of them. */
  Object session();

  /** Whether the session's decisions are taken on its loop. */
  boolean isProducer();

  /**
   * Brings its connection to another loop, soon, unless that ends meanwhile. Nothing is lost,
   * repeated or reordered by it.
   *
   * @param next any loop of this relay
   */
  void moveTo(EventLoop next);
}
