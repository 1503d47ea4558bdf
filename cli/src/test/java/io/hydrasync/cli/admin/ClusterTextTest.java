package io.hydrasync.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ClusterTextTest {
  private static final String CLUSTER =
      """
      {"self":"101112131415161718191a1b1c1d1e1f","listen":"127.0.0.1:4371","leaseHeld":true,
       "directory":{"reachable":true,"writable":true,"problem":""},"nodeCount":3,
       "nodes":[
        {"id":"101112131415161718191a1b1c1d1e1f","self":true,"link":"127.0.0.1:4371",
         "client":"127.0.0.1:4370","version":"1.2.3","maxFrame":5,"draining":false,"loadPercent":3},
        {"id":"20aaaaaa1415161718191a1b1c1d1e1f","self":false,"link":"127.0.0.1:5371",
         "version":"1.2.4","maxFrame":5,"draining":true,"loadPercent":100}],
       "strangers":0,"sessions":12,"hereCount":2,
       "here":[
        {"name":"9f3a01bc","seat":"edge","owner":"20aaaaaa1415161718191a1b1c1d1e1f","linked":true,
         "links":0,"consumers":7,"consumersBehind":0},
        {"name":"af3a01bc","seat":"owner","owner":"101112131415161718191a1b1c1d1e1f",
         "linked":false,"links":2,"consumers":1,"consumersBehind":40}]}
      """;

  private static String text(String json) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    ClusterText.show(out, JsonParser.parseString(json).getAsJsonObject());
    out.flush();
    return text.toString();
  }

  @Test
  void showsNodesAndSessions() {
    assertThat(text(CLUSTER).lines().map(String::stripTrailing))
        .containsExactly(
            "this node    10111213, links at 127.0.0.1:4371, lease held",
            "directory    all is well",
            "sessions     12 in the directory",
            "",
            "NODE      LOAD STATE    VERSION        CLIENTS               LINKS",
            "10111213*   3% running  1.2.3          127.0.0.1:4370        127.0.0.1:4371",
            "20aaaaaa  100% draining 1.2.4          not told              127.0.0.1:5371",
            "and 1 more",
            "",
            "SESSION    SEAT      OWNER      LINK   CONSUMERS  BEHIND  LINKS",
            "9f3a01bc   edge      20aaaaaa   up             7       0      0",
            "af3a01bc   owner     10111213   -              1      40      2");
  }

  @Test
  void saysWhatIsWrong() {
    String text =
        text(
            CLUSTER
                .replace("\"leaseHeld\":true", "\"leaseHeld\":false")
                .replace("\"strangers\":0", "\"strangers\":2")
                .replace("\"linked\":true", "\"linked\":false")
                .replace(
                    "\"writable\":true,\"problem\":\"\"",
                    "\"writable\":false,\"problem\":\"full\""));

    assertThat(text)
        .contains(
            "NO LEASE", "TAKES NO WRITES: full", "2 nodes with another cluster key", "  DOWN  ");
  }
}
