package io.hydrasync.operator;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.cluster.Directory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** A relay with an admin interface, and clients of it. */
final class OperatedRelay implements AutoCloseable, RelayLifecycle {
  final Credential credential = Credential.generate(new SecureRandom());
  final SessionSecrets session = SessionSecrets.generate();
  final List<String> asked = new CopyOnWriteArrayList<>();
  final HydraServer server;
  private final List<Runnable> clients = new ArrayList<>();

  OperatedRelay() {
    this(UnaryOperator.identity());
  }

  OperatedRelay(UnaryOperator<HydraServer.Builder> options) {
    server =
        options
            .apply(
                HydraServer.builder()
                    .credential(credential, Set.of(Role.ADMIN))
                    .admin(new AdminRequests(this)))
            .bind();
  }

  /** One that is a node. */
  static OperatedRelay node(Path keys, Directory directory) {
    ClusterOptions node =
        ClusterOptions.of(
            directory,
            Credential.generate(new SecureRandom()),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return new OperatedRelay(options -> options.keyFile(keys.resolve("relay.key")).cluster(node));
  }

  HydraAdmin admin() {
    HydraAdmin admin = HydraAdmin.builder(server.address(), credential).connect();
    clients.add(admin::close);
    return admin;
  }

  HydraProducer producer() {
    HydraProducer producer = HydraProducer.connect(server.address(), session);
    clients.add(producer::abort);
    return producer;
  }

  HydraConsumer consumer() {
    HydraConsumer consumer =
        HydraConsumer.builder(server.address(), session).reconnectTimeout(Duration.ZERO).connect();
    clients.add(consumer::close);
    return consumer;
  }

  static JsonObject ask(HydraAdmin admin, String request) {
    return JsonParser.parseString(admin.request(request)).getAsJsonObject();
  }

  @Override
  public Duration drainDelay() {
    return Duration.ofSeconds(1);
  }

  @Override
  public Duration drainTimeout() {
    return Duration.ofSeconds(2);
  }

  @Override
  public void drain(Duration delay, Duration bound) {
    asked.add("drain " + delay + " " + bound);
  }

  @Override
  public String reload() {
    asked.add("reload");
    return "everything";
  }

  @Override
  public void close() {
    clients.forEach(Runnable::run);
    server.close();
  }
}
