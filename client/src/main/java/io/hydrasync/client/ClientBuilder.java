package io.hydrasync.client;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The options that producers and consumers have in common. Not thread-safe.
 *
 * @param <B> the builder itself
 */
public abstract sealed class ClientBuilder<B extends ClientBuilder<B>>
    permits HydraConsumer.Builder, HydraProducer.Builder {
  private final InetSocketAddress relay;
  private final SessionId session;
  private Optional<RelayKey> relayKey = Optional.empty();
  private Optional<Path> knownRelays = Optional.empty();
  private Optional<Credential> credential = Optional.empty();
  private Duration connectTimeout = Duration.ofSeconds(10);

  ClientBuilder(InetSocketAddress relay, SessionId session) {
    this.relay = relay;
    this.session = session;
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
    relayKey = Optional.of(key);
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
    knownRelays = Optional.of(file);
    return self();
  }

  /**
   * The credential for a relay that asks for one. Default: none.
   *
   * @param value as the operator issued it
   * @return this
   */
  public final B credential(Credential value) {
    credential = Optional.of(value);
    return self();
  }

  /**
   * How long connecting may take, and again handshake and join. Default 10 s.
   *
   * @param value 1 ms or more
   * @return this
   */
  public final B connectTimeout(Duration value) {
    if (value.toMillis() < 1) {
      throw new IllegalArgumentException("a connect timeout is at least 1 ms, not " + value);
    }
    connectTimeout = value;
    return self();
  }

  final ClientOptions options() {
    return new ClientOptions(relay, session, relayKey, knownRelays, credential, connectTimeout);
  }
}
