package io.hydrasync.cluster;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Base64;
import java.util.List;

/** The bodies of requests to etcd's gateway. Stateless. */
final class Requests {
  static final String RANGE = "/v3/kv/range";
  static final String PUT = "/v3/kv/put";
  static final String TXN = "/v3/kv/txn";
  static final String GRANT = "/v3/lease/grant";
  static final String KEEP_ALIVE = "/v3/lease/keepalive";
  static final String REVOKE = "/v3/lease/revoke";

  private static final String KEY = "key";

  private Requests() {}

  static JsonObject get(byte[] key) {
    return object(KEY, base64(key));
  }

  /** A page from a key on; at the newest revision where that is 0. */
  static JsonObject page(byte[] from, byte[] end, int limit, long revision) {
    JsonObject range = get(from);
    range.addProperty("range_end", base64(end));
    range.addProperty("limit", Integer.toString(limit));
    if (revision > 0) {
      range.addProperty("revision", Long.toString(revision));
    }
    return range;
  }

  static JsonObject put(byte[] key, byte[] value) {
    JsonObject put = get(key);
    put.addProperty("value", base64(value));
    return put;
  }

  static JsonObject put(byte[] key, byte[] value, String lease) {
    JsonObject put = put(key, value);
    put.addProperty("lease", lease);
    return put;
  }

  static JsonObject lease(String id) {
    return object("ID", id);
  }

  static JsonObject grant(long seconds) {
    return object("TTL", Long.toString(seconds));
  }

  /** Writes if the key's revision is the expected one, 0 for none; else says what is there. */
  static JsonObject putIf(byte[] key, long expected, byte[] value) {
    return txn(key, expected, in("request_put", put(key, value)));
  }

  /** Never writes, for no version is below 0; yet whoever may not write there is refused. */
  static JsonObject neverPut(byte[] key) {
    JsonObject compare = get(key);
    compare.addProperty("target", "VERSION");
    compare.addProperty("result", "LESS");
    compare.addProperty("version", "0");
    JsonObject txn = new JsonObject();
    txn.add("compare", array(compare));
    txn.add("success", array(in("request_put", put(key, new byte[0]))));
    return txn;
  }

  /** How many there are in a range; nothing of them. */
  static JsonObject count(byte[] from, byte[] end) {
    JsonObject range = page(from, end, 1, 0);
    range.addProperty("count_only", true);
    return range;
  }

  /** Deletes if the key's revision is the expected one; else says what is there. */
  static JsonObject deleteIf(byte[] key, long expected) {
    return txn(key, expected, in("request_delete_range", get(key)));
  }

  /** Many of these, each with its own comparison, in one. */
  static JsonObject all(List<JsonObject> transactions) {
    JsonArray operations = new JsonArray();
    transactions.forEach(each -> operations.add(in("request_txn", each)));
    JsonObject txn = new JsonObject();
    txn.add("success", operations);
    return txn;
  }

  private static JsonObject txn(byte[] key, long expected, JsonObject success) {
    JsonObject compare = get(key);
    compare.addProperty("target", "MOD");
    compare.addProperty("result", "EQUAL");
    compare.addProperty("mod_revision", Long.toString(expected));
    JsonObject txn = new JsonObject();
    txn.add("compare", array(compare));
    txn.add("success", array(success));
    txn.add("failure", array(in("request_range", get(key))));
    return txn;
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static JsonObject in(String name, JsonObject inner) {
    JsonObject object = new JsonObject();
    object.add(name, inner);
    return object;
  }

  private static JsonObject object(String name, String value) {
    JsonObject object = new JsonObject();
    object.addProperty(name, value);
    return object;
  }

  private static JsonArray array(JsonElement element) {
    JsonArray array = new JsonArray();
    array.add(element);
    return array;
  }
}
