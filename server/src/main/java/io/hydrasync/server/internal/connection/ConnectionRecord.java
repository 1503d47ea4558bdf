package io.hydrasync.server.internal.connection;

import io.hydrasync.protocol.Role;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.telemetry.Attendance;
import io.hydrasync.server.internal.telemetry.CloseLog;
import io.hydrasync.server.internal.telemetry.RelayCounters;
import io.hydrasync.server.internal.telemetry.RelayCounters.HandshakeResult;
import io.hydrasync.server.internal.telemetry.Traffic;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is counted and, at its end, written down about one connection. Confined to the connection's
 * loop, but for {@link #id()}, {@link #traffic()} and {@link #role()}.
 */
public final class ConnectionRecord {
  private static final String GONE = "closed by peer";
  private static final String UNUSED = "unused";

  private final Operations operations;
  private final long id;
  private final Traffic traffic = new Traffic();
  private HandshakeResult handshake = HandshakeResult.FAILED;
  private volatile @Nullable Role role;
  private String session = "";
  private @Nullable String reason;
  private boolean observer;
  private boolean joined;
  private long lagBytes;
  private Attendance.@Nullable Visit visit;

  ConnectionRecord(Operations operations) {
    this.operations = operations;
    id = operations.nextConnectionId();
  }

  /** A number of its own, by which an operator names it. */
  public long id() {
    return id;
  }

  public Traffic traffic() {
    return traffic;
  }

  /** What it has joined as, or null. */
  @Nullable Role role() {
    return role;
  }

  /** The log name of its session, or nothing. */
  String session() {
    return session;
  }

  void received(int bytes) {
    traffic.received(bytes);
    operations.counters().received(bytes);
  }

  public void sent(int bytes) {
    traffic.sent(bytes);
    operations.counters().sent(bytes);
    if (role != Role.CONSUMER) {
      operations.counters().sentToOthers(bytes);
    }
  }

  /** What answers a consumer's join is not delivered to it. */
  void said(int bytes) {
    traffic.sent(bytes);
    operations.counters().sent(bytes);
    operations.counters().sentToOthers(bytes);
  }

  public void handshakeDone() {
    handshake = HandshakeResult.OK;
    operations.counters().handshake(handshake);
  }

  public void handshakeLimited() {
    handshake = HandshakeResult.LIMITED;
    operations.counters().rejected(RelayCounters.HANDSHAKE_RATE);
  }

  public void poolFull() {
    operations.counters().rejected(RelayCounters.HANDSHAKE_POOL);
  }

  /**
   * JOIN has been checked: who this is.
   *
   * @param name what its session is called in logs
   */
  public void identified(Role as, String name) {
    role = as;
    if (as != Role.ADMIN) {
      session = name;
    }
  }

  /** An observer's token has been checked: its role is none of wire 2's. */
  public void identifiedObserver() {
    observer = true;
  }

  /** JOINED has been said. */
  void joined() {
    Role as = role;
    if (!joined && as != null) {
      joined = true;
      operations.counters().joined(as);
    } else if (!joined && observer) {
      joined = true;
      operations.counters().observers(1);
    }
  }

  /**
   * A consumer has its place.
   *
   * @param peer its address
   * @param taken up to where it has been given the log, for any thread
   */
  public void attends(String peer, LongSupplier taken) {
    Attendance attendance = operations.attendance();
    if (attendance != null && visit == null) {
      visit = attendance.joined(id, peer, System.nanoTime(), taken);
    }
  }

  /** What a consumer that is about to end has not taken. */
  public void lag(long bytes) {
    lagBytes = bytes;
    Attendance.Visit ends = visit;
    if (ends != null) {
      ends.leaves();
    }
  }

  /** Why it ends, unless that is known already. */
  public void ends(String why) {
    if (reason == null) {
      reason = why;
    }
  }

  /** Whether nothing has come from the client, and the relay has found no fault with that. */
  boolean isUnused() {
    return reason == null && traffic.receivedBytes() == 0;
  }

  /** An ERROR is said to it. */
  void fails(String code) {
    if (!joined && reason == null) {
      operations.counters().rejected(code);
    }
    ends(code);
  }

  /**
   * The connection is gone.
   *
   * @param peer its address
   * @param nanos since it was accepted
   */
  void closed(String peer, long nanos) {
    Attendance.Visit ended = visit;
    if (ended != null) {
      ended.gone(System.nanoTime());
    }
    Role as = role;
    boolean unused = isUnused();
    String why = reason == null ? GONE : reason;
    if (joined) {
      if (as == null) {
        operations.counters().observers(-1);
      } else {
        operations.counters().left(as);
      }
      operations.counters().closed(why.replace(' ', '_'));
    } else if (as == null && handshake != HandshakeResult.OK) {
      operations.counters().handshake(unused ? HandshakeResult.UNUSED : handshake);
    }
    operations
        .closeLog()
        .closed(
            new CloseLog.Line(
                id,
                as != null ? RelayCounters.label(as) : observer ? "observer" : "none",
                session,
                unused ? UNUSED : why,
                peer,
                traffic.receivedBytes(),
                traffic.sentBytes(),
                lagBytes,
                nanos));
  }
}
