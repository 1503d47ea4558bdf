package io.hydrasync.tests.crate;

import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.PeerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Starts the crate's clients and servers, and tells what they say. */
final class CratePeer {
  static final String JOINED = "joined";
  static final String SENT = "sent";

  private static final HexFormat HEX = HexFormat.of();
  private static final long FNV_BASIS = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private CratePeer() {}

  /** A program that the version has been built with. */
  static PeerProcess start(CrateVersion version, String... arguments) throws IOException {
    Path directory = Files.createDirectories(Cargo.FOLDER.resolve("run"));
    List<String> command = new ArrayList<>();
    command.add(Cargo.FOLDER.resolve("debug").resolve("peer-" + version.name()).toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("LOG_LEVEL", "error");
    return PeerProcess.startWithErrors(builder);
  }

  static PeerProcess producer(
      CrateVersion version, InetSocketAddress relay, SessionSecrets session, List<Integer> sizes)
      throws IOException {
    List<String> arguments = new ArrayList<>(join("producer", relay, session));
    sizes.forEach(size -> arguments.add("" + size));
    return start(version, arguments.toArray(String[]::new));
  }

  /**
   * Consumers in one process.
   *
   * @param messages after how many a consumer leaves; 0 if it stays until the relay ends it
   */
  static PeerProcess consumers(
      CrateVersion version,
      InetSocketAddress relay,
      SessionSecrets session,
      int count,
      int messages)
      throws IOException {
    List<String> arguments = new ArrayList<>(join("consumer", relay, session));
    arguments.add("" + count);
    arguments.add("" + messages);
    return start(version, arguments.toArray(String[]::new));
  }

  static PeerProcess observer(CrateVersion version, InetSocketAddress relay, byte[] token)
      throws IOException {
    return start(version, "observer", text(relay), HEX.formatHex(token));
  }

  /** The crate's server with these packets and a policy of its own; as it is by default for 0. */
  static PeerProcess server(CrateVersion version, int packet) throws IOException {
    return packet == 0
        ? start(version, "server", "-", "-", "-", "-")
        : start(version, "server", "" + packet, "backpressure", "256", "-");
  }

  static InetSocketAddress address(PeerProcess server) throws InterruptedException {
    String address = server.awaitAfter("listening ");
    int colon = address.lastIndexOf(':');
    return new InetSocketAddress(
        address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
  }

  private static List<String> join(String role, InetSocketAddress relay, SessionSecrets session) {
    return List.of(
        role,
        text(relay),
        HEX.formatHex(session.id().toBytes()),
        HEX.formatHex(session.key().secretBytes()));
  }

  private static String text(InetSocketAddress relay) {
    return "127.0.0.1:" + relay.getPort();
  }

  // ---- what they receive ----

  /** How the programs report a message: its length and its FNV-1a hash of 64 bits. */
  static String report(ByteBuffer message) {
    int length = message.remaining();
    long hash = FNV_BASIS;
    while (message.hasRemaining()) {
      hash = (hash ^ (message.get() & 0xff)) * FNV_PRIME;
    }
    return length + " " + HEX.toHexDigits(hash);
  }

  /** What is reported of messages of these sizes that are sent in packets; 0 for whole ones. */
  static List<String> reports(List<Integer> sizes, int packet) {
    List<String> reports = new ArrayList<>();
    for (int number = 0; number < sizes.size(); number++) {
      ByteBuffer message = ByteBuffer.wrap(Fixture.message(number, sizes.get(number)));
      int step = packet == 0 ? message.remaining() : packet;
      for (int at = 0; at < message.limit(); at += step) {
        reports.add(report(message.slice(at, step)));
      }
    }
    return reports;
  }

  /**
   * What each consumer of a process says until its end, without its number.
   *
   * @param lines all that the process has said
   */
  static List<List<String>> byConsumer(List<String> lines, int count) {
    List<List<String>> all = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      String prefix = number + " ";
      all.add(
          lines.stream()
              .filter(line -> line.startsWith(prefix))
              .map(line -> line.substring(prefix.length()))
              .toList());
    }
    return all;
  }
}
