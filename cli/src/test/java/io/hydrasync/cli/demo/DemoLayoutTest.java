package io.hydrasync.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.console.StyledLine;
import io.hydrasync.cli.process.WindowSize;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoLayoutTest {
  private static final long MIB = 1 << 20;

  private static DemoLook.Part part(String name, Stage stage, long mebibytes) {
    return new DemoLook.Part(name, stage, 2_000 * mebibytes, mebibytes * MIB, 38.1 * MIB);
  }

  private static DemoLook look(long second, Stage slow, long third, Stage late) {
    return new DemoLook(
        "127.0.0.1:4370",
        1.23,
        4,
        part("producer", Stage.SENDING, 50),
        List.of(
            part("consumer 1", Stage.THERE, 50),
            part("consumer 2", slow, second),
            part("consumer 3", late, third)),
        51 * MIB,
        90 * MIB,
        64 * MIB,
        0);
  }

  private static final DemoLook BUSY = look(25, Stage.SLOW, 0, Stage.ABSENT);

  private static List<String> rows(DemoLook look, int columns) {
    return DemoLayout.lines(look, new WindowSize.Size(columns, 7)).stream()
        .map(StyledLine::text)
        .toList();
  }

  @Test
  void hasALineForEachConsumerAt60Columns() {
    assertThat(rows(BUSY, 60))
        .containsExactly(
            "producer    [###.......]     50 MiB  1.2 of 4 s",
            "consumer 1  [##########]     50 MiB",
            "consumer 2  [#####.....]     25 MiB  slow, 25 MiB behind",
            "consumer 3  [..........]        0 B  not there yet",
            "relay       51 MiB in, 90 MiB out, all sealed",
            "            messages it could read: 0",
            "            50 MiB held for consumer 3");
  }

  @Test
  void showsRatesAt80Columns() {
    assertThat(rows(BUSY, 80))
        .startsWith(
            "producer    [#####............]     50 MiB   38.1 MiB/s  1.2 of 4 s",
            "consumer 1  [#################]     50 MiB   38.1 MiB/s",
            "consumer 2  [#########........]     25 MiB   38.1 MiB/s  slow, 25 MiB behind");
  }

  @Test
  void showsMessagesAt101Columns() {
    assertThat(rows(BUSY, 101))
        .startsWith(
            "producer    [######............]    100,000 messages     50 MiB   38.1 MiB/s  1.2 of 4 s",
            "consumer 1  [##################]    100,000 messages     50 MiB   38.1 MiB/s",
            "consumer 2  [#########.........]     50,000 messages     25 MiB   38.1 MiB/s  slow, 25"
                + " MiB behind");
  }

  @Test
  void hasNoLongerBarsThanCanBeReadAt200Columns() {
    assertThat(rows(BUSY, 200).get(2))
        .isEqualTo(
            "consumer 2  ["
                + "#".repeat(30)
                + ".".repeat(30)
                + "]     50,000 messages     25 MiB   38.1 MiB/s  slow, 25 MiB behind");
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 61, 75, 76, 80, 99, 100, 101, 200})
  void isNeverWiderThanTheTerminal(int columns) {
    assertThat(DemoLayout.lines(BUSY, new WindowSize.Size(columns, 24)))
        .allSatisfy(line -> assertThat(line.text()).hasSizeLessThanOrEqualTo(columns));
    assertThat(rows(BUSY, columns).get(2)).contains("slow, 25 MiB behind");
  }

  @Test
  void saysThatSomethingIsHeldOnlyIfItIs() {
    DemoLook even = look(50, Stage.THERE, 50, Stage.LATE);

    assertThat(rows(even, 80)).hasSize(6).noneMatch(line -> line.contains("held"));
    assertThat(even.heldBytes()).isZero();
  }

  @Test
  void saysNotMoreToBeHeldThanTheRelayKeeps() {
    assertThat(look(50, Stage.THERE, 0, Stage.ABSENT).heldBytes()).isEqualTo(50 * MIB);
    DemoLook little = new DemoLook("", 1, 4, BUSY.producer(), BUSY.consumers(), 0, 0, 3 * MIB, 0);
    assertThat(little.heldBytes()).isEqualTo(3 * MIB);
  }

  @Test
  void saysWhatOneSeesWhereThereIsRoom() {
    List<StyledLine> lines = DemoLayout.lines(BUSY, new WindowSize.Size(80, 24));

    assertThat(lines.get(0).text())
        .isEqualTo("hydra demo: one producer, one relay, three consumers");
    assertThat(lines).hasSize(14);
  }

  @Test
  void printsALineASecondWhereNothingCanBeDrawn() {
    assertThat(DemoLayout.plain(BUSY))
        .isEqualTo("1 s: sent 50 MiB, received 50 MiB, 25 MiB (slow), 0 B (not there yet)");
  }
}
