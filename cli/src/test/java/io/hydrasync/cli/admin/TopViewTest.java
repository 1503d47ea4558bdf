package io.hydrasync.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopViewTest {
  private static final TopScreen.Size SIZE = new TopScreen.Size(24, 120);
  private static final long SECOND = 1_000_000_000L;

  private static JsonObject status(long received) {
    return JsonParser.parseString(
            "{\"state\":\"running\",\"uptimeMs\":61000,\"connections\":{\"producer\":2,"
                + "\"consumer\":3},\"receivedBytes\":"
                + received
                + ",\"sentBytes\":0,\"logMemoryBytes\":1024,\"memoryBudgetBytes\":2048,"
                + "\"spillBytes\":0,\"gapFrames\":5,\"rejected\":{\"limit\":4},\"overflows\":{}}")
        .getAsJsonObject();
  }

  private static JsonObject session(String name, long published, long lag) {
    return JsonParser.parseString(
            "{\"name\":\""
                + name
                + "\",\"state\":\"live\",\"overflow\":\"skip\",\"ageMs\":5000,\"publishedBytes\":"
                + published
                + ",\"deliveredBytes\":0,\"heldBytes\":0,\"maxLagBytes\":"
                + lag
                + ",\"consumers\":1,\"producerWaits\":false}")
        .getAsJsonObject();
  }

  private static TopView.Look look(long second, JsonObject... sessions) {
    return new TopView.Look(
        second * SECOND, status(second << 20), List.of(sessions), sessions.length);
  }

  @Test
  void makesRatesOfTwoLooks() {
    TopView view = new TopView("h:1", TopView.Order.RATE);
    view.lines(look(1, session("aaaaaaaa", 0, 0), session("bbbbbbbb", 0, 0)), SIZE);

    List<String> lines =
        view.lines(look(3, session("aaaaaaaa", 2048, 0), session("bbbbbbbb", 4096, 0)), SIZE);

    assertThat(lines.get(0)).isEqualTo("hydra top  h:1  running, up 1m1s");
    assertThat(lines.get(1)).contains("2 sessions", "in 1.0 MiB/s");
    assertThat(lines.get(2)).contains("refused 4", "frames lost 5");
    assertThat(lines.get(5)).startsWith("bbbbbbbb").contains("2.0 KiB/s");
    assertThat(lines.get(6)).startsWith("aaaaaaaa").contains("1.0 KiB/s");
  }

  @Test
  void putsTheLargestLagFirst() {
    TopView view = new TopView("h:1", TopView.Order.LAG);

    List<String> lines =
        view.lines(look(1, session("aaaaaaaa", 9, 1), session("bbbbbbbb", 0, 2)), SIZE);

    assertThat(lines.get(5)).startsWith("bbbbbbbb");
  }

  @Test
  void fitsTheTerminal() {
    List<JsonObject> sessions = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      sessions.add(session(String.format("%08x", i), 0, 0));
    }
    TopView view = new TopView("h:1", TopView.Order.NAME);

    List<String> lines =
        view.lines(new TopView.Look(SECOND, status(0), sessions, 50), new TopScreen.Size(10, 40));

    assertThat(lines).hasSize(10).allSatisfy(line -> assertThat(line).hasSizeLessThan(41));
    assertThat(lines.get(5)).startsWith("00000000");
    assertThat(lines.get(8)).startsWith("00000003");
    assertThat(lines.get(9)).isEqualTo("and 46 more");
  }

  @Test
  void startsAnewAfterTheRelayWasLost() {
    TopView view = new TopView("h:1", TopView.Order.RATE);
    view.lines(look(1, session("aaaaaaaa", 1 << 20, 0)), SIZE);

    assertThat(view.lost("gone", SIZE)).first().asString().contains("gone");
    assertThat(view.isLost()).isTrue();
    assertThat(view.lines(look(2, session("aaaaaaaa", 0, 0)), SIZE).get(5)).contains(" 0 B/s");
    assertThat(view.isLost()).isFalse();
  }
}
