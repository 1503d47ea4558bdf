package io.hydrasync.server.internal.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The bytes of one connection, and in how many reads and writes. Written by the connection's loop
 * alone, once per read and per write that is done; read by anybody, a moment late.
 */
public final class Traffic {
  private static final VarHandle RECEIVED = handle("receivedBytes");
  private static final VarHandle SENT = handle("sentBytes");
  private static final VarHandle TURNS = handle("turns");

  private long receivedBytes;
  private long sentBytes;
  private long turns;

  private static VarHandle handle(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(Traffic.class, field, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  public void received(int bytes) {
    RECEIVED.setOpaque(this, receivedBytes + bytes);
    TURNS.setOpaque(this, turns + 1);
  }

  public void sent(int bytes) {
    SENT.setOpaque(this, sentBytes + bytes);
    TURNS.setOpaque(this, turns + 1);
  }

  /** Reads and writes together. */
  public long turns() {
    return (long) TURNS.getOpaque(this);
  }

  public long receivedBytes() {
    return (long) RECEIVED.getOpaque(this);
  }

  public long sentBytes() {
    return (long) SENT.getOpaque(this);
  }
}
