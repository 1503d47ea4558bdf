package io.hydrasync.server;

import java.time.Duration;

/**
 * A client's connection at one moment. Immutable.
 *
 * @param id the number by which {@link RelayOperator#kick} takes it
 * @param peer address and port
 * @param age since it was accepted
 * @param receivedBytes from it
 * @param sentBytes to it
 * @param lagBytes what a consumer has still to take; 0 for others
 */
public record ConnectionStatus(
    long id, String peer, Duration age, long receivedBytes, long sentBytes, long lagBytes) {}
