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
  private volatile Link link = Link.NONE;
  private String session = "";
  private @Nullable String reason;
  private boolean observer;
  private boolean joined;
  private long lagBytes;
  private Attendance.@Nullable Visit visit;

  /** What it is between two nodes of a cluster. */
  private enum Link {
    /** A client's connection. */
    NONE,
    /** Another node's, to this one. */
    TAKEN,
    /** This node's, to another one. */
    MADE
  }

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
    if (link == Link.NONE) {
      operations.counters().received(bytes);
    } else {
      operations.counters().linkReceived(bytes);
    }
  }

  public void sent(int bytes) {
    traffic.sent(bytes);
    if (link != Link.NONE) {
      operations.counters().linkSent(bytes);
      return;
    }
    operations.counters().sent(bytes);
    if (role != Role.CONSUMER) {
      operations.counters().sentToOthers(bytes);
    }
  }

  /** What answers a consumer's join is not delivered to it. */
  void said(int bytes) {
    if (link != Link.NONE) {
      sent(bytes);
      return;
    }
    traffic.sent(bytes);
    operations.counters().sent(bytes);
    operations.counters().sentToOthers(bytes);
  }

  public void handshakeDone() {
    handshake = HandshakeResult.OK;
    if (link == Link.NONE) {
      operations.counters().handshake(handshake);
    }
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

  /** JOIN has been checked: another node, for its own consumers of a session. */
  public void identifiedLink(String name) {
    link = Link.TAKEN;
    identified(Role.CONSUMER, name);
  }

  /** This node goes to another one. */
  public void linksTo(String name) {
    link = Link.MADE;
    session = name;
  }

  /** The other node has let it in. */
  public void linked() {
    joined();
  }

  /** An observer's token has been checked: its role is none of wire 2's. */
  public void identifiedObserver() {
    observer = true;
  }

  /** JOINED has been said. */
  void joined() {
    if (!joined && (role != null || observer || link != Link.NONE)) {
      joined = true;
      count(1);
    }
  }

  /** One more or one less of what it is. */
  private void count(int by) {
    RelayCounters counters = operations.counters();
    Role as = role;
    if (link == Link.TAKEN) {
      counters.linksTaken(by);
    } else if (link == Link.MADE) {
      counters.linksMade(by);
    } else if (as == null) {
      counters.observers(by);
    } else {
      counters.connected(as, by);
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
      count(-1);
      if (link == Link.NONE) {
        operations.counters().closed(why.replace(' ', '_'));
      }
    } else if (as == null && link == Link.NONE && handshake != HandshakeResult.OK) {
      operations.counters().handshake(unused ? HandshakeResult.UNUSED : handshake);
    }
    operations
        .closeLog()
        .closed(
            new CloseLog.Line(
                id,
                kind(as),
                session,
                unused ? UNUSED : why,
                peer,
                traffic.receivedBytes(),
                traffic.sentBytes(),
                lagBytes,
                nanos));
  }

  /** As which it is in the log. */
  private String kind(@Nullable Role as) {
    if (link != Link.NONE) {
      return "link";
    }
    return as != null ? RelayCounters.label(as) : observer ? "observer" : "none";
  }
}
