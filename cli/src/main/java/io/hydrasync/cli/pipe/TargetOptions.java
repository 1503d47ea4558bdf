package io.hydrasync.cli.pipe;

import io.hydrasync.cli.option.ClassicOption;
import io.hydrasync.cli.option.RelayList;
import io.hydrasync.cli.option.SessionOptions;
import io.hydrasync.cli.option.TrustOptions;
import io.hydrasync.cli.secret.SecretText;
import io.hydrasync.cli.secret.Secrets;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a command that sends sends to, and into which session. */
public final class TargetOptions {
  @Option(
      names = "--relay",
      paramLabel = RelayList.LABEL,
      description =
          "The relay, by the name that consumers will use: it stands in the ticket. Of several, with"
              + " commas between and one key for all, the first that lets this end in; when it is"
              + " gone, the next.")
  private Optional<RelayList> relay = Optional.empty();

  @Option(
      names = "--ticket",
      paramLabel = "TICKET|@FILE|-",
      description =
          "Send into the session of this ticket, from 'hydra ticket new'. Without this, --relay and"
              + " --session-id: the environment's "
              + Secrets.TICKET
              + ". Others on this machine can see a ticket that stands here itself.")
  private Optional<String> ticket = Optional.empty();

  @Mixin private TrustOptions trust = new TrustOptions();
  @Mixin private SessionOptions session = new SessionOptions();

  @Option(
      names = "--owner-key",
      paramLabel = "@FILE",
      description =
          "The owner's key of the session, 64 hex digits; without --session-id, of the session that"
              + " is made. Default: the environment's "
              + Secrets.OWNER_KEY
              + ". Others on this machine can see it if it stands here without @FILE.")
  private Optional<String> ownerKey = Optional.empty();

  TrustOptions trust() {
    return trust;
  }

  /** What the user has given as a ticket. */
  Optional<String> ticket() {
    return ticket;
  }

  /**
   * What was given, or a session that is made now.
   *
   * @param zoneAllowed whether a relay will do whose address means something on this machine only,
   *     for a session that others know already
   */
  Target read(ClassicOption classic, boolean zoneAllowed) throws IOException {
    boolean byOptions = session.isGiven();
    if (ticket.isPresent() && (relay.isPresent() || byOptions)) {
      throw new IllegalArgumentException(
          "either --ticket, or --relay with or without a session, not both");
    }
    if (relay.isEmpty()
        && (ticket.isPresent() || Secrets.environment(Secrets.TICKET).isPresent())) {
      return ofTicket(Secrets.ticket(ticket), classic);
    }
    RelayList given =
        relay.orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--relay HOST:PORT is missing (or --ticket, to send into its session)"));
    List<RelayAddress> where = given.addresses();
    where.forEach(each -> checkZone(each, byOptions && zoneAllowed));
    if (byOptions) {
      SessionSecrets joined = of(session.sessionId(), session.sessionKey());
      return new Target(where, joined, Optional.empty(), false);
    }
    return new Target(where, makeSession(classic), Optional.empty(), true);
  }

  /** Without a ticket nobody could receive but who has the session's id and key already. */
  private static void checkZone(RelayAddress where, boolean allowed) {
    if (where.hasZone() && !allowed) {
      throw new IllegalArgumentException(
          "--relay "
              + where
              + " cannot stand in a ticket: its zone means something on this machine only; give a"
              + " name or another address, or --session-id and --session-key");
    }
  }

  private Target ofTicket(Ticket given, ClassicOption classic) throws IOException {
    classic.agree(given);
    return new Target(
        given.addresses(), of(given.sessionId(), given.sessionKey()), Optional.of(given), false);
  }

  private SessionSecrets of(SessionId id, SessionKey key) throws IOException {
    if (!id.isOwned()) {
      return new SessionSecrets(id, key);
    }
    OwnerKey owner =
        owner()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "only the owner can send into this session: --owner-key is missing"));
    return new SessionSecrets(id, key, owner);
  }

  private Optional<OwnerKey> owner() throws IOException {
    Optional<String> text = ownerKey.or(() -> Secrets.environment(Secrets.OWNER_KEY));
    return text.isEmpty()
        ? Optional.empty()
        : Optional.of(SecretText.hex(text.get(), OwnerKey.LENGTH, "an owner's key", OwnerKey::of));
  }

  /** A session that nobody knows yet; of the owner that was given, if there is one. */
  SessionSecrets makeSession(ClassicOption classic) throws IOException {
    Optional<OwnerKey> owner = owner();
    SecureRandom random = new SecureRandom();
    if (owner.isPresent()) {
      return new SessionSecrets(
          SessionId.owned(owner.get(), random), SessionKey.generate(random), owner.get());
    }
    if (!classic.isGiven()) {
      return SessionSecrets.generate();
    }
    byte[] id = new byte[SessionId.LENGTH];
    random.nextBytes(id);
    return new SessionSecrets(SessionId.of(id), SessionKey.generate(random));
  }
}
