package io.hydrasync.cluster.simulation;

import io.hydrasync.server.internal.cluster.Refusal;

/** What goes over a connection. */
sealed interface Message {
  /** A handshake, and its answer. */
  record Hello() implements Message {}

  /** A producer's JOIN; epoch 0 if it has begun none, token 0 if it has none. */
  record JoinProducer(long epoch, long token) implements Message {}

  /** A consumer's JOIN; stream 0 if it has no position. */
  record JoinConsumer(boolean live, boolean waits, long stream, long seq, long epoch)
      implements Message {}

  /** A LINK; epoch 0 for all there is. */
  record JoinLink(long epoch, long stream, long next) implements Message {}

  /** To a producer, with what its first ACK says of the HEAD. */
  record Joined(boolean resumed, long id, long next, long token, SimLog.Head head)
      implements Message {}

  /** To a consumer. */
  record JoinedConsumer(long stream, long seq) implements Message {}

  /** To a link. */
  record JoinedLink(boolean head, boolean live) implements Message {}

  /** A HEAD, and frames of its epoch. */
  record Data(SimLog.Head head, long from, long to) implements Message {}

  /** GAP. */
  record Gap(long stream, long from, long to) implements Message {}

  /** ACK. */
  record Ack(long epoch, long next) implements Message {}

  /** STATE: 0, 1, 2. */
  record State(int state) implements Message {}

  /** ERROR, and the end. */
  record Failed(Refusal why) implements Message {}

  /** BYE. */
  record Bye() implements Message {}
}
