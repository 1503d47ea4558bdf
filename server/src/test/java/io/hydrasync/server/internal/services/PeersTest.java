package io.hydrasync.server.internal.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.wire.control.PeersMessage;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeersTest {
  private static final RelayAddress PUBLIC = new RelayAddress("a.example", 4370);
  private static final RelayAddress LINK_LOCAL = new RelayAddress("169.254.1.2", 4370);
  private static final RelayAddress LOOPBACK = new RelayAddress("127.0.0.1", 4370);
  private static final RelayAddress NAMED_LOOPBACK = new RelayAddress("localhost", 4370);

  private final Peers peers = new Peers(List.of(PUBLIC, LINK_LOCAL, LOOPBACK, NAMED_LOOPBACK));

  private List<RelayAddress> told(String from) {
    return peers
        .to(new InetSocketAddress(from, 50_000))
        .map(PeersMessage::addresses)
        .orElse(List.of());
  }

  @Test
  void whatMeansSomethingOnOneMachineIsForThatMachine() {
    assertThat(told("127.0.0.1")).containsExactly(PUBLIC, LINK_LOCAL, LOOPBACK, NAMED_LOOPBACK);
    assertThat(told("::1")).containsExactly(PUBLIC, LINK_LOCAL, LOOPBACK, NAMED_LOOPBACK);
    assertThat(told("169.254.7.7")).containsExactly(PUBLIC, LINK_LOCAL);
    assertThat(told("192.0.2.1")).containsExactly(PUBLIC);
  }

  @Test
  void nothingIsSaidWhereThereIsNothingToSay() {
    assertThat(Peers.NONE.to(new InetSocketAddress("192.0.2.1", 1))).isEmpty();
    Peers local = new Peers(List.of(LOOPBACK));
    assertThat(local.to(new InetSocketAddress("192.0.2.1", 1))).isEmpty();
  }
}
