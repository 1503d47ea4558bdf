package io.hydrasync.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.SessionConsumer;
import io.hydrasync.client.SessionProducer;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Two relays that share nothing but their key: one ends, and its clients meet at the other. */
public final class SeveralRelaysExample {
  private static final Duration SOON = Duration.ofSeconds(1);

  private SeveralRelaysExample() {}

  /**
   * Runs the example.
   *
   * @param args not used
   */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory("hydra-example-");
    Path keyFile = directory.resolve("relay.key");
    try (HydraServer first = relay(keyFile);
        HydraServer second = relay(keyFile)) {
      meetAgain(first, RelayAddress.of(second.address()));
    } finally {
      Files.deleteIfExists(keyFile);
      Files.delete(directory);
    }
  }

  private static HydraServer relay(Path keyFile) {
    InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return HydraServer.builder().address(here).keyFile(keyFile).bind();
  }

  private static void meetAgain(HydraServer first, RelayAddress second) {
    SessionSecrets secrets = SessionSecrets.generate();
    List<RelayAddress> relays = List.of(RelayAddress.of(first.address()), second);
    try (SessionConsumer consumer =
            HydraConsumer.builder(relays, secrets).heartbeat(SOON).connect();
        SessionProducer producer =
            HydraProducer.builder(relays, secrets).heartbeat(SOON).connect()) {
      producer.broadcast("before".getBytes(UTF_8));
      print(consumer.receive());
      first.close();
      producer.broadcast("after".getBytes(UTF_8));
      print(consumer.receive());
    }
  }

  private static void print(ByteBuffer message) {
    System.out.println(UTF_8.decode(message));
  }
}
