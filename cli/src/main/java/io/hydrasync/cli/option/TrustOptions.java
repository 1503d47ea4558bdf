package io.hydrasync.cli.option;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Json;
import io.hydrasync.client.ClientBuilder;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Which relay to trust: the one whose key is given, or else the one that was there at the first
 * use.
 */
public final class TrustOptions {
  @Option(
      names = "--relay-key",
      paramLabel = RelayKeyParameter.LABEL,
      preprocessor = RelayKeyParameter.class,
      description =
          "The key that the relay must have, which it prints when it starts; or two of which it must have"
              + " one, while its key is being changed.")
  private Optional<RelayKeys> relayKey = Optional.empty();

  @Mixin private KnownRelaysFile known = new KnownRelaysFile();

  private Optional<KnownRelaysFile.Memory> memory = Optional.empty();
  private List<RelayAddress> unknown = List.of();
  private boolean fromFile;

  /** Pins the relay's key; {@code ticketKey} is what a ticket says. */
  public void apply(ClientBuilder<?> builder, RelayAddress relay, Optional<RelayKeys> ticketKey) {
    apply(builder, List.of(relay), ticketKey);
  }

  /** As the other one, for relays that have one key. */
  void apply(
      ClientBuilder<?> builder, List<RelayAddress> addresses, Optional<RelayKeys> ticketKey) {
    Optional<RelayKeys> pinned = relayKey.or(() -> ticketKey);
    if (pinned.isPresent()) {
      builder.relayKeys(pinned.get());
    } else {
      if (memory.isEmpty()) { // one for all clients of this process
        memory = Optional.of(known.open(KnownRelays.nameOf(addresses.get(0))));
      }
      KnownRelays relays = memory.get().relays();
      unknown =
          addresses.stream()
              .filter(relay -> relays.find(KnownRelays.nameOf(relay)).isEmpty())
              .toList();
      fromFile = memory.get().problem().isEmpty();
      builder.knownRelays(relays);
    }
  }

  /** Whether anything was said about it. */
  public boolean isGiven() {
    return relayKey.isPresent() || known.isGiven();
  }

  /** Where relays have no keys: passes on what was given all the same, to be refused. */
  void applyClassic(ClientBuilder<?> builder, Optional<RelayKeys> ticketKey) {
    relayKey.or(() -> ticketKey).ifPresent(builder::relayKeys);
    if (known.isGiven()) {
      builder.knownRelays(known.path());
    }
  }

  /** The keys that were given, or else those that are remembered for one of the relays. */
  public Optional<RelayKeys> keys(List<RelayAddress> relays) {
    Optional<RelayKeys> keys = relayKey;
    for (RelayAddress relay : relays) {
      keys = keys.or(() -> known.find(KnownRelays.nameOf(relay)));
    }
    return keys;
  }

  /**
   * Connects, and says what to do if the relay's key is another than the remembered one.
   *
   * @throws AuthenticationException RELAY_KEY_MISMATCH
   */
  public <T> T connect(Supplier<T> client, RelayAddress relay) {
    return connect(client, List.of(relay));
  }

  /** As the other one, for relays that have one key. */
  public <T> T connect(Supplier<T> client, List<RelayAddress> relays) {
    try {
      return client.get();
    } catch (AuthenticationException e) {
      boolean otherKey = e.code() == ErrorCode.RELAY_KEY_MISMATCH && e.getCause() == null;
      if (!otherKey || !fromFile) {
        throw e; // also where the file itself is at fault, which is the cause then
      }
      throw new AuthenticationException(e.code(), changed(relays, e), new Changed(e));
    }
  }

  private String changed(List<RelayAddress> relays, AuthenticationException problem) {
    RelayAddress remembered =
        relays.stream()
            .filter(relay -> known.find(KnownRelays.nameOf(relay)).isPresent())
            .findFirst()
            .orElse(relays.get(0));
    String keys = problem.getMessage().split(";", 2)[0];
    return "WARNING: the relay's key has changed since its first use: "
        + keys
        + ". Somebody may be standing in between, or it was set up anew (without --key-file a relay"
        + " has a new key at each start). No message has been sent to it. If its operator confirms the"
        + " new key: hydra known-relays forget "
        + KnownRelays.nameOf(remembered)
        + (known.isGiven() ? " --known-relays " + known.path() : "");
  }

  /** Marks a message that already says what to do. */
  private static final class Changed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Changed(AuthenticationException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** To be called when connected: tells about a first use. */
  void report(Console console, RelayKey seen) {
    firstUsed().ifPresent(relay -> report(console, relay, seen));
  }

  /** The relay that was joined, if nothing was known of it. */
  private Optional<RelayAddress> firstUsed() {
    return memory.flatMap(
        now ->
            unknown.stream()
                .filter(relay -> now.relays().find(KnownRelays.nameOf(relay)).isPresent())
                .findFirst());
  }

  private void report(Console console, RelayAddress relay, RelayKey seen) {
    Json event =
        Json.event(fromFile ? "first_use" : "warning")
            .with("relay", relay.toString())
            .with("relay_key", seen.toString());
    if (fromFile) {
      console.tell(event.with("known_relays", known.path().toString()), firstUse(relay, seen));
    } else {
      console.say(event, firstUse(relay, seen));
    }
  }

  /** The same for a command that says little. */
  public void report(PrintWriter err, RelayKey seen) {
    firstUsed()
        .ifPresent(
            relay -> {
              err.println(firstUse(relay, seen));
              err.flush();
            });
  }

  private String firstUse(RelayAddress relay, RelayKey seen) {
    String use = "first use of the relay " + relay + ": its key " + seen;
    return memory
        .flatMap(KnownRelaysFile.Memory::problem)
        .map(
            problem ->
                "warning: "
                    + use
                    + " is trusted for this run only, and not remembered, for "
                    + problem
                    + "; --relay-key says which key it must have, --known-relays where to remember it")
        .orElseGet(() -> use + " is remembered in " + known.path());
  }
}
