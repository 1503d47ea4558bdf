package io.hydrasync.client.internal.connection;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.check.Reasons;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reaches a relay, once: looks its name up and connects by one of its addresses. Knows what it has
 * tried, for whoever has to say that it failed. {@link #connect} is called once, by one thread; all
 * else by any.
 */
final class Dial implements Closeable {
  private static final String BYTE = "([01]?[0-9]?[0-9]|2[0-4][0-9]|25[0-5])";

  /** What is an address and no name; with a colon it cannot be a name. */
  private static final Pattern ADDRESS =
      Pattern.compile("(BYTE\\.){3}BYTE|.*:.*".replace("BYTE", BYTE));

  private final ClientOptions options;
  private final RelayRound round;
  private final RelayRound.Stop stop;
  private final String host;
  private final int port;
  private final String where;
  private volatile NameLookups.@Nullable Lookup lookup;
  private volatile @Nullable ConnectRace race;
  private volatile boolean closed;

  /**
   * Nothing is begun.
   *
   * @param round knows which addresses are to be tried, and hears which were
   * @param stop the relay
   */
  Dial(ClientOptions options, RelayRound round, RelayRound.Stop stop) {
    this.options = options;
    this.round = round;
    this.stop = stop;
    RelayAddress relay = stop.relay();
    host = relay.host();
    port = relay.port();
    where = Relays.nameOf(relay);
  }

  /** The relay's name, as the application gave it, and its port. */
  String where() {
    return where;
  }

  /**
   * Connects.
   *
   * @return a connected socket; the caller closes it
   * @throws IOException if there is no address, or none of them can be reached; or if this is
   *     closed
   */
  Socket connect() throws IOException {
    ConnectRace own =
        new ConnectRace(stop.only().isPresent() ? List.of(stop.only().get()) : left());
    race = own;
    checkOpen(own);
    try {
      return own.run();
    } finally {
      round.tried(stop, own.decided());
    }
  }

  private List<InetSocketAddress> left() throws IOException {
    List<InetSocketAddress> found =
        AddressOrder.of(addresses()).stream()
            .map(address -> new InetSocketAddress(address, port))
            .toList();
    List<InetSocketAddress> left = round.left(stop, found);
    if (left.isEmpty()) {
      throw new NothingNewException(where);
    }
    return left;
  }

  /** All addresses of the name are those of a relay that has been tried. */
  static final class NothingNewException extends IOException {
    private static final long serialVersionUID = 1L;

    NothingNewException(String where) {
      super("no address of " + where + " is left to be tried");
    }
  }

  private List<InetAddress> addresses() throws IOException {
    @Nullable InetAddress given = round.resolved(stop.relay()).orElse(null);
    if (isAddress()) {
      return LinkZones.of(given == null ? InetAddress.getByName(host) : given);
    }
    try {
      List<InetAddress> found = lookUp();
      return given != null && found.contains(given) ? startingWith(given, found) : found;
    } catch (UnknownHostException e) {
      if (given == null) {
        throw e;
      }
      return List.of(given); // which the application has got from somebody who knew better
    }
  }

  /** What the application has resolved itself is the first as long as the name still has it. */
  private static List<InetAddress> startingWith(InetAddress given, List<InetAddress> found) {
    List<InetAddress> all = new ArrayList<>(found.size() + 1);
    all.add(given);
    all.addAll(found); // in which it stands again, and is passed over then
    return all;
  }

  private boolean isAddress() {
    return ADDRESS.matcher(host).matches();
  }

  private List<InetAddress> lookUp() throws IOException {
    try (NameLookups.Lookup own = options.names().start(host)) {
      lookup = own;
      checkOpen(own);
      return own.await();
    }
  }

  private void checkOpen(Closeable part) throws IOException {
    if (closed) {
      part.close();
      throw new SocketException("given up");
    }
  }

  /** The address that it is connected to, empty if none can be reached. */
  Optional<InetSocketAddress> reached() {
    ConnectRace tried = race;
    return tried == null ? Optional.empty() : tried.winner();
  }

  /** Ends the connecting, wherever it is. From any thread; never blocks. */
  @Override
  public void close() {
    closed = true;
    NameLookups.Lookup looking = lookup;
    if (looking != null) {
      looking.close();
    }
    ConnectRace running = race;
    if (running != null) {
      running.close();
    }
  }

  // ---- what is said when it has failed ----

  /** There is no connection, and the time is over. */
  ConnectionException unconnected() {
    ConnectRace tried = race;
    NameLookups.Lookup looking = lookup;
    String state = "";
    if (tried != null && !isAddress()) {
      state = " (" + tried.describe() + ")";
    } else if (tried == null && looking != null) {
      state = ": its name cannot be looked up, " + looking.state();
    }
    return late(state);
  }

  /**
   * There is a connection, and the time for what is done over it is over.
   *
   * @param hint what may be the reason, with what separates it
   */
  ConnectionException unanswered(String hint) {
    return late(at() + hint);
  }

  private ConnectionException late(String more) {
    return new ConnectionException(
        ErrorCode.TIMEOUT, "the relay at " + where() + " does not answer in time" + more);
  }

  /** It failed by this, or what was done over the connection did. */
  ConnectionException failed(IOException problem) {
    return new ConnectionException(
        ErrorCode.DISCONNECTED,
        "cannot reach the relay at " + where() + at() + ": " + reason(problem),
        problem);
  }

  private String reason(IOException problem) {
    ConnectRace tried = race;
    if (problem instanceof UnknownHostException && !isAddress()) {
      return unknown(String.valueOf(problem.getMessage()));
    }
    return tried == null || isAddress() || tried.winner().isPresent()
        ? Reasons.of(problem)
        : tried.describe();
  }

  /** Which of the addresses it was. */
  private String at() {
    ConnectRace tried = race;
    return tried == null || isAddress()
        ? ""
        : tried
            .winner()
            .map(winner -> " (" + winner.getAddress().getHostAddress() + ")")
            .orElse("");
  }

  /** The JVM says little more than the name. */
  private String unknown(String said) {
    String more =
        said.startsWith(host + ": ") ? " (" + said.substring(host.length() + 2) + ")" : "";
    return "unknown host " + host + more;
  }
}
