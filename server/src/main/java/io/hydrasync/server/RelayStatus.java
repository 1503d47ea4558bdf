package io.hydrasync.server;

import io.hydrasync.protocol.Role;
import java.time.Duration;
import java.util.Map;

/**
 * A relay at a glance: gauges of this moment, and counters since it was started. Immutable.
 *
 * @param state {@code running}, {@code draining}, {@code closing}, or {@code failed} ({@link
 *     RelayOperator#fatalError()})
 * @param uptime since the relay was made
 * @param connections clients that have joined, by role
 * @param joining clients that are connected and have not joined, or are on their way out
 * @param sessions sessions known
 * @param logMemoryBytes memory of all logs
 * @param memoryBudgetBytes its limit
 * @param spillBytes on disk
 * @param receivedBytes from clients
 * @param sentBytes to clients
 * @param gapFrames frames that were announced as lost, by their number, once for each consumer
 * @param handshakes by result: {@code ok}, {@code failed}, {@code limited}
 * @param rejected clients refused before they had joined, by reason
 * @param closed clients gone after they had joined, by reason
 * @param overflows how often each policy has acted
 */
public record RelayStatus(
    String state,
    Duration uptime,
    Map<Role, Integer> connections,
    int joining,
    int sessions,
    long logMemoryBytes,
    long memoryBudgetBytes,
    long spillBytes,
    long receivedBytes,
    long sentBytes,
    long gapFrames,
    Map<String, Long> handshakes,
    Map<String, Long> rejected,
    Map<String, Long> closed,
    Map<String, Long> overflows) {}
