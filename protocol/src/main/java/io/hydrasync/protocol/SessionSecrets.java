package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * All that a producer knows of a session: its id, its key and, for an owned session, the owner's
 * key. Immutable and thread-safe; the keys are zeroed by their {@code destroy()}.
 *
 * @param id by which the relay knows the session
 * @param key seals and opens the session's frames
 * @param owner proves that this producer owns the id; empty for a plain session
 */
public record SessionSecrets(SessionId id, SessionKey key, Optional<OwnerKey> owner) {
  /**
   * Checks that owner and id belong together.
   *
   * @param id by which the relay knows the session
   * @param key seals and opens the session's frames
   * @param owner proves that this producer owns the id; empty for a plain session
   * @throws IllegalArgumentException if the id is owned by another key, or is plain
   */
  public SessionSecrets {
    Arguments.given(id, "a session id");
    Arguments.given(key, "a session key");
    Arguments.given(owner, "an owner's key, or none");
    if (owner.isPresent()
        && !Arrays.equals(owner.get().publicKey(), id.ownerKey().orElse(new byte[0]))) {
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
    return new SessionSecrets(
        SessionId.owned(owner, random), SessionKey.generate(random), Optional.of(owner));
  }

  /**
   * The ticket that lets somebody consume this session.
   *
   * @param host name or address of the relay as consumers reach it, IPv6 without brackets
   * @param port its port, 1 to 65535
   * @param relayKey the relay's key, so that consumers need not trust on first use
   * @return the ticket, a bearer secret
   */
  public Ticket ticket(String host, int port, RelayKey relayKey) {
    return new Ticket(host, port, id, Optional.of(Arguments.given(relayKey, "a relay key")), key);
  }

  /**
   * The ticket that lets somebody consume this session over the classic wire.
   *
   * @param host name or address of the relay as consumers reach it, IPv6 without brackets
   * @param port its port, 1 to 65535
   * @param version of the Rust crate, which the relay takes clients for, such as 1.0.0-beta.6
   * @return the ticket, a bearer secret
   * @throws IllegalArgumentException if the version cannot stand in a ticket
   */
  public Ticket classicTicket(String host, int port, String version) {
    return Ticket.classic(List.of(new Ticket.Address(host, port)), id, version, key);
  }
}
