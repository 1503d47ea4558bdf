package io.hydrasync.tests.support;

import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** A relay in a process of its own, which can be killed. Runs until its standard input ends. */
public final class RelayProcess {
  private RelayProcess() {}

  /**
   * The process.
   *
   * @param args port and key file
   */
  public static void main(String[] args) throws IOException {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
    try (HydraServer relay =
        HydraServer.builder().address(address).keyFile(Path.of(args[1])).bind()) {
      System.out.println(ChildJvm.READY);
      while (System.in.read() >= 0) {
        // whoever started this process is still there
      }
    }
  }
}
