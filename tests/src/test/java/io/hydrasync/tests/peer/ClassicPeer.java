package io.hydrasync.tests.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.PythonPeer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The classic wire from both sides: the peer {@code src/test/python/classic_peer.py}, which was
 * written from the description of the wire alone, and this project's own clients.
 */
public final class ClassicPeer {
  /** What the peer says behind the last message. */
  public static final String END = "end";

  private static final String SCRIPT = "classic_peer.py";
  private static final HexFormat HEX = HexFormat.of();
  private static final int CHUNK = 64 << 10;
  private static final String SEED = "42";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Map<List<Integer>, List<String>> REPORTS = new ConcurrentHashMap<>();

  private ClassicPeer() {}

  /** A session as the classic wire knows it: nobody owns it. */
  public static SessionSecrets session() {
    SecureRandom random = new SecureRandom();
    byte[] id = new byte[SessionId.LENGTH];
    random.nextBytes(id);
    return new SessionSecrets(SessionId.of(id), SessionKey.generate(random));
  }

  // ---- what is sent ----

  /** Message by message as the peer makes it. */
  public static byte[] message(int number, int size) {
    try {
      ByteBuffer seed = ByteBuffer.allocate(16).putLong(Long.parseLong(SEED)).putLong(number);
      byte[] key = MessageDigest.getInstance("SHA-256").digest(seed.array());
      Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(key, 0, 16, "AES"),
          new IvParameterSpec(new byte[16]));
      byte[] zeros = new byte[CHUNK];
      byte[] message = new byte[size];
      for (int at = 0; at < size; at += CHUNK) {
        cipher.update(zeros, 0, Math.min(CHUNK, size - at), message, at);
      }
      return message;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** How the peer reports a message: its length and its SHA-256. */
  public static String report(ByteBuffer message) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      int length = message.remaining();
      for (int at = message.position(); at < message.limit(); at += CHUNK) {
        digest.update(message.slice(at, Math.min(CHUNK, message.limit() - at)));
      }
      return length + " " + HEX.formatHex(digest.digest());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** What a consumer reports that gets messages of these sizes and then the end. */
  public static List<String> reports(List<Integer> sizes) {
    return REPORTS.computeIfAbsent(sizes, ClassicPeer::makeReports);
  }

  private static List<String> makeReports(List<Integer> sizes) {
    List<String> reports = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      reports.add(report(ByteBuffer.wrap(message(i, sizes.get(i)))));
    }
    reports.add(END);
    return reports;
  }

  // ---- this project's clients ----

  public static HydraProducer ourProducer(InetSocketAddress relay, SessionSecrets session) {
    return HydraProducer.builder(relay, session).wire(Wire.CLASSIC).connect();
  }

  public static HydraConsumer ourConsumer(InetSocketAddress relay, SessionSecrets session) {
    return HydraConsumer.builder(relay, session).wire(Wire.CLASSIC).connect();
  }

  /** Sends messages of these sizes, some with {@code write} and some with {@code broadcast}. */
  public static void send(HydraProducer producer, List<Integer> sizes) {
    for (int i = 0; i < sizes.size(); i++) {
      byte[] message = message(i, sizes.get(i));
      if (i % 2 == 0) {
        producer.write(message);
      } else {
        producer.broadcast(message);
      }
    }
  }

  /** The next message, null at the end; fails when nothing comes at all. */
  public static @Nullable ByteBuffer next(HydraConsumer consumer) {
    return consumer.receive(PATIENCE);
  }

  /** What our consumer gets, as the peer would report it. */
  public static List<String> receive(HydraConsumer consumer) {
    List<String> reports = new ArrayList<>();
    for (ByteBuffer view = next(consumer); view != null; view = next(consumer)) {
      reports.add(report(view));
    }
    reports.add(END);
    return reports;
  }

  // ---- the peer ----

  private static PeerProcess start(String command, List<String> fixed, String... more)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(fixed);
    arguments.addAll(List.of(more));
    return PythonPeer.start(SCRIPT, arguments);
  }

  private static List<String> at(InetSocketAddress relay) {
    return List.of(
        "--host", relay.getAddress().getHostAddress(), "--port", String.valueOf(relay.getPort()));
  }

  private static List<String> member(InetSocketAddress relay, SessionSecrets session) {
    List<String> arguments = new ArrayList<>(at(relay));
    arguments.addAll(List.of("--session", HEX.formatHex(session.id().toBytes())));
    arguments.addAll(List.of("--key", HEX.formatHex(session.key().secretBytes())));
    return arguments;
  }

  public static PeerProcess producer(
      InetSocketAddress relay, SessionSecrets session, String... more) throws IOException {
    return start("produce", member(relay, session), more);
  }

  public static PeerProcess producer(
      InetSocketAddress relay, SessionSecrets session, List<Integer> sizes, String... more)
      throws IOException {
    String list = sizes.stream().map(String::valueOf).collect(Collectors.joining(","));
    List<String> arguments = new ArrayList<>(List.of("--seed", SEED, "--sizes", list));
    arguments.addAll(List.of(more));
    return producer(relay, session, arguments.toArray(String[]::new));
  }

  /** A consumer; says "joined" first. */
  public static PeerProcess consumer(
      InetSocketAddress relay, SessionSecrets session, String... more) throws IOException {
    return start("consume", member(relay, session), more);
  }

  /** What each of several consumers in one process reports behind "joined". */
  public static List<List<String>> reportsOf(PeerProcess consumers, int count)
      throws InterruptedException {
    List<String> lines = consumers.rest();
    if (count == 1) {
      return List.of(lines.subList(1, lines.size()));
    }
    return IntStream.range(0, count)
        .mapToObj(i -> lines.stream().filter(line -> line.startsWith(i + " ")))
        .map(own -> own.skip(1).map(line -> line.substring(line.indexOf(' ') + 1)).toList())
        .toList();
  }

  /** A relay; says "listening HOST:PORT" first, which {@link #address} takes. */
  public static PeerProcess relay(String... more) throws IOException {
    return start("relay", List.of(), more);
  }

  public static InetSocketAddress address(PeerProcess relay) throws InterruptedException {
    String line = relay.line().orElseThrow();
    assertThat(line).startsWith("listening 127.0.0.1:");
    int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    return new InetSocketAddress("127.0.0.1", port);
  }

  public static PeerProcess attack(InetSocketAddress relay, String name, String... more)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(name));
    arguments.addAll(at(relay));
    return start("attack", arguments, more);
  }
}
