package io.hydrasync.house.knot.one;

import io.hydrasync.house.knot.two.Other;
import java.io.IOException;
import java.net.Socket;

/** Needs what needs it, shows it to its users, and has a socket and a clock. */
public final class Knot {
  private Knot() {}

  /** Names a type of another package. */
  public static Other leak() {
    return new Other();
  }

  static long late() throws IOException {
    try (Socket socket = new Socket()) {
      return System.nanoTime() + socket.getPort();
    }
  }
}
