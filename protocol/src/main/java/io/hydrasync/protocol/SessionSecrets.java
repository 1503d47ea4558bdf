package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a client knows of a session: its id, its key and, for the producer of an owned session, the
 * owner's key. Immutable and thread-safe; the keys are zeroed by their {@code destroy()}.
 */
public final class SessionSecrets {
  private final SessionId id;
  private final SessionKey key;
  private final @Nullable OwnerKey owner;

  /**
   * A plain session, or an owned one for those who only consume it.
   *
   * @param id by which the relay knows the session
   * @param key seals and opens the session's frames
   */
  public SessionSecrets(SessionId id, SessionKey key) {
    this.id = Arguments.given(id, "a session id");
    this.key = Arguments.given(key, "a session key");
    owner = null;
  }

  /**
   * An owned session for its producer.
   *
   * @param id by which the relay knows the session
   * @param key seals and opens the session's frames
   * @param owner proves that this producer owns the id
   * @throws IllegalArgumentException if the id is owned by another key, or is plain
   */
  public SessionSecrets(SessionId id, SessionKey key, OwnerKey owner) {
    this.id = Arguments.given(id, "a session id");
    this.key = Arguments.given(key, "a session key");
    this.owner = Arguments.given(owner, "an owner's key");
    if (!Arrays.equals(owner.publicKey(), id.ownerKey().orElse(new byte[0]))) {
      throw new IllegalArgumentException("the owner's key does not belong to this session id");
    }
  }

  /**
   * A new owned session with fresh keys.
   *
   * @return the session
   */
  public static SessionSecrets generate() {
    SecureRandom random = new SecureRandom();
    OwnerKey owner = OwnerKey.generate(random);
    return new SessionSecrets(SessionId.owned(owner, random), SessionKey.generate(random), owner);
  }

  /**
   * By which the relay knows the session.
   *
   * @return the id
   */
  public SessionId id() {
    return id;
  }

  /**
   * What seals and opens the session's frames.
   *
   * @return the key
   */
  public SessionKey key() {
    return key;
  }

  /**
   * What proves that a producer owns the id.
   *
   * @return the owner's key; empty for a plain session, and for who only consumes
   */
  public Optional<OwnerKey> owner() {
    return Optional.ofNullable(owner);
  }

  /**
   * The ticket that lets somebody consume this session.
   *
   * @param relay the relay as consumers reach it, without a zone
   * @param relayKey the relay's key, so that consumers need not trust on first use
   * @return the ticket, a bearer secret
   * @throws IllegalArgumentException if the address has a zone
   */
  public Ticket ticket(RelayAddress relay, RelayKey relayKey) {
    return Ticket.of(List.of(Arguments.given(relay, "a relay")), id, relayKey, key);
  }

  /**
   * The ticket that lets somebody consume this session over the classic wire.
   *
   * @param relay the relay as consumers reach it, without a zone
   * @param version of the Rust crate, which the relay takes clients for, such as 1.0.0-beta.6
   * @return the ticket, a bearer secret
   * @throws IllegalArgumentException if the version cannot stand in a ticket, or the address has a
   *     zone
   */
  public Ticket classicTicket(RelayAddress relay, String version) {
    return Ticket.classic(List.of(Arguments.given(relay, "a relay")), id, version, key);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionSecrets that
        && id.equals(that.id)
        && key.equals(that.key)
        && Objects.equals(owner, that.owner);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  /** Which session, and whether the owner's key is there; never a key. */
  @Override
  public String toString() {
    return "SessionSecrets["
        + "session "
        + id.logName()
        + (owner == null ? "" : ", with the owner's key")
        + "]";
  }
}
