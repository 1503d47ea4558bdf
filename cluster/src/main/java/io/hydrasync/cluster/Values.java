package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The directory's values in JSON ({@code docs/reference/cluster-directory.md}). Fields that are not
 * known do not matter. Thread-safe.
 */
final class Values {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
  private static final String LIVE = "live";
  private static final String AWAY = "away";
  private static final int MAX_VALUE = 64 << 10;

  /**
   * Under what this node writes, and whom it believes beside.
   *
   * @param other the one that is on its way in or out
   */
  private record Secrets(ClusterKey key, Optional<ClusterKey> other) {}

  private volatile Secrets secrets;

  /**
   * Writes under the first key and believes both.
   *
   * @param other the one that is on its way in or out
   */
  Values(ClusterKey key, Optional<ClusterKey> other) {
    secrets = new Secrets(Arguments.given(key, "a cluster key"), other);
  }

  /** What is written from now on is under the first key, and both are believed. */
  void change(ClusterKey key, Optional<ClusterKey> other) {
    secrets = new Secrets(Arguments.given(key, "a cluster key"), other);
  }

  byte[] node(NodeId id, NodeEntry entry) {
    JsonObject said = new JsonObject();
    said.addProperty("link", entry.link().toString());
    entry.client().ifPresent(client -> said.addProperty("client", client.toString()));
    said.addProperty("version", entry.version());
    said.addProperty("maxFrame", entry.maxFrame());
    said.addProperty("draining", entry.draining());
    said.addProperty("load", entry.loadPercent());
    said.addProperty("relayKey", entry.relayKey().toString());
    entry.http().ifPresent(where -> said.addProperty("http", where.toString()));
    return signed(id, said.toString().getBytes(UTF_8));
  }

  /** What was said, and its MAC. */
  byte[] signed(NodeId id, byte[] said) {
    JsonObject value = new JsonObject();
    value.addProperty("node", ENCODER.encodeToString(said));
    value.addProperty("mac", ENCODER.encodeToString(secrets.key.nodeMac(id, said)));
    return value.toString().getBytes(UTF_8);
  }

  /** What a node has said under a key of this cluster; empty if that cannot be shown or read. */
  Optional<NodeEntry> node(NodeId id, byte[] value) {
    try {
      JsonObject outer = parse(value);
      byte[] said = DECODER.decode(Json.required(outer, "node"));
      byte[] mac = DECODER.decode(Json.required(outer, "mac"));
      Secrets now = secrets;
      boolean known =
          Hashes.constantTimeEquals(now.key.nodeMac(id, said), mac)
              || (now.other.isPresent()
                  && Hashes.constantTimeEquals(now.other.get().nodeMac(id, said), mac));
      if (!known) {
        return Optional.empty();
      }
      return Optional.of(entry(said));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What a node has said, whoever wrote that; empty if it cannot be read. */
  static Optional<NodeEntry> unproven(byte[] value) {
    try {
      return Optional.of(entry(DECODER.decode(Json.required(parse(value), "node"))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static NodeEntry entry(byte[] said) {
    JsonObject inner = parse(said);
    return new NodeEntry(
        RelayAddress.parse(Json.required(inner, "link")),
        Json.text(inner, "client").map(RelayAddress::parse),
        Json.text(inner, "version").orElse(""),
        Json.count(inner, "maxFrame"),
        Json.flag(inner, "draining"),
        Json.count(inner, "load"),
        SecretHash.parse(Json.required(inner, "relayKey")),
        Json.text(inner, "http").flatMap(Values::http));
  }

  /** Nothing but a link for people is lost where it is of no use. */
  private static Optional<URI> http(String text) {
    try {
      return Optional.of(NodeEntry.checkedHttp(URI.create(text)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  static byte[] session(SessionEntry entry) {
    JsonObject value = new JsonObject();
    value.addProperty("node", entry.owner().toString());
    value.addProperty("claim", Long.toString(entry.claim()));
    value.addProperty("state", entry.live() ? LIVE : AWAY);
    value.addProperty("epoch", Long.toUnsignedString(entry.epoch()));
    value.addProperty("stream", Long.toUnsignedString(entry.stream()));
    value.addProperty("highest", Long.toUnsignedString(entry.highest()));
    if (!entry.tokens().isEmpty()) {
      JsonArray tokens = new JsonArray();
      entry.tokens().forEach(token -> tokens.add(token.toString()));
      value.add("tokens", tokens);
    }
    return value.toString().getBytes(UTF_8);
  }

  /** What an entry says; {@link SessionEntry#UNREADABLE} if that cannot be read. */
  static SessionEntry session(byte[] bytes) {
    try {
      JsonObject value = parse(bytes);
      List<SecretHash> tokens = new ArrayList<>();
      for (JsonElement token : Json.all(value, "tokens")) {
        tokens.add(SecretHash.parse(token.getAsString()));
      }
      return new SessionEntry(
          NodeId.parse(Json.required(value, "node")),
          Json.number(value, "claim"),
          Json.required(value, "state").equals(LIVE),
          Json.number(value, "epoch"),
          Json.number(value, "stream"),
          Json.number(value, "highest"),
          tokens);
    } catch (IllegalArgumentException | UnsupportedOperationException | IllegalStateException e) {
      return SessionEntry.UNREADABLE;
    }
  }

  private static JsonObject parse(byte[] value) {
    if (value.length > MAX_VALUE) {
      throw new IllegalArgumentException("a value of more than 64 KiB");
    }
    return Json.parse(value);
  }
}
