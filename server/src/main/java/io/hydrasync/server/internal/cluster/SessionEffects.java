package io.hydrasync.server.internal.cluster;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;

/**
 * What a {@link SessionRole} wants done. Called on the session's event loop, from within the role's
 * own methods. An implementation may call the role from here: that is done behind what is being
 * done.
 *
 * @param <T> a client's connection
 */
public interface SessionEffects<T> {
  /**
   * Read the entry, linearizable. The answer goes to {@link SessionRole#readAnswered} or {@link
   * SessionRole#failed}. There is one request to the directory at a time, of all three kinds.
   */
  void read();

  /**
   * Write the entry. The answer goes to {@link SessionRole#writeAnswered} or {@link
   * SessionRole#failed}.
   *
   * @param expectedModRevision of what it replaces, 0 for none
   * @param entry what to write
   */
  void write(long expectedModRevision, SessionEntry entry);

  /**
   * Delete the entry. The answer goes to {@link SessionRole#writeAnswered} or {@link
   * SessionRole#failed}.
   *
   * @param expectedModRevision of what is deleted
   */
  void delete(long expectedModRevision);

  /**
   * The producer has the slot: JOINED. A link has been told to {@link #unlink()} before: what it
   * has not published is dropped, and the mirror is the log. HEADs follow if their epoch is above
   * {@code floorEpoch} and their stream not below {@code floorStream}. No linger runs any more.
   *
   * @param producer whose JOIN it was
   * @param resumed whether it goes on in the log's last epoch; otherwise it begins a new one
   * @param floorEpoch JOINED.id
   * @param floorStream the last stream of the session
   */
  void admit(T producer, boolean resumed, long floorEpoch, long floorStream);

  /** The producer that has just been admitted has a session that was another node's: for people. */
  default void tookOver() {}

  /**
   * A client that has no place is sent away.
   *
   * @param client a producer or a consumer
   * @param why what it is told
   */
  void refuse(T client, Refusal why);

  /**
   * The admitted producer is sent away; what it has published stays. {@link
   * SessionRole#producerGone} need not be called behind it, and is ignored. The session is away,
   * and a linger begins, unless another producer is admitted or {@link #closeLinks()} follows.
   *
   * @param producer who was admitted
   * @param why what it is told
   */
  void closeProducer(T producer, Refusal why);

  /**
   * This node does not own the session any more: its links are closed with NO_SESSION, 200 ms, and
   * a linger is void. The log stays, as a mirror.
   */
  void closeLinks();

  /**
   * Link to the owner. What becomes of it is told by {@link SessionRole#linkUp} or {@link
   * SessionRole#linkLost}.
   *
   * @param owner which node
   * @param address where it takes links
   */
  void link(NodeId owner, RelayAddress address);

  /** End the link, also one that is being made. Nothing more of it is told. */
  void unlink();

  /**
   * A consumer may join: now, by the rules of a relay alone.
   *
   * @param consumer who asked
   */
  void admitConsumer(T consumer);

  /**
   * What STATE tells consumers of a mirror. Told again only on change. While this node is the owner
   * nothing is told here: the producer's coming and going is known without it.
   *
   * @param live whether the producer is there
   */
  void producerState(boolean live);

  /** The session is over at its owner: consumers get the rest of the mirror, then STATE 2. */
  void over();

  /** All consumers are told LIMIT, so that they go to another relay. */
  void leaveElsewhere();

  /**
   * The session has ended: this relay forgets it. Those who wait for a next producer stay, and the
   * role begins again with nothing, others get STATE 2. A link has been told to {@link #unlink()}
   * before.
   */
  void end();

  /**
   * Call {@link SessionRole#timer} then. The last call counts.
   *
   * @param nanos the time, {@link Long#MAX_VALUE} for not at all
   */
  void timerAt(long nanos);
}
