package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;
import java.util.List;

/**
 * What the directory says of a session. Numbers of epochs and streams are unsigned. Immutable.
 *
 * @param owner the node of its producer
 * @param claim counted up by a node with each claim that it makes: with the owner it tells whose a
 *     write was
 * @param live whether the producer is there; an entry whose owner has no key counts as away
 * @param epoch of the owner's last HEAD, 0 if it has none
 * @param stream of the owner's last HEAD
 * @param highest the highest epoch that has been seen anywhere; it only rises, and one below {@code
 *     epoch} becomes that
 * @param tokens hashes of the resume tokens that are valid, at most two, the newest first; none in
 *     an owned session
 */
public record SessionEntry(
    NodeId owner,
    long claim,
    boolean live,
    long epoch,
    long stream,
    long highest,
    List<SecretHash> tokens) {
  /** The most tokens of an entry. */
  public static final int MAX_TOKENS = 2;

  /**
   * An entry that is there and cannot be read: nobody's, away, and free for whoever claims it with
   * its revision.
   */
  public static final SessionEntry UNREADABLE =
      new SessionEntry(NodeId.NOBODY, 0, false, 0, 0, 0, List.of());

  /**
   * Checks what is given.
   *
   * @param owner the node of its producer
   * @param claim counted up by a node with each claim that it makes: with the owner it tells whose
   *     a write was
   * @param live whether the producer is there; an entry whose owner has no key counts as away
   * @param epoch of the owner's last HEAD, 0 if it has none
   * @param stream of the owner's last HEAD
   * @param highest the highest epoch that has been seen anywhere; it only rises, and one below
   *     {@code epoch} becomes that
   * @param tokens hashes of the resume tokens that are valid, at most two, the newest first; none
   *     in an owned session
   * @throws IllegalArgumentException if the claim is negative, or there are too many tokens
   */
  public SessionEntry {
    Arguments.given(owner, "an owner");
    Arguments.atLeast(claim, "a claim", 0L);
    tokens = List.copyOf(tokens);
    Arguments.between(tokens.size(), "the number of tokens", 0, MAX_TOKENS);
    highest = Long.compareUnsigned(highest, epoch) < 0 ? epoch : highest;
  }

  /**
   * The same with a producer that is there or away.
   *
   * @param there whether it is
   * @return the entry
   */
  public SessionEntry withLive(boolean there) {
    return new SessionEntry(owner, claim, there, epoch, stream, highest, tokens);
  }

  /**
   * The same with another last HEAD.
   *
   * @param ofEpoch its epoch
   * @param ofStream its stream
   * @return the entry
   */
  public SessionEntry withHead(long ofEpoch, long ofStream) {
    return new SessionEntry(owner, claim, live, ofEpoch, ofStream, highest, tokens);
  }

  /**
   * The same when an epoch has been seen: the highest rises, or stays.
   *
   * @param seen the epoch
   * @return the entry
   */
  public SessionEntry withSeen(long seen) {
    long higher = Long.compareUnsigned(seen, highest) > 0 ? seen : highest;
    return new SessionEntry(owner, claim, live, epoch, stream, higher, tokens);
  }

  /**
   * Whether a write was made by this claim.
   *
   * @param node who may have made it
   * @param number of its claim
   * @return true if the entry has both
   */
  public boolean isOf(NodeId node, long number) {
    return owner.equals(node) && claim == number;
  }
}
