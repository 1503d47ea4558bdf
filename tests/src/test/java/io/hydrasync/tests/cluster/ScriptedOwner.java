package io.hydrasync.tests.cluster;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import io.hydrasync.tests.support.Deaf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * A node that says in the directory that it owns a session, and to whom a test writes the words
 * that it says to links: it may lie, and may stop at any byte.
 */
final class ScriptedOwner implements AutoCloseable {
  private static final int ACCEPT_MS = 10_000;
  private static final int MAX_FRAME = 1 << 20;
  private static final long ANSWER_SECONDS = 10;

  /** Of the last HEAD, as it says, and its stream. */
  static final long EPOCH = 1_000;

  private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Directory directory;
  private final byte[] relayKey;

  /**
   * Comes into the directory.
   *
   * @param directory its view, not started yet
   * @param keyFile of the relays
   * @param key that they show
   */
  ScriptedOwner(Directory directory, Path keyFile, RelayKey key) throws Exception {
    this.directory = directory;
    relayKey = HexFormat.of().parseHex(Files.readString(keyFile).strip());
    door.setSoTimeout(ACCEPT_MS);
    directory.publish(
        new NodeEntry(
            RelayAddress.of((InetSocketAddress) door.getLocalSocketAddress()),
            Optional.empty(),
            "scripted",
            MAX_FRAME,
            false,
            0,
            SecretHash.of(key.toBytes())));
    directory.start(new Deaf());
  }

  /** Says that it owns a session. */
  void claim(SessionId session, boolean live) throws Exception {
    SessionHash hash = SessionHash.of(session);
    SessionEntry entry =
        new SessionEntry(directory.self(), 1, live, EPOCH, EPOCH, EPOCH, List.of());
    repeat(() -> directory.write(hash, revision(hash), entry));
  }

  /** The session has ended, as the directory says. */
  void forget(SessionId session) throws Exception {
    SessionHash hash = SessionHash.of(session);
    repeat(() -> directory.delete(hash, revision(hash)));
  }

  private long revision(SessionHash hash) throws Exception {
    Optional<Versioned<SessionEntry>> there =
        directory.read(hash).toCompletableFuture().get(ANSWER_SECONDS, TimeUnit.SECONDS);
    return there.map(Versioned::modRevision).orElse(0L);
  }

  /** Until nobody has written in between. */
  private static void repeat(Callable<CompletionStage<WriteOutcome>> step) throws Exception {
    WriteOutcome outcome;
    do {
      outcome = step.call().toCompletableFuture().get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } while (!(outcome instanceof WriteOutcome.Written));
  }

  /** The next link, whose JOIN has come. */
  ScriptedLink accept() throws Exception {
    return new ScriptedLink(door.accept(), relayKey);
  }

  /** Nobody can come any more. */
  void refuse() throws Exception {
    door.close();
  }

  @Override
  public void close() throws Exception {
    door.close();
    directory.close();
  }
}
