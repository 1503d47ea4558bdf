package io.hydrasync.cli.admin;

import com.google.gson.JsonObject;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.TrustOptions;
import io.hydrasync.cli.secret.SecretText;
import io.hydrasync.cli.secret.Secrets;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Which relay an operator speaks to, and how it knows the operator. */
public final class AdminOptions {
  /** How long a node of a cluster may take to let this in, and to answer. */
  private static final Duration NODE_PATIENCE = Duration.ofSeconds(3);

  @Option(
      names = "--relay",
      paramLabel = "HOST:PORT",
      required = true,
      defaultValue = "${env:HYDRA_RELAY}",
      description = "Where the relay is. Default: HYDRA_RELAY in the environment.")
  private RelayAddress relay = new RelayAddress("127.0.0.1", 4370);

  @Option(
      names = "--credential",
      paramLabel = "HEX|@FILE",
      required = true,
      defaultValue = "${env:" + Secrets.ADMIN_CREDENTIAL + "}",
      description =
          "A credential for admins, such as the file of the relay's --admin-key-file. Default:"
              + " HYDRA_ADMIN_CREDENTIAL in the environment.")
  private String credential = "";

  @Mixin private TrustOptions trust = new TrustOptions();

  RelayAddress relay() {
    return relay;
  }

  HydraAdmin connect(CommandSpec spec) throws IOException {
    Credential ours = Usage.check(spec, this::credential);
    HydraAdmin.Builder builder = HydraAdmin.builder(relay, ours);
    trust.apply(builder, relay, Optional.empty());
    HydraAdmin admin = trust.connect(builder::connect, relay);
    trust.report(spec.commandLine().getErr(), admin.relayKey());
    return admin;
  }

  /** Another node of the relay's cluster, which has the same key; within some seconds. */
  HydraAdmin connect(RelayAddress node, RelayKey key) {
    try {
      return HydraAdmin.builder(node, credential())
          .relayKeys(keys(key))
          .connectTimeout(NODE_PATIENCE)
          .replyTimeout(NODE_PATIENCE)
          .connect();
    } catch (IOException e) {
      throw new IllegalArgumentException(Failures.describe(e), e);
    }
  }

  /** What another node may have: the key of this one, or the other while it is being changed. */
  private RelayKeys keys(RelayKey seen) {
    return trust
        .keys(List.of(relay))
        .filter(keys -> keys.has(seen))
        .orElseGet(() -> RelayKeys.of(seen));
  }

  private Credential credential() throws IOException {
    return SecretText.hex(credential, Credential.LENGTH, "the credential", Credential::of);
  }

  /** Asks; throws as {@link AdminReply#parse} does. */
  public static AdminReply ask(HydraAdmin admin, JsonObject request) {
    return AdminReply.parse(admin.request(request.toString()));
  }

  /**
   * Asks, and where another relay of the cluster is the one to be asked, that one, which has to
   * have the same key, or one of the two; once, whatever it says.
   */
  AdminReply askOwner(CommandSpec spec, HydraAdmin admin, JsonObject request) throws IOException {
    try {
      return ask(admin, request);
    } catch (AdminReply.ElsewhereException e) {
      try (HydraAdmin owner =
          HydraAdmin.builder(e.owner(), Usage.check(spec, this::credential))
              .relayKeys(keys(admin.relayKey()))
              .connect()) {
        return ask(owner, request);
      }
    }
  }

  public static JsonObject request(String op) {
    JsonObject request = new JsonObject();
    request.addProperty("op", op);
    return request;
  }
}
