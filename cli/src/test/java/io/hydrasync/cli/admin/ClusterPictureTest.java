package io.hydrasync.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.cli.console.StyledLine;
import io.hydrasync.cli.keys.Key;
import io.hydrasync.cli.process.WindowSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterPictureTest {
  private static final String A = "aaaaaaaa000000000000000000000000";
  private static final String B = "bbbbbbbb000000000000000000000000";
  private static final String C = "cccccccc000000000000000000000000";
  private static final long SECOND = 1_000_000_000L;

  private final TopState state = new TopState(TopState.Order.NAME);
  private final TopView view = new TopView("10.0.0.1:4370", true);

  private static JsonObject object(String json, Object... values) {
    return JsonParser.parseString(json.replace('\'', '"').formatted(values)).getAsJsonObject();
  }

  private static JsonObject session(
      String name, String seat, String owner, long published, long delivered, int consumers) {
    return object(
        "{'name':'%s','wire':'wire2','state':'live','overflow':'grow','ageMs':5000,'seat':'%s',"
            + "'owner':'%s','publishedBytes':%d,'deliveredBytes':%d,'heldBytes':1024,"
            + "'maxLagBytes':%d,'consumers':%d,'producer':%s,'producerWaits':false}",
        name, seat, owner, published, delivered, consumers * 100, consumers, seat.equals("owner"));
  }

  private static JsonObject detail(JsonObject session, long sent) {
    JsonObject detail = session.deepCopy();
    detail.add(
        "consumerConnections",
        object(
                "{'all':[{'connection':7,'peer':'255.255.255.255:65535','ageMs':5000,"
                    + "'receivedBytes':0,'sentBytes':%d,'lagBytes':0}]}",
                sent)
            .get("all"));
    return detail;
  }

  private static NodeWatch.NodeLook look(
      String id, long second, long received, boolean leased, List<JsonObject> sessions) {
    JsonObject status =
        object(
            "{'state':'running','uptimeMs':61000,'connections':{'producer':1,'consumer':2},"
                + "'receivedBytes':%d,'sentBytes':0,'logMemoryBytes':1024,'memoryBudgetBytes':2048,"
                + "'spillBytes':0,'gapFrames':%d,'takeovers':1,'rejected':{'limit':4},'overflows':{}}",
            received, second);
    JsonObject cluster =
        object(
            "{'self':'%s','leaseHeld':%s,'sessions':2,'nodes':[],"
                + "'directory':{'reachable':true,'writable':true,'problem':''}}",
            id, leased);
    List<JsonObject> details = new ArrayList<>();
    if (!sessions.isEmpty()) {
      details.add(detail(sessions.get(0), second << 10));
    }
    return new NodeWatch.NodeLook(
        new TopView.Look(second * SECOND, status, sessions, sessions.size(), details), cluster);
  }

  private static ClusterPicture.Node node(
      String id, NodeWatch.NodeLook look, NodeWatch.NodeLook before) {
    return new ClusterPicture.Node(
        id,
        object("{'version':'1.2.3'}"),
        "10.0.0." + id.charAt(0) + ":4370",
        Optional.of(look),
        Optional.of(before),
        "",
        0);
  }

  private static ClusterPicture.Node silent(String id, String why) {
    return new ClusterPicture.Node(
        id, new JsonObject(), "10.0.0.9:4370", Optional.empty(), Optional.empty(), why, 12_000);
  }

  /** A owns one that B mirrors, B one that nobody mirrors; C does not answer. */
  private static List<ClusterPicture.Node> three() {
    return List.of(
        node(
            A,
            look(A, 3, 4096, true, List.of(session("11111111", "owner", A, 4096, 2048, 1))),
            look(A, 1, 0, true, List.of(session("11111111", "owner", A, 0, 0, 1)))),
        node(
            B,
            look(
                B,
                3,
                2048,
                true,
                List.of(
                    session("11111111", "edge", A, 4096, 6144, 3),
                    session("22222222", "owner", B, 2048, 0, 0))),
            look(
                B,
                1,
                0,
                true,
                List.of(
                    session("11111111", "edge", A, 0, 0, 3),
                    session("22222222", "owner", B, 0, 0, 0)))),
        silent(C, "cannot reach the relay at 10.0.0.9:4370: Connection refused"));
  }

  private static TopRow row(TopPicture picture, String name) {
    return picture.rows().stream().filter(row -> row.name().equals(name)).findFirst().orElseThrow();
  }

  private List<String> lines(int columns, int rows) {
    return view.lines(state, new WindowSize.Size(columns, rows)).stream()
        .map(StyledLine::text)
        .toList();
  }

  /** Its bytes come in at the owner; what goes to an edge comes in there, and is no second time. */
  @Test
  void aSessionIsOneWhereverItsConsumersAre() {
    TopPicture picture = ClusterPicture.of(three());

    TopRow first = row(picture, "11111111");
    assertThat(picture.rows()).hasSize(2);
    assertThat(first.in()).isEqualTo(2048);
    assertThat(first.out()).isEqualTo(1024 + 3072);
    assertThat(first.owner()).isEqualTo("aaaaaaaa");
    assertThat(first.text("edges")).isEqualTo("1");
    assertThat(first.text("consumers")).isEqualTo("4");
    assertThat(first.text("deliveredBytes")).isEqualTo("8192");
    assertThat(first.text("heldBytes")).isEqualTo("2048");
    assertThat(first.lag()).isEqualTo(300);
    assertThat(row(picture, "22222222").text("edges")).isEqualTo("0");
  }

  @Test
  void withoutItsOwnersAnswerAnEdgeSaysWhoThatIs() {
    List<ClusterPicture.Node> nodes = new ArrayList<>(three());
    nodes.set(0, silent(A, "it is silent"));

    TopRow first = row(ClusterPicture.of(nodes), "11111111");

    assertThat(first.owner()).isEqualTo("aaaaaaaa");
    assertThat(first.in()).as("what comes over the link").isEqualTo(2048);
    assertThat(first.text("consumers")).isEqualTo("3");
  }

  /** Each node's rate is of its own two looks: it may not have answered when the others did. */
  @Test
  void ratesAreOfEachNodesOwnLooks() {
    List<ClusterPicture.Node> nodes = new ArrayList<>(three());
    ClusterPicture.Node b = nodes.get(1);
    NodeWatch.NodeLook before = b.before().orElseThrow();
    TopView.Look earlier =
        new TopView.Look(
            -SECOND, before.look().status(), before.look().sessions(), 2, before.look().detail());
    nodes.set(1, node(B, b.seen(), new NodeWatch.NodeLook(earlier, before.cluster())));

    assertThat(row(ClusterPicture.of(nodes), "11111111").out()).isEqualTo(1024 + 1536);
  }

  @Test
  void aNodeThatDoesNotAnswerIsShownAsSuch() {
    view.see(ClusterPicture.of(three()));

    assertThat(lines(60, 24).subList(0, 12))
        .containsExactly(
            "hydra top  cluster of 3 nodes  1 WITHOUT AN ANSWER",
            "2 sessions  2 producers  4 consumers  in 3 KiB/s  out 0 B/s",
            "memory 2 KiB  spilled 0 B  takeovers 2  refused 8",
            "overflow actions 0",
            "frames LOST: 6, some of them just now",
            "NODE      STATE     CLIENTS                 CONS      UP",
            "aaaaaaaa  running   10.0.0.a:4370              2    1m1s",
            "bbbbbbbb  running   10.0.0.b:4370              2    1m1s",
            "cccccccc  NO ANSWER 10.0.0.9:4370  for 12s: Connection refus",
            "",
            " SESSION  STATE          LAG  CONS OWNER         AGE",
            " 11111111 live         300 B     4 aaaaaaaa       5s");
  }

  @Test
  void aNodeThatOthersDoNotSeeSaysSo() {
    NodeWatch.NodeLook look = look(A, 1, 0, false, List.of());

    TopPicture picture = ClusterPicture.of(List.of(node(A, look, look)));

    assertThat(picture.nodes()).singleElement().extracting(TopNode::state).isEqualTo("NO LEASE");
  }

  @Test
  void consumersOfAllNodesAreInOneTable() {
    view.see(ClusterPicture.of(three()));
    state.press(Key.of(Key.Kind.ENTER), view.names(state));

    assertThat(lines(80, 20))
        .contains(
            "NODE     CONNECTION       LAG        RATE     AGE  PEER",
            "aaaaaaaa 7                0 B     1 KiB/s      5s  255.255.255.255:65535",
            "bbbbbbbb 7                0 B     1 KiB/s      5s  255.255.255.255:65535");
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 40, 60, 80, 120, 200})
  void isNeverLargerThanTheTerminal(int columns) {
    List<ClusterPicture.Node> many = new ArrayList<>(three());
    for (int i = 0; i < 100; i++) {
      many.add(
          silent("%08x".formatted(i) + A, "cannot reach it, and there is much to say of that"));
    }
    view.see(ClusterPicture.of(many));
    for (String keys : List.of("", "j", "/11", "?")) {
      keys.chars().forEach(c -> state.press(Key.of((char) c), view.names(state)));
      assertThat(lines(columns, 24))
          .as(keys)
          .hasSizeLessThanOrEqualTo(24)
          .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(columns));
      state.press(Key.of(Key.Kind.ENTER), view.names(state));
    }
  }
}
