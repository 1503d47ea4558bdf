package io.hydrasync.cli.option;

import io.hydrasync.cli.console.Console;
import io.hydrasync.client.ClientBuilder;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What the options of a command say about its client, on either wire: which wire, whom to trust,
 * how long to reconnect, what to show to the relay.
 */
public record ClientOptions(
    CommandSpec spec, TrustOptions trust, ConnectionOptions connection, ClassicOption classic) {
  /**
   * Sets what producers and consumers have in common. On the classic wire the default of the
   * reconnect timeout is the client's, which does not reconnect there.
   *
   * @param reconnectTimeout of the builder
   * @param heartbeat of the builder
   * @param relays where the client is to connect
   * @param key of the relays, or the two that they may have, as a ticket says it
   * @return the same builder
   * @throws IllegalArgumentException if something is wrong
   */
  public <B extends ClientBuilder<B>> B apply(
      B builder,
      Consumer<Duration> reconnectTimeout,
      Consumer<Duration> heartbeat,
      List<RelayAddress> relays,
      Optional<RelayKeys> key)
      throws IOException {
    classic.apply(builder);
    if (!classic.isGiven() || ConnectionOptions.isReconnectTimeoutGiven(spec)) {
      reconnectTimeout.accept(connection.reconnectTimeout());
    }
    connection.heartbeat().ifPresent(heartbeat);
    if (classic.isGiven()) {
      trust.applyClassic(builder, key);
    } else {
      trust.apply(builder, relays, key);
    }
    return connection.apply(builder);
  }

  /**
   * To be called when connected: tells about a first use.
   *
   * @param seen of the client
   * @return the relay's key; empty on the classic wire, which has none
   */
  public Optional<RelayKey> report(Console console, Supplier<RelayKey> seen) {
    if (classic.isGiven()) {
      return Optional.empty();
    }
    RelayKey key = seen.get();
    trust.report(console, key);
    return Optional.of(key);
  }
}
