package io.hydrasync.server;

import io.hydrasync.server.internal.connection.Connection;
import java.time.Duration;

/** A client's connection at one moment. Immutable. */
public final class ConnectionStatus {
  private final long id;
  private final String peer;
  private final Duration age;
  private final long receivedBytes;
  private final long sentBytes;
  private final long lagBytes;

  ConnectionStatus(Connection connection, long lagBytes, long nowNanos) {
    id = connection.record().id();
    peer = connection.peer();
    age = Duration.ofNanos(nowNanos - connection.acceptedNanos());
    receivedBytes = connection.record().traffic().receivedBytes();
    sentBytes = connection.record().traffic().sentBytes();
    this.lagBytes = lagBytes;
  }

  /**
   * Its number.
   *
   * @return the number by which {@link RelayOperator#kick} takes it
   */
  public long id() {
    return id;
  }

  /**
   * Where the client is.
   *
   * @return address and port
   */
  public String peer() {
    return peer;
  }

  /**
   * How long it has been there.
   *
   * @return the time since it was accepted
   */
  public Duration age() {
    return age;
  }

  /**
   * What has come from the client.
   *
   * @return bytes
   */
  public long receivedBytes() {
    return receivedBytes;
  }

  /**
   * What has gone to the client.
   *
   * @return bytes
   */
  public long sentBytes() {
    return sentBytes;
  }

  /**
   * How far a consumer is behind.
   *
   * @return bytes that it has still to take; 0 for others
   */
  public long lagBytes() {
    return lagBytes;
  }

  @Override
  public String toString() {
    return "connection " + id + " of " + peer;
  }
}
