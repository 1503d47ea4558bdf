package io.hydrasync.tests.security;

import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.Attacker;
import io.hydrasync.tests.support.Await;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Connects from very many IPv6 addresses to a relay, and prints how many stay. To be run where all
 * of 2001:db8::/32 is this machine, which a test does in a network of its own.
 */
final class ManyNetworks {
  static final String READY = "ready";

  private static final int BEYOND = 6;

  private final HydraServer relay;
  private final InetSocketAddress address;
  private final List<Attacker> all = new ArrayList<>();

  private ManyNetworks(HydraServer relay) throws IOException {
    this.relay = relay;
    address = new InetSocketAddress("2001:db8::1", relay.address().getPort());
  }

  /** Prints what {@link AddressLimitsIT} expects. */
  public static void main(String[] arguments) throws Exception {
    try (HydraServer relay =
        HydraServer.builder()
            .address(new InetSocketAddress("::", 0))
            .handshakeTimeout(Duration.ofMinutes(5))
            .bind()) {
      System.out.println(READY);
      new ManyNetworks(relay).attack();
    }
  }

  private void attack() throws Exception {
    int machine = crowd(1, 0, 64 + BEYOND);
    int customer = machine;
    for (int i = 1; i < 8 + 1; i++) {
      customer += crowd(1, i, 64 + BEYOND);
    }
    int site = customer;
    for (int i = 0x100; i < 0x2500; i += 0x80) {
      site += crowd(1, i, 64);
    }
    System.out.printf("of a /64: %d, of a /56: %d, of a /48: %d%n", machine, customer, site);
    int both = site;
    for (int i = 0; i < 0x1000; i += 0x80) {
      both += crowd(2, i, 64);
    }
    int third = 0;
    for (int i = 0; i < 20; i++) {
      third += crowd(3, i, 2);
    }
    System.out.printf("of two /48s: %d, and of a third: %d%n", both, third);
    try (Attacker peer = new Attacker(source(4, 1), address, Attacker.Phase.CONSUMER)) {
      System.out.println("another machine joins: " + !peer.isClosedWithin(20));
    }
    for (Attacker attacker : all) {
      attacker.close();
    }
  }

  private static InetAddress source(int site, int subnet) throws IOException {
    return Inet6Address.getByName(
        "2001:db8:" + site + ":" + Integer.toHexString(subnet) + "::" + (1 + subnet % 9));
  }

  /** How many connections more there are when so many have come from a /64. */
  private int crowd(int site, int subnet, int size) throws Exception {
    int before = relay.connections();
    long refused = refused();
    for (int i = 0; i < size; i++) {
      all.add(new Attacker(source(site, subnet), address, Attacker.Phase.CONNECTED));
    }
    Await.until(
        "all are here or refused",
        () -> relay.connections() - before + refused() - refused == size);
    return relay.connections() - before;
  }

  private long refused() {
    return relay.operator().status().rejected().values().stream().mapToLong(Long::longValue).sum();
  }
}
