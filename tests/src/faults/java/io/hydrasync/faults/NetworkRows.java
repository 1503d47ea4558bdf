package io.hydrasync.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Wire;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Map;

/** N9: the name of a relay, in an application. */
final class NetworkRows {
  private NetworkRows() {}

  static void addTo(Map<String, Row> rows) {
    rows.put("N9.4a", NetworkRows::consumer);
    rows.put("N9.4b", NetworkRows::classicProducer);
  }

  /** As it was looked up when the relay was elsewhere. */
  private static InetSocketAddress old(Scene scene) throws UnknownHostException {
    InetAddress elsewhere = InetAddress.getByAddress("localhost", new byte[] {127, 0, 0, 9});
    return new InetSocketAddress(elsewhere, scene.relay().address().getPort());
  }

  private static Verdict consumer(Scene scene) throws Exception {
    try (HydraConsumer consumer = scene.consumer(old(scene)).connect()) {
      return Verdict.of(true, "connected to " + consumer.relayKey());
    } catch (HydraException e) {
      return Verdict.fault(String.valueOf(e.getMessage()));
    }
  }

  private static Verdict classicProducer(Scene scene) throws Exception {
    HydraProducer.Builder builder = HydraProducer.builder(old(scene), scene.session());
    try (HydraProducer producer = builder.wire(Wire.CLASSIC).connect()) {
      producer.broadcast(new byte[1]);
      return Verdict.of(true, "connected, and sent");
    } catch (HydraException e) {
      return Verdict.fault(String.valueOf(e.getMessage()));
    }
  }
}
