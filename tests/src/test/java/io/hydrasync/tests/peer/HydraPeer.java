package io.hydrasync.tests.peer;

import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.PythonPeer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * The peer in another language, {@code src/test/python/hydra_peer.py}, as a relay, a producer or a
 * consumer.
 */
public final class HydraPeer {
  private static final String SCRIPT = "hydra_peer.py";
  private static final String ANY_PORT = "127.0.0.1:0";
  private static final HexFormat HEX = HexFormat.of();

  private HydraPeer() {}

  /** Whose relay it is. */
  public enum Whose {
    OURS,
    THEIRS
  }

  /** What stops a relay. */
  private interface Stop {
    void now() throws Exception;
  }

  /**
   * A relay that runs.
   *
   * @param address where
   * @param key to pin
   * @param stop ends it; what it knew is lost
   */
  public record Relay(InetSocketAddress address, RelayKey key, Stop stop) implements AutoCloseable {
    @Override
    public void close() throws Exception {
      stop.now();
    }
  }

  /** Starts the peer; its standard output can be read. */
  public static PeerProcess run(String... arguments) throws IOException {
    return PythonPeer.start(SCRIPT, List.of(arguments));
  }

  /** A relay of the peer, with more options. */
  public static Relay relay(String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("relay"));
    command.addAll(List.of(options));
    PeerProcess process = PythonPeer.start(SCRIPT, command);
    String[] line = process.line().orElseThrow().split(" "); // listening HOST:PORT key B64
    int colon = line[1].lastIndexOf(':');
    InetSocketAddress address =
        new InetSocketAddress(
            line[1].substring(0, colon), Integer.parseInt(line[1].substring(colon + 1)));
    return new Relay(
        address,
        RelayKey.parse(line[3]),
        () -> {
          process.close();
          process.exitCode(); // the port is free then
        });
  }

  /** A relay that somebody else stops. */
  public static Relay at(InetSocketAddress address, RelayKey key) {
    return new Relay(address, key, () -> {});
  }

  public static Relay ours(HydraServer server) {
    return new Relay(server.address(), server.relayKey(), server::close);
  }

  /** A relay with a key that its next one can have too, on a free port. */
  public static Relay relay(Whose whose, Path keyFile, byte[] key) throws Exception {
    return whose == Whose.OURS
        ? ours(HydraServer.builder().keyFile(keyFile).bind())
        : relay("--listen", ANY_PORT, "--key", HEX.formatHex(key));
  }

  /** The relay that follows one which has been closed: at its place, and it knows nothing. */
  public static Relay next(Whose whose, Relay before, Path keyFile, byte[] key) throws Exception {
    return whose == Whose.OURS
        ? ours(HydraServer.builder().address(before.address()).keyFile(keyFile).bind())
        : relay("--listen", hostPort(before.address()), "--key", HEX.formatHex(key));
  }

  /** A relay that keeps little of what nobody takes. */
  public static Relay forgetful(Whose whose) throws Exception {
    return whose == Whose.OURS
        ? ours(HydraServer.builder().retention(0).bind())
        : relay("--listen", ANY_PORT, "--log", "0");
  }

  public static Relay relay(Whose whose) throws Exception {
    return whose == Whose.OURS ? ours(HydraServer.bindDefault()) : relay("--listen", ANY_PORT);
  }

  public static String hostPort(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  /** The peer's producer; what it tells of itself can be read, too. */
  public static PeerProcess produce(Relay relay, SessionSecrets session, String... more)
      throws IOException {
    List<String> command = inSession("produce", relay, session);
    session
        .owner()
        .ifPresent(
            owner -> {
              command.add("--owner-seed");
              command.add(HEX.formatHex(owner.secretBytes()));
            });
    command.addAll(List.of(more));
    return PythonPeer.startWithErrors(SCRIPT, command);
  }

  /** The peer's consumer; what it tells of itself can be read, too. */
  public static PeerProcess consume(Relay relay, SessionSecrets session, String... more)
      throws IOException {
    List<String> command = inSession("consume", relay, session);
    command.addAll(List.of(more));
    return PythonPeer.startWithErrors(SCRIPT, command);
  }

  private static List<String> inSession(String what, Relay relay, SessionSecrets session) {
    return new ArrayList<>(
        Arrays.asList(
            what,
            "--relay",
            hostPort(relay.address()),
            "--relay-key=" + relay.key(), // which may begin with a dash
            "--session-id",
            HEX.formatHex(session.id().toBytes()),
            "--session-key",
            HEX.formatHex(session.key().secretBytes())));
  }

  /** What the peer sends as message number i: SHA-256(i as u64), repeated and cut. */
  public static byte[] message(int number, int size) throws Exception {
    byte[] seed = new byte[8];
    for (int i = 0; i < 4; i++) {
      seed[7 - i] = (byte) (number >>> (8 * i));
    }
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(seed);
    byte[] message = new byte[size];
    for (int i = 0; i < size; i++) {
      message[i] = digest[i % digest.length];
    }
    return message;
  }
}
