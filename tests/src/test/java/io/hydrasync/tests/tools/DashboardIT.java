package io.hydrasync.tests.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.hydrasync.protocol.SessionSecrets;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard in a browser, as an operator sees it. Skipped where there is no Chromium. */
@Tag("foreign")
class DashboardIT {
  private static final Path PICTURE = Path.of("target", "dashboard.png");
  private static final Path PICTURE_OF_A_CLUSTER = Path.of("target", "dashboard-nodes.png");
  private static final List<String> CHARTS =
      List.of("chartIn", "chartOut", "chartLag", "chartMemory");
  private static final int COLOURS = 30;

  private static Chromium browser;
  private static DashboardScene scene;
  private static SessionSecrets steady;
  private static SessionSecrets lagging;
  private static SessionSecrets unheard;

  private BrowserPage page;

  @BeforeAll
  static void setTheScene() throws Exception {
    Chromium.assumeInstalled();
    browser = Chromium.start();
    scene = DashboardScene.start();
    steady = scene.addSteady();
    lagging = scene.addLagging();
    unheard = scene.addUnheard();
  }

  @AfterAll
  static void close() throws Exception {
    if (scene != null) {
      scene.close();
    }
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void open() throws Exception {
    page = browser.newPage();
    page.open(scene.page);
    page.await("document.querySelectorAll('td.name').length === 3");
  }

  /** A cell of a session's row, as an expression. */
  private static String cell(SessionSecrets session, int column) {
    return "[...document.querySelectorAll('#rows tr')].find(row => row.cells[0].textContent === '%s')"
            .formatted(session.id().logName())
        + ".cells[%d].textContent".formatted(column);
  }

  private static String element(String id) {
    return "document.getElementById('" + id + "').textContent";
  }

  /** Waits until what an expression says has changed twice. */
  private void awaitChanges(String expression) throws InterruptedException {
    for (int i = 0; i < 2; i++) {
      String now = page.text(expression);
      page.await(expression + " !== '" + now + "'");
    }
  }

  @Test
  void showsEachSessionWithItsConsumers() throws Exception {
    String rows = "[...document.querySelectorAll('#rows tr')]";

    String names =
        page.text(
            rows
                + ".map(r => r.cells[0]).filter(c => c.className === 'name')"
                + ".map(c => c.textContent).join(' ')");

    assertThat(names.split(" "))
        .containsExactlyInAnyOrder(
            steady.id().logName(), lagging.id().logName(), unheard.id().logName())
        .allMatch(name -> name.matches("[0-9a-f]{8}"));
    assertThat(page.text(cell(steady, 3))).isEqualTo("2");
    assertThat(page.text(cell(lagging, 2))).isEqualTo("grow");
    assertThat(page.text(cell(lagging, 3))).isEqualTo("1");
    assertThat(page.text(cell(unheard, 2))).isEqualTo("skip");
    assertThat(page.text(cell(unheard, 3))).isEqualTo("0");
    assertThat(page.evaluate(rows + ".filter(r => r.className === 'consumer').length").getAsInt())
        .isEqualTo(3);
    assertThat(page.text(element("state"))).isEqualTo("running");
    assertThat(page.text(element("sessions") + " + ' ' + " + element("consumers")))
        .isEqualTo("3 3");
  }

  @Test
  void figuresGoOn() throws Exception {
    page.await(cell(lagging, 6) + ".endsWith(' MiB')");

    awaitChanges(element("rateIn"));
    awaitChanges(cell(steady, 4));
    awaitChanges(cell(steady, 5));
    awaitChanges(cell(lagging, 6));
    awaitChanges(element("uptime"));
    assertThat(page.text(cell(unheard, 4))).isEqualTo("0 B/s");
  }

  @Test
  void drawsItsCharts() throws Exception {
    page.await(cell(steady, 4) + " !== '0 B/s'");

    for (String chart : CHARTS) {
      String canvas = "document.getElementById('" + chart + "')";
      String filled =
          "(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
              + ".filter((v, i) => i % 4 === 3 && v > 0).length)("
              + canvas
              + ")";
      page.await(filled + " > 600");
      awaitChanges(canvas + ".toDataURL()");
    }
    byte[] png = page.screenshot();
    Files.write(PICTURE, png);

    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(IntStream.of(pixels(picture)).distinct().count()).isGreaterThan(COLOURS);
  }

  private static int[] pixels(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    return image.getRGB(0, 0, width, height, null, 0, width);
  }

  @Test
  void asksNobodyButTheRelayAndHasNothingToComplainOf() throws Exception {
    awaitChanges(element("uptime"));

    List<String> asked = new ArrayList<>();
    for (JsonObject event : page.events("Network.requestWillBeSent")) {
      asked.add(event.getAsJsonObject("request").get("url").getAsString());
    }
    assertThat(asked)
        .contains(
            scene.page,
            scene.page + "dashboard.js",
            scene.page + "dashboard.css",
            scene.page + "api/overview")
        .allMatch(url -> url.startsWith(scene.page) || url.equals("data:,"));
    assertThat(page.events("Network.webSocketCreated")).isEmpty();
    assertThat(page.events("Network.loadingFailed")).isEmpty();
    assertThat(page.events("Log.entryAdded")).isEmpty();
    assertThat(page.events("Runtime.consoleAPICalled")).isEmpty();
    assertThat(page.events("Runtime.exceptionThrown")).isEmpty();
  }

  @Test
  void holdsNothingSecret() throws Exception {
    String all =
        page.text("document.documentElement.outerHTML")
            + page.text("fetch('/api/overview').then(answer => answer.text())")
            + page.text("fetch('/metrics').then(answer => answer.text())");

    assertThat(all).contains(steady.id().logName()).doesNotContain("hydra://");
    for (SessionSecrets session : scene.sessions) {
      byte[] ownerSeed = session.owner().orElseThrow().secretBytes();
      for (byte[] secret :
          List.of(session.id().toBytes(), session.key().secretBytes(), ownerSeed)) {
        assertNoPartIn(all, secret);
      }
    }
  }

  private static void assertNoPartIn(String text, byte[] secret) {
    int part = 6;
    for (int at = 0; at + part <= secret.length; at++) {
      byte[] bytes = Arrays.copyOfRange(secret, at, at + part);
      assertThat(text)
          .doesNotContainIgnoringCase(HexFormat.of().formatHex(bytes))
          .doesNotContain(Base64.getEncoder().encodeToString(bytes))
          .doesNotContain(Base64.getUrlEncoder().encodeToString(bytes));
    }
  }

  @Test
  void saysWhenThereIsNothingToShowAndWhenTheRelayIsGone() throws Exception {
    try (DashboardScene other = DashboardScene.start()) {
      page.open(other.page);
      page.await("!document.getElementById('none').hidden");
      assertThat(page.evaluate("document.getElementById('stale').hidden").getAsBoolean()).isTrue();

      other.stopRelay();

      page.await("!document.getElementById('stale').hidden");
      page.await("document.body.innerText.includes('figures are old')");
    }
  }

  /** From one dashboard to the next, and what each node is to the session. */
  @Test
  void listsTheNodesOfAClusterAndLeadsToThem(@TempDir Path directory) throws Exception {
    assertThat(page.evaluate("document.getElementById('cluster').hidden").getAsBoolean()).isTrue();
    try (DashboardNodes nodes = new DashboardNodes(directory)) {
      String other = nodes.ids.get(1).toString().substring(0, 8);
      String link = "document.querySelector('#nodes a')";
      String seat = "[...document.querySelectorAll('#rows td.name')][0]?.parentElement.cells[10]";
      page.open(nodes.pages.get(0));
      page.await("document.querySelectorAll('#nodes tr').length === 2");
      page.await(link + " !== null && " + seat + "?.textContent === 'owner, links: 1'");
      Files.write(PICTURE_OF_A_CLUSTER, page.screenshot());

      assertThat(page.text(link + ".closest('tr').cells[0].textContent")).isEqualTo(other);
      assertThat(page.text(link + ".href")).isEqualTo(nodes.pages.get(1));
      assertThat(page.text("document.getElementById('directory').textContent"))
          .isEqualTo("directory: all is well");

      page.evaluate("(" + link + ".click(), true)");
      page.await("location.href === '" + nodes.pages.get(1) + "'");
      page.await(seat + "?.textContent.startsWith('edge of ')");
      assertThat(page.text(link + ".href")).isEqualTo(nodes.pages.get(0));

      nodes.cutOff(1);
      page.await("document.getElementById('directory').className === 'over'");
    }
  }
}
