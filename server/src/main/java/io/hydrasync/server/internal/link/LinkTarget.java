package io.hydrasync.server.internal.link;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.control.JoinMessage;

/**
 * To where a link goes and what it asks for.
 *
 * @param address of the node that is said to own the session
 * @param relayKeys of which it must show one
 * @param credential that is shown to it
 * @param session which one
 * @param join without the credential
 */
public record LinkTarget(
    RelayAddress address,
    RelayKeys relayKeys,
    Credential credential,
    SessionId session,
    JoinMessage join) {}
