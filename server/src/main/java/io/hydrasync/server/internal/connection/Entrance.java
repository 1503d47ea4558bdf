package io.hydrasync.server.internal.connection;

/** The stage in which a client has joined, until its next one has begun. On the client's loop. */
public interface Entrance {
  /**
   * The next stage has begun: it takes what has been read behind the join, then reading goes on. If
   * the client's end has been read as well, the connection closes now, as it would have then.
   */
  void handOver(Stage next);

  /**
   * Its place is still taken. Reads once, so that a client that goes away is noticed. What has been
   * read shows that it wanted to send something, be it gone by now: that is kept, and no more is
   * read.
   */
  void waitForPlace();
}
