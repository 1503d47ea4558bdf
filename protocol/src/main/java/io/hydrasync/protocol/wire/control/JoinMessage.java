package io.hydrasync.protocol.wire.control;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.OwnerProof;
import io.hydrasync.protocol.wire.WireCodes;
import java.nio.ByteBuffer;

/**
 * JOIN, client to relay, 204 bytes: {@code role u8, flags u8, start u8, overflow u8, sid[64], id
 * u64, seq u64, resume[16], owner[64], credId[8], credMac[32]}; what is unused is zero.
 *
 * @param role as in {@link WireCodes}
 * @param flags {@link #FLAG_WAIT}, {@link #FLAG_LINK}
 * @param start {@link #START_LIVE}, {@link #START_OLDEST} or {@link #START_AT}
 * @param overflow as in {@link WireCodes}
 * @param sid the session id
 * @param id with START_AT: the consumer's stream, the producer's epoch
 * @param seq with START_AT: the first not delivered, the first not acknowledged
 * @param resume the last token issued to a producer of a plain session; in the first 8 bytes the
 *     epoch of a consumer's position, or of a mirror's
 * @param owner the proof of ownership
 * @param credId the credential's name
 * @param credMac the proof of having the credential
 */
public record JoinMessage(
    int role,
    int flags,
    int start,
    int overflow,
    byte[] sid,
    long id,
    long seq,
    byte[] resume,
    byte[] owner,
    byte[] credId,
    byte[] credMac)
    implements Control {
  /** JOIN.flags: wait for the session to be opened. */
  public static final int FLAG_WAIT = 2;

  /** JOIN.flags: a relay mirrors the session ({@code wire2.md} section 14). */
  public static final int FLAG_LINK = 8;

  /** JOIN.start: only what comes from now on. */
  public static final int START_LIVE = 0;

  /** JOIN.start: all that is retained. */
  public static final int START_OLDEST = 1;

  /** JOIN.start: from the given position. */
  public static final int START_AT = 2;

  /** Bytes of a resume token. */
  public static final int RESUME_LENGTH = 16;

  /** The type of JOIN. */
  public static final int TYPE = 0x80;

  /** Bytes of the body. */
  public static final int LENGTH = 204;

  /**
   * A JOIN that asks for nothing special: from now on, the relay's policy, without any proof.
   *
   * @param role what the client wants to be
   * @param session the session
   * @return the message
   */
  public static JoinMessage of(Role role, SessionId session) {
    return new JoinMessage(
        WireCodes.of(role),
        0,
        START_LIVE,
        WireCodes.of(Overflow.DEFAULT),
        session.toBytes(),
        0,
        0,
        new byte[RESUME_LENGTH],
        new byte[OwnerProof.LENGTH],
        new byte[Credential.ID_LENGTH],
        new byte[Hashes.LENGTH]);
  }

  /**
   * The same, for who waits until the session is opened.
   *
   * @return the message
   */
  public JoinMessage waiting() {
    return with(role, flags | FLAG_WAIT, start, overflow, id, seq);
  }

  /**
   * The same, for a relay that mirrors the session.
   *
   * @return the message
   */
  public JoinMessage linking() {
    return with(role, flags | FLAG_LINK, start, overflow, id, seq);
  }

  /**
   * Whether a relay mirrors the session.
   *
   * @return true if {@link #FLAG_LINK} is set
   */
  public boolean links() {
    return (flags & FLAG_LINK) != 0;
  }

  /**
   * The same with another beginning.
   *
   * @param beginning {@link #START_LIVE} or {@link #START_OLDEST}
   * @return the message
   */
  public JoinMessage from(int beginning) {
    return with(role, flags, beginning, overflow, id, seq);
  }

  /**
   * The same from a position on.
   *
   * @param stream the consumer's stream, the producer's epoch
   * @param next the first not delivered, the first not acknowledged
   * @return the message
   */
  public JoinMessage at(long stream, long next) {
    return with(role, flags, START_AT, overflow, stream, next);
  }

  /**
   * The same with a policy.
   *
   * @param policy what happens when a consumer is too slow
   * @return the message
   */
  public JoinMessage overflow(Overflow policy) {
    return with(role, flags, start, WireCodes.of(policy), id, seq);
  }

  private JoinMessage with(int role, int flags, int start, int overflow, long id, long seq) {
    return new JoinMessage(
        role, flags, start, overflow, sid, id, seq, resume, owner, credId, credMac);
  }

  /**
   * The same with a token.
   *
   * @param token the last one issued to the producer, 16 bytes
   * @return the message
   */
  public JoinMessage withResume(byte[] token) {
    return new JoinMessage(
        role, flags, start, overflow, sid, id, seq, token, owner, credId, credMac);
  }

  /**
   * The same with the epoch of a consumer's position, or of a mirror's, in the first half of the
   * token's place.
   *
   * @param epoch the last whose HEAD has verified, 0 for none
   * @return the message
   */
  public JoinMessage withEpoch(long epoch) {
    byte[] place = new byte[RESUME_LENGTH];
    ByteBuffer.wrap(place).putLong(epoch);
    return withResume(place);
  }

  /**
   * The same with the proof of ownership.
   *
   * @param proof 64 bytes
   * @return the message
   */
  public JoinMessage withOwner(byte[] proof) {
    return new JoinMessage(
        role, flags, start, overflow, sid, id, seq, resume, proof, credId, credMac);
  }

  /**
   * The same with the proof of a credential.
   *
   * @param name the credential's name
   * @param mac the proof of having it
   * @return the message
   */
  public JoinMessage withCredential(byte[] name, byte[] mac) {
    return new JoinMessage(role, flags, start, overflow, sid, id, seq, resume, owner, name, mac);
  }

  static JoinMessage read(ByteBuffer in) {
    return new JoinMessage(
        Bodies.u8(in),
        Bodies.u8(in),
        Bodies.u8(in),
        Bodies.u8(in),
        Bodies.bytes(in, 64),
        in.getLong(),
        in.getLong(),
        Bodies.bytes(in, RESUME_LENGTH),
        Bodies.bytes(in, 64),
        Bodies.bytes(in, 8),
        Bodies.bytes(in, 32));
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return LENGTH;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.put((byte) role).put((byte) flags).put((byte) start).put((byte) overflow);
    out.put(sid).putLong(id).putLong(seq).put(resume).put(owner).put(credId).put(credMac);
  }

  /** Without the proofs, the token and the id. */
  @Override
  public String toString() {
    return "JoinMessage[role=" + role + ", start=" + start + ", overflow=" + overflow + "]";
  }
}
