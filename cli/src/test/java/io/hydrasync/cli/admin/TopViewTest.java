package io.hydrasync.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.cli.console.StyledLine;
import io.hydrasync.cli.keys.Key;
import io.hydrasync.cli.process.WindowSize;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopViewTest {
  private static final WindowSize.Size SIZE = new WindowSize.Size(120, 24);
  private static final long SECOND = 1_000_000_000L;

  private final TopState state = new TopState(TopState.Order.RATE);
  private final TopView view = new TopView("relay.example:4370", true);

  private static JsonObject status(long received, long lost) {
    return JsonParser.parseString(
            "{\"state\":\"running\",\"uptimeMs\":61000,\"connections\":{\"producer\":2,"
                + "\"consumer\":1},\"receivedBytes\":"
                + received
                + ",\"sentBytes\":0,\"logMemoryBytes\":1024,\"memoryBudgetBytes\":2048,"
                + "\"spillBytes\":0,\"gapFrames\":"
                + lost
                + ",\"rejected\":{\"limit\":4},\"overflows\":{}}")
        .getAsJsonObject();
  }

  private static JsonObject session(String name, long published, long lag, boolean waits) {
    return JsonParser.parseString(
            "{\"name\":\""
                + name
                + "\",\"state\":\"live\",\"overflow\":\"backpressure\",\"ageMs\":5000,"
                + "\"wire\":\"classic-later\",\"publishedBytes\":"
                + published
                + ",\"deliveredBytes\":0,\"heldBytes\":1048575,\"maxLagBytes\":"
                + lag
                + ",\"consumers\":1,\"producerWaits\":"
                + waits
                + "}")
        .getAsJsonObject();
  }

  private static JsonObject detail(int consumers, long sent) {
    JsonObject session = session("aaaaaaaa", 0, 3 << 20, false);
    String one =
        "{\"connection\":%d,\"peer\":\"255.255.255.255:65535\",\"ageMs\":5000,"
            + "\"receivedBytes\":0,\"sentBytes\":%d,\"lagBytes\":%d}";
    List<String> all = new ArrayList<>();
    for (int i = 0; i < consumers; i++) {
      all.add(String.format(one, i + 1, sent, i == 0 ? 3 << 20 : 0));
    }
    session.add("consumerConnections", JsonParser.parseString("[" + String.join(",", all) + "]"));
    return session;
  }

  private void see(long second, long lost, JsonObject... sessions) {
    List<JsonObject> all = List.of(sessions);
    JsonObject status = status(second << 20, lost);
    view.see(new TopView.Look(second * SECOND, status, all, all.size(), List.of()));
  }

  private List<String> lines(int columns, int rows) {
    return view.lines(state, new WindowSize.Size(columns, rows)).stream()
        .map(StyledLine::text)
        .toList();
  }

  private void seeThree() {
    see(1, 0, session("aaaaaaaa", 0, 0, false));
    see(
        3,
        5,
        session("aaaaaaaa", 2_048, 0, false),
        session("bbbbbbbb", 0, 1_048_575, true),
        session("cccccccc", 0, 5 << 20, false));
  }

  @Test
  void hasLagHeldAndAgeAt60Columns() {
    seeThree();

    assertThat(lines(60, 12))
        .containsExactly(
            "hydra top  relay.example:4370  running, up 1m1s  3 sessions",
            "2 producers  1 consumer  in 1 MiB/s  out 0 B/s",
            "memory 1 KiB of 2 KiB  spilled 0 B  refused 4",
            "overflow actions 0",
            "frames LOST: 5, some of them just now",
            "",
            " SESSION  STATE          LAG      HELD  CONS     AGE",
            " aaaaaaaa live           0 B     1 MiB     1      5s",
            " bbbbbbbb paused       1 MiB     1 MiB     1      5s",
            " cccccccc lagging      5 MiB     1 MiB     1      5s",
            "",
            "q quit  ? help  s sort: rate  / filter  enter consumers");
  }

  @Test
  void hasRatesAt80Columns() {
    seeThree();

    assertThat(lines(80, 12).subList(4, 8))
        .containsExactly(
            "",
            " SESSION  STATE          LAG      HELD  CONS          IN         OUT     AGE",
            " aaaaaaaa live           0 B     1 MiB     1     1 KiB/s       0 B/s      5s",
            " bbbbbbbb paused       1 MiB     1 MiB     1       0 B/s       0 B/s      5s");
    assertThat(lines(80, 12).get(11))
        .isEqualTo("q quit  ? help  s sort: rate  / filter  enter consumers  up, down select");
  }

  @Test
  void hasMoreAt101ColumnsAndAllAt200() {
    seeThree();

    assertThat(lines(101, 12))
        .contains(
            " SESSION  STATE          LAG      HELD  CONS          IN         OUT     AGE OVERFLOW"
                + "      RECEIVED");
    assertThat(lines(200, 12))
        .contains(
            " SESSION  STATE          LAG      HELD  CONS          IN         OUT     AGE OVERFLOW"
                + "      RECEIVED DELIVERED WIRE",
            " bbbbbbbb paused       1 MiB     1 MiB     1       0 B/s       0 B/s      5s"
                + " backpressure       0 B       0 B classic-later");
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 40, 60, 80, 101, 200})
  void isNeverLargerThanTheTerminal(int columns) {
    seeThree();
    for (String keys : List.of("", "j", "/aa", "?")) {
      keys.chars().forEach(c -> state.press(Key.of((char) c), view.names(state)));
      assertThat(lines(columns, 14))
          .as(keys)
          .hasSizeLessThanOrEqualTo(14)
          .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(columns));
      state.press(Key.of(Key.Kind.ENTER), view.names(state));
    }
  }

  @Test
  void saysTheSameWithoutKeys() {
    TopView paper = new TopView("h:1", false);
    paper.see(
        new TopView.Look(
            SECOND, status(0, 0), List.of(session("aaaaaaaa", 0, 0, false)), 1, List.of()));

    assertThat(paper.lines(state, new WindowSize.Size(200, 1_000)).stream().map(StyledLine::text))
        .containsExactly(
            "hydra top  h:1  running, up 1m1s  1 session  2 producers  1 consumer  in 0 B/s  out 0"
                + " B/s  memory 1 KiB of 2 KiB  spilled 0 B  refused 4  overflow actions 0  frames"
                + " lost 0",
            "",
            "SESSION  STATE          LAG      HELD  CONS          IN         OUT     AGE OVERFLOW"
                + "      RECEIVED DELIVERED WIRE",
            "aaaaaaaa live           0 B     1 MiB     1       0 B/s       0 B/s      5s"
                + " backpressure       0 B       0 B classic-later");
  }

  @Test
  void putsTheLargestLagFirstIfAsked() {
    seeThree();
    assertThat(view.names(state)).startsWith("aaaaaaaa");

    state.press(Key.of('s'), view.names(state));

    assertThat(view.names(state)).containsExactly("cccccccc", "bbbbbbbb", "aaaaaaaa");
  }

  @Test
  void showsWhatTheFilterLeaves() {
    seeThree();
    "/LAGG".chars().forEach(c -> state.press(Key.of((char) c), view.names(state)));

    assertThat(view.names(state)).containsExactly("cccccccc");
    assertThat(lines(80, 12).get(11)).startsWith("filter: LAGG_");
    state.press(Key.of('!'), view.names(state));
    assertThat(lines(80, 12)).contains("no session matches the filter");
  }

  @Test
  void keepsTheSelectedSessionInSight() {
    JsonObject[] many = new JsonObject[50];
    for (int i = 0; i < many.length; i++) {
      many[i] = session(String.format("%08x", i), 0, 0, false);
    }
    see(1, 0, many);

    assertThat(lines(80, 12).subList(5, 11))
        .satisfies(rows -> assertThat(rows.get(0)).startsWith(" 00000000"))
        .satisfies(rows -> assertThat(rows.get(4)).startsWith(" 00000004"))
        .satisfies(rows -> assertThat(rows.get(5)).isEqualTo("1 to 5 of 50 sessions"));
    state.press(Key.of(Key.Kind.END), view.names(state));
    assertThat(lines(80, 12).get(9)).startsWith(">00000031");
    assertThat(lines(80, 12).get(10)).isEqualTo("46 to 50 of 50 sessions");
    state.press(Key.of(Key.Kind.UP), view.names(state));
    assertThat(lines(80, 12).get(8)).startsWith(">00000030");
  }

  @Test
  void showsTheConsumersOfASession() {
    see(1, 0, session("aaaaaaaa", 0, 3 << 20, false));
    state.press(Key.of(Key.Kind.ENTER), view.names(state));
    for (int second = 2; second < 4; second++) {
      List<JsonObject> all = List.of(session("aaaaaaaa", 0, 3 << 20, false));
      JsonObject detail = detail(20, second << 10);
      view.see(new TopView.Look(second * SECOND, status(second << 20, 0), all, 1, List.of(detail)));
    }

    List<String> lines = lines(80, 14);
    assertThat(lines.subList(4, 9))
        .containsExactly(
            "session aaaaaaaa  lagging  backpressure  lag 3 MiB  held 1 MiB  1 consumer",
            "CONNECTION       LAG        RATE     AGE  PEER",
            "1              3 MiB     1 KiB/s      5s  255.255.255.255:65535  lagging",
            "2                0 B     1 KiB/s      5s  255.255.255.255:65535",
            "3                0 B     1 KiB/s      5s  255.255.255.255:65535");
    assertThat(lines.get(12)).isEqualTo("1 to 6 of 20 consumers");
    state.press(Key.of(Key.Kind.DOWN), List.of());
    assertThat(lines(80, 14).get(12)).isEqualTo("2 to 7 of 20 consumers");
    state.press(Key.of(Key.Kind.UP), List.of());
    assertThat(lines(60, 14))
        .contains("1              3 MiB      5s  255.255.255.255:65535  lagging");
  }

  @Test
  void startsAnewAfterTheRelayWasLost() {
    see(1, 0, session("aaaaaaaa", 1 << 20, 0, false));

    view.lose("gone");
    assertThat(view.isLost()).isTrue();
    assertThat(lines(80, 24)).contains("gone", "trying again ...");
    see(2, 0, session("aaaaaaaa", 0, 0, false));
    assertThat(view.isLost()).isFalse();
    assertThat(lines(120, 24).get(1)).doesNotContain("gone");
  }

  @Test
  void takesNothingInOfALookThatIsNotWhole() {
    see(1, 0, session("aaaaaaaa", 0, 0, false));
    JsonObject broken = session("bbbbbbbb", 0, 0, false);
    broken.remove("heldBytes");

    assertThatThrownBy(() -> see(2, 0, broken)).isInstanceOf(NullPointerException.class);

    assertThat(view.lines(state, SIZE).toString()).contains("aaaaaaaa").doesNotContain("bbbbbbbb");
  }
}
