package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Nodes of two builds share a directory while a cluster is upgraded. What the first build with
 * clusters (6ecbe9b) wrote into an etcd, under the cluster key {@link Samples#KEY}, is read; and
 * what it reads is still written.
 */
class FormerBuildsTest {
  private static final NodeId NODE = NodeId.parse("dcdcfc507c153bb443bee090d98321ee");
  private static final String NODE_VALUE =
      "{\"node\":\"eyJsaW5rIjoiMTI3LjAuMC4xOjc0NzEiLCJjbGllbnQiOiIxMjcuMC4wLjE6NzQ3MCIsInZlcnNpb24iOiIw"
          + "LjEuMC1TTkFQU0hPVCIsIm1heEZyYW1lIjo2NzEwOTg4OCwiZHJhaW5pbmciOmZhbHNlLCJsb2FkIjowLCJyZWxh"
          + "eUtleSI6IkVTamVpajJXcFJUeEY1NHhLVGJybm45XzRJNkg4aWRPa0l2NTBicTNweDQifQ\","
          + "\"mac\":\"n0eQXYjv30fc0BuiiTSKsRTJrkNvppMoP9BG5TldLuU\"}";
  private static final String SESSION_VALUE =
      "{\"node\":\"dcdcfc507c153bb443bee090d98321ee\",\"claim\":\"1\",\"state\":\"live\","
          + "\"epoch\":\"1796129224701\",\"stream\":\"1796129224701\",\"highest\":\"1796129224701\","
          + "\"tokens\":[\"dZgf-EfTxvfixyPWOB7DnoPnb6LFykedQQbOQnmnQSc\"]}";

  private final Values values = new Values(Samples.KEY, Optional.empty());

  @Test
  void itsNodeIsThere() {
    assertThat(values.node(NODE, NODE_VALUE.getBytes(UTF_8)))
        .contains(
            new NodeEntry(
                new RelayAddress("127.0.0.1", 7471),
                Optional.of(new RelayAddress("127.0.0.1", 7470)),
                "0.1.0-SNAPSHOT",
                67_109_888,
                false,
                0,
                SecretHash.parse("ESjeij2WpRTxF54xKTbrnn9_4I6H8idOkIv50bq3px4")));
  }

  @Test
  void itsSessionIsRead() {
    assertThat(Values.session(SESSION_VALUE.getBytes(UTF_8))).isEqualTo(session());
  }

  private static SessionEntry session() {
    return new SessionEntry(
        NODE,
        1,
        true,
        1796129224701L,
        1796129224701L,
        1796129224701L,
        List.of(SecretHash.parse("dZgf-EfTxvfixyPWOB7DnoPnb6LFykedQQbOQnmnQSc")));
  }

  /** There may be more in it, for it leaves alone what it does not know. */
  @Test
  void itReadsWhatThisBuildWrites() {
    JsonObject session = Json.parse(Values.session(session()));
    NodeEntry entry = values.node(NODE, NODE_VALUE.getBytes(UTF_8)).orElseThrow();
    JsonObject node = inner(values.node(NODE, entry));

    Json.parse(SESSION_VALUE)
        .entrySet()
        .forEach(field -> assertThat(session.get(field.getKey())).isEqualTo(field.getValue()));
    inner(NODE_VALUE.getBytes(UTF_8))
        .entrySet()
        .forEach(field -> assertThat(node.get(field.getKey())).isEqualTo(field.getValue()));
  }

  private static JsonObject inner(byte[] value) {
    return Json.parse(Base64.getUrlDecoder().decode(Json.parse(value).get("node").getAsString()));
  }
}
