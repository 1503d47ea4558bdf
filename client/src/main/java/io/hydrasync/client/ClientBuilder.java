package io.hydrasync.client;

import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.NameLookups;
import io.hydrasync.client.internal.connection.RelayTrust;
import io.hydrasync.client.internal.connection.Relays;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.ClassicVersions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The options that all clients have in common. Not thread-safe.
 *
 * <p>A {@link io.hydrasync.protocol.RelayAddress} is where a relay is. Its name is looked up at
 * each attempt to connect, and all addresses that are found are tried in turn, each as a relay of
 * its own.
 *
 * <p>Several relay addresses, as in a ticket, are relays with one key. A client joins the first
 * that lets it in; {@code connect} fails where none does. When that relay is gone the client tries
 * it once more, and then the others; it waits only when it has been everywhere. Without {@link
 * #relayKey} the first relay's key counts for all. A consumer whose relay says for longer than its
 * linger time that the producer is away goes to the next one. Relays need not know of each other:
 * then a producer and its consumers meet at the next one, with what the producer's ring holds; what
 * only the lost relay had is told as a gap, and two producers at two relays do not hear of each
 * other. Give the same relays in the same order to all.
 *
 * <p>An {@link InetSocketAddress} counts by the host string that it holds when the builder is made,
 * for look-ups, messages and known relays; a name is looked up also where the application has done
 * so already, and what it has found is tried first while the name still has it. {@link
 * InetSocketAddress#getHostName()}, such as for a log, looks up the name of an object that was made
 * from an address, and puts it in: whoever calls that before the builder is made gives a relay by
 * that name, which is looked up, and which is another first use where the relay was known by its
 * address. Take {@link InetSocketAddress#getHostString()}, which changes nothing. Later calls do no
 * harm.
 *
 * @param <B> the builder itself
 */
public abstract sealed class ClientBuilder<B extends ClientBuilder<B>>
    permits HydraAdmin.Builder, HydraConsumer.Builder, HydraProducer.Builder {
  private static final Duration HEARTBEAT_MIN = Duration.ofSeconds(1);
  private static final Duration HEARTBEAT_MAX = Duration.ofSeconds(15);

  private final Relays relays;
  private final SessionId session;
  private Optional<RelayKeys> relayKeys = Optional.empty();
  private Optional<KnownRelays> knownRelays = Optional.empty();
  private Optional<Credential> credential = Optional.empty();
  private Duration connectTimeout = Duration.ofSeconds(10);
  private Duration heartbeat = HEARTBEAT_MAX;
  private NameLookups names = NameLookups.SYSTEM;
  private Wire wire = Wire.WIRE_2;
  private String classicVersion = ClassicVersions.DEFAULT;

  /** What a ticket names and this build does not speak, unless the application says it, too. */
  private Optional<String> unspoken = Optional.empty();

  /** What a ticket is for, and nothing else. */
  private Optional<Wire> ticketWire = Optional.empty();

  private final Set<String> onlyOnWire2 = new TreeSet<>();

  ClientBuilder(Relays relays, SessionId session) {
    this.relays = relays;
    this.session = Arguments.given(session, "a session id");
  }

  abstract B self();

  /**
   * The relay's key. Another one is refused before the session id is sent. Default: any, or what
   * {@link #knownRelays} says.
   *
   * @param key the key
   * @return this
   */
  public final B relayKey(RelayKey key) {
    return relayKeys(RelayKeys.of(key));
  }

  /**
   * The keys of which the relay has to have one, while its key is being changed. What the relay
   * says of its keys then counts for this client alone. Default: as {@link #relayKey}.
   *
   * @param keys one key or two
   * @return this
   */
  public final B relayKeys(RelayKeys keys) {
    relayKeys = Optional.of(Arguments.given(keys, "relay keys"));
    onlyOnWire2("a pinned relay key");
    return self();
  }

  /**
   * Trust on first use: a file of relay keys, see {@link KnownRelays}. Not used where {@link
   * #relayKey} is given. Default: none.
   *
   * @param file need not exist
   * @return this
   */
  public final B knownRelays(Path file) {
    return knownRelays(new KnownRelays(file));
  }

  /**
   * Trust on first use: relay keys in a file or, for a program without a place for one, {@linkplain
   * KnownRelays#inMemory() in memory}. Not used where {@link #relayKey} is given. Default: none.
   *
   * @param relays may be those of several clients
   * @return this
   */
  public final B knownRelays(KnownRelays relays) {
    knownRelays = Optional.of(Arguments.given(relays, "known relays"));
    onlyOnWire2("known relays");
    return self();
  }

  /**
   * The credential for a relay that asks for one. Default: none.
   *
   * @param credential as the operator issued it
   * @return this
   */
  public final B credential(Credential credential) {
    this.credential = Optional.of(Arguments.given(credential, "a credential"));
    onlyOnWire2("a credential");
    return self();
  }

  /**
   * How long connecting may take, the look-up of the relay's name and all its addresses included,
   * and again handshake and join together, however slowly the relay answers. Default 10 s.
   *
   * <p>Of several relays one that is silent is left after 2 s at most, and the time counts for
   * each.
   *
   * <p>A relay in which the place is taken, of the producer of a session that nobody owns or of the
   * last consumer, waits for a second whether it becomes free before it says so ({@code
   * PRODUCER_EXISTS}, {@code LIMIT}). With less than about 2 s this may end with {@code TIMEOUT}
   * first.
   *
   * @param timeout 1 ms or more
   * @return this
   * @throws IllegalArgumentException if it is less
   */
  public final B connectTimeout(Duration timeout) {
    connectTimeout = Arguments.positiveTime(timeout, "a connect timeout");
    return self();
  }

  /**
   * What to speak. Default what a ticket says, else {@link Wire#WIRE_2}. On {@link Wire#CLASSIC}
   * connecting fails with {@link UnsupportedByWireException} where something has been asked for
   * that it does not have: owned sessions, tickets that name a relay key, pinned and known relay
   * keys, credentials, policies, positions and starts, resuming (reconnecting, the ring, the last
   * epoch, state changes) and events of gaps and stalls.
   *
   * <p>A ticket is for its wire only, and its session key is never used on the other one: where
   * something else than the ticket's wire is given here, connecting fails in the same way, before
   * anything is sent.
   *
   * @param wire the wire
   * @return this
   */
  public final B wire(Wire wire) {
    this.wire = Arguments.given(wire, "a wire");
    return self();
  }

  /**
   * The version of the Rust crate that the relay takes this client for; one that it does not know
   * makes it close the connection, or wait for more than this client has to say. Only for {@link
   * Wire#CLASSIC}. Default what a ticket says, else {@code 1.0.0-beta.6}, the last one with
   * messages of any size.
   *
   * <p>The version decides about the wire as well: 1.0.0-beta.2 to beta.6 have the earlier one, on
   * which a relay says nothing; 1.0.0-beta.7 to beta.9 and all others have the later one, on which
   * it answers a join, and all packets have one length ({@link HydraProducer#packetBytes()}).
   * Versions other than 1.0.0-beta.2 to beta.9 are for relays that were told of them ({@code
   * HydraServer.Builder.classicVersions}).
   *
   * @param version such as {@code 1.0.0-beta.5}
   * @return this
   * @throws IllegalArgumentException if it is empty or holds anything but printable ASCII
   */
  public final B classicVersion(String version) {
    classicVersion = ClassicVersions.check(Arguments.given(version, "a version"));
    unspoken = Optional.empty();
    return self();
  }

  /** How often a client that stays connected sends a PING. */
  final B pingEvery(Duration interval) {
    Arguments.given(interval, "a heartbeat");
    if (interval.compareTo(HEARTBEAT_MIN) < 0 || interval.compareTo(HEARTBEAT_MAX) > 0) {
      throw new IllegalArgumentException("a heartbeat is 1 s to 15 s, not " + interval);
    }
    heartbeat = interval;
    onlyOnWire2("a heartbeat");
    return self();
  }

  /** Who knows the addresses of names; by default the operating system. */
  final B names(NameLookups lookups) {
    names = lookups;
    return self();
  }

  /** Takes wire, version and relay key from a ticket. */
  final B ticket(Ticket ticket) {
    ticket.relayKeys().ifPresent(this::relayKeys);
    ticket.classicVersion().ifPresent(this::classicVersion);
    unspoken = ticket.isSpoken() ? Optional.empty() : ticket.classicVersion();
    ticketWire = Optional.of(ticket.wire());
    return wire(ticket.wire());
  }

  /** Something has been asked for that the classic wire does not have. */
  final void onlyOnWire2(String what) {
    onlyOnWire2.add(what);
  }

  final boolean isClassic() {
    return wire == Wire.CLASSIC;
  }

  final String version() {
    return classicVersion;
  }

  /** Throws if the ticket is for the other wire, or more has been asked for than the wire has. */
  private void checkWire() {
    if (ticketWire.isPresent() && ticketWire.get() != wire) {
      throw new UnsupportedByWireException(
          "the ticket is for "
              + name(ticketWire.get())
              + " only, not for "
              + name(wire)
              + "; leave out the wire, or take a ticket for "
              + name(wire));
    }
    if (isClassic() && unspoken.isPresent()) {
      throw new UnsupportedByWireException(
          "the ticket is for version "
              + unspoken.get()
              + " of the Rust crate hydra-sync; this build speaks "
              + String.join(", ", Ticket.SPOKEN_VERSIONS));
    }
    if (isClassic() && session.isOwned()) {
      onlyOnWire2("an owned session");
    }
    if (isClassic() && !onlyOnWire2.isEmpty()) {
      throw new UnsupportedByWireException(
          "the classic wire does not have: "
              + String.join(", ", onlyOnWire2)
              + "; leave it out, or use wire 2");
    }
  }

  private static String name(Wire wire) {
    return wire == Wire.CLASSIC ? "the classic wire" : "wire 2";
  }

  /** Known relays, for a connection. */
  private record Trust(KnownRelays known) implements RelayTrust {
    @Override
    public Optional<RelayKeys> find(String where) {
      return known.keys(where);
    }

    @Override
    public void pin(String where, RelayKey key) {
      known.pin(where, key);
    }

    @Override
    public void follow(String where, RelayKeys keys) {
      known.follow(where, keys);
    }
  }

  final ClientOptions options() {
    checkWire();
    return new ClientOptions(
        relays,
        session,
        relayKeys,
        knownRelays.map(Trust::new),
        credential,
        connectTimeout,
        heartbeat,
        names);
  }
}
