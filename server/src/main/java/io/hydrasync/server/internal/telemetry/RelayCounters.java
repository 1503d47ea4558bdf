package io.hydrasync.server.internal.telemetry;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a relay counts: nothing per frame, at most once per read or write. Any thread may add and
 * read; the names are fixed and few.
 */
public final class RelayCounters {
  /** How a handshake ended. */
  public enum HandshakeResult {
    OK,
    /** Closed before it was done: malformed, silent, or gone. */
    FAILED,
    /**
     * The client closed the connection before it had said anything: one that tries all addresses of
     * a relay keeps only the first connection. Or a probe of somebody's.
     */
    UNUSED,
    /** The address had too many. */
    LIMITED
  }

  /** An address has started too many handshakes. */
  public static final String HANDSHAKE_RATE = "handshake_rate";

  /** The pool of handshakes has too many of them. */
  public static final String HANDSHAKE_POOL = "handshake_pool";

  /** An address has too many connections. */
  public static final String ADDRESS_CONNECTIONS = "address_connections";

  /** An address has too many connections that have not joined yet. */
  public static final String ADDRESS_JOINING = "address_joining";

  /** An IPv6 /56 or /48 has too many connections. */
  public static final String NETWORK_CONNECTIONS = "network_connections";

  /** An IPv6 /56 or /48 has too many connections that have not joined yet. */
  public static final String NETWORK_JOINING = "network_joining";

  /** Too many connections have not joined yet. */
  public static final String JOINING_CONNECTIONS = "joining_connections";

  /** What a client can be told before it has joined: there from the start, at 0. */
  private static final List<ErrorCode> REFUSALS =
      List.of(
          ErrorCode.PROTOCOL,
          ErrorCode.TIMEOUT,
          ErrorCode.UNAUTHORIZED,
          ErrorCode.NOT_OWNER,
          ErrorCode.PRODUCER_EXISTS,
          ErrorCode.NO_SESSION,
          ErrorCode.LIMIT,
          ErrorCode.SHUTDOWN,
          ErrorCode.UNSUPPORTED);

  /** Those that are closed without a word. */
  private static final List<String> SILENT_REFUSALS =
      List.of(
          HANDSHAKE_RATE,
          HANDSHAKE_POOL,
          ADDRESS_CONNECTIONS,
          ADDRESS_JOINING,
          NETWORK_CONNECTIONS,
          NETWORK_JOINING,
          JOINING_CONNECTIONS);

  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();
  private final LongAdder sentToOthers = new LongAdder();
  private final LongAdder gapFrames = new LongAdder();
  private final LongAdder observers = new LongAdder();
  private final LongAdder linkReceivedBytes = new LongAdder();
  private final LongAdder linkSentBytes = new LongAdder();
  private final LongAdder linksTaken = new LongAdder();
  private final LongAdder linksMade = new LongAdder();
  private final LongAdder takeovers = new LongAdder();
  private final LongAdder sessionsMade = new LongAdder();
  private final LongAdder producedSessions = new LongAdder();
  private final Map<Role, LongAdder> connected = adders(Role.class);
  private final Map<HandshakeResult, LongAdder> handshakes = adders(HandshakeResult.class);
  private final Map<Overflow, LongAdder> overflows = adders(Overflow.class);
  private final Map<String, LongAdder> rejected = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> closed = new ConcurrentHashMap<>();

  public RelayCounters() {
    for (ErrorCode code : REFUSALS) {
      rejected.put(label(code), new LongAdder());
    }
    for (String reason : SILENT_REFUSALS) {
      rejected.put(reason, new LongAdder());
    }
  }

  private static <E extends Enum<E>> Map<E, LongAdder> adders(Class<E> type) {
    Map<E, LongAdder> adders = new EnumMap<>(type);
    for (E value : type.getEnumConstants()) {
      adders.put(value, new LongAdder());
    }
    return adders;
  }

  public void received(int bytes) {
    receivedBytes.add(bytes);
  }

  public void sent(int bytes) {
    sentBytes.add(bytes);
  }

  /** Of what has been sent, that was to others than consumers: so nothing is counted twice. */
  public void sentToOthers(int bytes) {
    sentToOthers.add(bytes);
  }

  /** An observer has come (1) or gone (-1). */
  public void observers(int by) {
    observers.add(by);
  }

  /** Over a link, from another node. */
  public void linkReceived(int bytes) {
    linkReceivedBytes.add(bytes);
  }

  /** Over a link, to another node. */
  public void linkSent(int bytes) {
    linkSentBytes.add(bytes);
  }

  /** A link of another node has come (1) or gone (-1). */
  public void linksTaken(int by) {
    linksTaken.add(by);
  }

  /** A link to another node is there (1) or gone (-1). */
  public void linksMade(int by) {
    linksMade.add(by);
  }

  /** A session that another node owned is this one's now. */
  public void tookOver() {
    takeovers.increment();
  }

  /** A producer has begun a session. */
  public void sessionMade() {
    sessionsMade.increment();
  }

  /** A session has a producer now (1), or none any more (-1). */
  public void produced(int by) {
    producedSessions.add(by);
  }

  /** Frames were announced as lost; an announcement without an end counts as nothing. */
  public void gap(long from, long to) {
    if (to > from) {
      gapFrames.add(to - from);
    }
  }

  /** A client of this role has come (1) or gone (-1). */
  public void connected(Role role, int by) {
    count(connected, role, by);
  }

  public void handshake(HandshakeResult result) {
    count(handshakes, result, 1);
  }

  /**
   * The policy has acted: a producer was stopped, a segment spilled, a consumer dropped or moved.
   */
  public void overflow(Overflow policy) {
    count(overflows, policy, 1);
  }

  private static <E extends Enum<E>> void count(Map<E, LongAdder> adders, E key, int by) {
    LongAdder adder = adders.get(key);
    if (adder != null) {
      adder.add(by);
    }
  }

  /** A connection was refused before it had joined. */
  public void rejected(String reason) {
    rejected.computeIfAbsent(reason, first -> new LongAdder()).increment();
  }

  /** A connection that had joined is gone. */
  public void closed(String reason) {
    closed.computeIfAbsent(reason, first -> new LongAdder()).increment();
  }

  public long receivedBytes() {
    return receivedBytes.sum();
  }

  public long sentBytes() {
    return sentBytes.sum();
  }

  /** Bytes sent to consumers. */
  public long deliveredBytes() {
    return Math.max(0, sentBytes.sum() - sentToOthers.sum());
  }

  public int observers() {
    return observers.intValue();
  }

  public long linkReceivedBytes() {
    return linkReceivedBytes.sum();
  }

  public long linkSentBytes() {
    return linkSentBytes.sum();
  }

  /** Links of other nodes. */
  public int linksTaken() {
    return linksTaken.intValue();
  }

  /** Links to other nodes. */
  public int linksMade() {
    return linksMade.intValue();
  }

  public long takeovers() {
    return takeovers.sum();
  }

  /** Sessions that a producer has begun. */
  public long sessionsMade() {
    return sessionsMade.sum();
  }

  /** Sessions that have a producer. */
  public long producedSessions() {
    return Math.max(0, producedSessions.sum());
  }

  public long gapFrames() {
    return gapFrames.sum();
  }

  public int connected(Role role) {
    LongAdder adder = connected.get(role);
    return adder == null ? 0 : adder.intValue();
  }

  public Map<String, Long> handshakes() {
    return named(handshakes);
  }

  public Map<String, Long> overflows() {
    Map<String, Long> named = named(overflows);
    named.remove(label(Overflow.DEFAULT));
    return named;
  }

  public Map<String, Long> rejected() {
    return sums(rejected);
  }

  public Map<String, Long> closed() {
    return sums(closed);
  }

  private static Map<String, Long> named(Map<? extends Enum<?>, LongAdder> adders) {
    Map<String, Long> sums = new TreeMap<>();
    adders.forEach((key, adder) -> sums.put(label(key), adder.sum()));
    return sums;
  }

  private static Map<String, Long> sums(Map<String, LongAdder> adders) {
    Map<String, Long> sums = new TreeMap<>();
    adders.forEach((key, adder) -> sums.put(key, adder.sum()));
    return sums;
  }

  /** As a metric's label says it. */
  public static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** The reason of a refusal or an end that was an ERROR. */
  public static String label(ErrorCode code) {
    return label((Enum<?>) code);
  }
}
