package io.hydrasync.cli.option;

import io.hydrasync.protocol.RelayAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Relays as text, {@code a.example:4370,b.example:4370}: those that serve the same sessions, in the
 * order in which they are tried.
 *
 * @param addresses 1 to 8, as many as a ticket can name
 */
public record RelayList(List<RelayAddress> addresses) {
  /** How one is asked for. */
  public static final String LABEL = "HOST:PORT[,...]";

  private static final int MOST = 8;

  public RelayList {
    addresses = List.copyOf(addresses);
  }

  /**
   * Reads a list.
   *
   * @throws IllegalArgumentException if it is none; says which part is not
   */
  public static RelayList parse(String text) {
    String[] parts = text.split(",", -1);
    if (parts.length > MOST) {
      throw new IllegalArgumentException(
          "there are at most " + MOST + " relays, not " + parts.length);
    }
    List<RelayAddress> addresses = new ArrayList<>();
    for (String part : parts) {
      addresses.add(RelayAddress.parse(part));
    }
    return new RelayList(addresses);
  }

  /** As it is read. */
  @Override
  public String toString() {
    return addresses.stream().map(RelayAddress::toString).collect(Collectors.joining(","));
  }
}
