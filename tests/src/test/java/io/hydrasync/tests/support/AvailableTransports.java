package io.hydrasync.tests.support;

import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import java.util.Arrays;
import java.util.stream.Stream;

/** The transports that a relay can have on this machine; NIO is always one. */
public final class AvailableTransports {
  private AvailableTransports() {}

  static Stream<Transport> all() {
    return Arrays.stream(Transport.values())
        .filter(transport -> transport != Transport.AUTO) // one of the others
        .filter(AvailableTransports::isThere);
  }

  private static boolean isThere(Transport transport) {
    try {
      HydraServer.builder().transport(transport).bind().close();
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
