package io.hydrasync.server.internal.link;

import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Entrance;

/** Who wants a link. Told one of the two, once, on the connection's loop or on another thread. */
public interface LinkWish {
  /**
   * The owner has answered JOINED; what has come behind it waits at the entrance.
   *
   * @param answer with what follows the body
   */
  void joined(Connection connection, Entrance entrance, JoinedMessage answer);

  /** There is no link. */
  void failed(LinkProblem problem);
}
