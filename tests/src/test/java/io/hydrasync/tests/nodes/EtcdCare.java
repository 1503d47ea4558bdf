package io.hydrasync.tests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.tests.nodes.EtcdMembers.RefusedException;
import java.io.IOException;
import java.util.Base64;

/** What administrators do to an etcd, and what they forget. For one thread. */
final class EtcdCare {
  private static final int TOO_MANY = 429;
  private static final int FILLING_BYTES = 512 << 10;
  private static final int MOST_FILLINGS = 4096;

  private final EtcdMembers etcd;

  EtcdCare(EtcdMembers etcd) {
    this.etcd = etcd;
  }

  private JsonObject status(int member) throws IOException, InterruptedException {
    return etcd.post(member, "/v3/maintenance/status", "{}");
  }

  /** The size of the first member's file. */
  long databaseBytes() throws IOException, InterruptedException {
    return status(0).get("dbSize").getAsLong();
  }

  /** Forgets all history. */
  void compact() throws IOException, InterruptedException {
    String revision = status(0).getAsJsonObject("header").get("revision").getAsString();
    try {
      etcd.post(0, "/v3/kv/compaction", "{\"revision\":\"" + revision + "\",\"physical\":true}");
    } catch (RefusedException e) {
      if (!e.getMessage().contains("compacted")) {
        throw e;
      }
      // nothing has been written since the last time
    }
  }

  /** Makes the files small, one member after the other, each of which stands still meanwhile. */
  void defragment() throws IOException, InterruptedException {
    for (int i = 0; i < etcd.count(); i++) {
      etcd.post(i, "/v3/maintenance/defragment", "{}");
    }
  }

  /** Writes one key again and again until nothing more fits. */
  int fill() throws IOException, InterruptedException {
    String body =
        "{\"key\":\""
            + base64("filling")
            + "\",\"value\":\""
            + base64("x".repeat(FILLING_BYTES))
            + "\"}";
    for (int i = 0; i < MOST_FILLINGS; i++) {
      try {
        etcd.post(0, "/v3/kv/put", body);
      } catch (RefusedException e) {
        if (e.status() != TOO_MANY) {
          throw e;
        }
        return i;
      }
    }
    throw new IOException("etcd takes " + MOST_FILLINGS + " values and is not full");
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  /** As the document says: compact, defragment each member, disarm. */
  void repair() throws IOException, InterruptedException {
    etcd.post(0, "/v3/kv/deleterange", "{\"key\":\"" + base64("filling") + "\"}");
    compact();
    defragment();
    JsonObject answer = etcd.post(0, "/v3/maintenance/alarm", "{\"action\":\"GET\"}");
    JsonArray alarms = answer.getAsJsonArray("alarms");
    if (alarms == null) {
      return; // none is left out
    }
    for (JsonElement each : alarms) {
      JsonObject alarm = each.getAsJsonObject();
      alarm.addProperty("action", "DEACTIVATE");
      etcd.post(0, "/v3/maintenance/alarm", alarm.toString());
    }
  }
}
