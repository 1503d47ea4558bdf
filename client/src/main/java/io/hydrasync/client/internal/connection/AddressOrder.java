package io.hydrasync.client.internal.connection;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * In which order addresses are tried: as the name service gave them, but with the two families in
 * turn (RFC 8305 section 4), beginning with that of the first, so that a family that does not work
 * here delays the other by one step and no more. Stateless.
 */
final class AddressOrder {
  private AddressOrder() {}

  /** Each address once. */
  static List<InetAddress> of(Collection<InetAddress> found) {
    Deque<InetAddress> first = new ArrayDeque<>();
    Deque<InetAddress> second = new ArrayDeque<>();
    for (InetAddress address : new LinkedHashSet<>(found)) {
      boolean isOfFirst = first.isEmpty() || first.peek().getClass() == address.getClass();
      (isOfFirst ? first : second).add(address);
    }
    List<InetAddress> order = new ArrayList<>(first.size() + second.size());
    while (!first.isEmpty() || !second.isEmpty()) {
      take(first, order);
      take(second, order);
    }
    return order;
  }

  private static void take(Deque<InetAddress> from, List<InetAddress> to) {
    InetAddress next = from.poll();
    if (next != null) {
      to.add(next);
    }
  }
}
