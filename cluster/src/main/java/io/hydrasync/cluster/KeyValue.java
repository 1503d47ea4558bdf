package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;

/** A key, its value and its revision, as etcd tells them. */
record KeyValue(String key, byte[] value, long modRevision) {
  static KeyValue of(JsonObject kv) {
    return new KeyValue(
        new String(Json.bytes(kv, "key"), UTF_8),
        Json.bytes(kv, "value"),
        Json.number(kv, "mod_revision"));
  }
}
