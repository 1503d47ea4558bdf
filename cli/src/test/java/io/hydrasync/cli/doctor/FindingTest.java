package io.hydrasync.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How a finding stands on a terminal. */
class FindingTest {
  private static final int COLUMNS = 40;

  private final Finding finding = Finding.warn("key", "the first half and the second half of it");

  @Test
  void breaksBetweenWordsBelowWhereItsTextBegins() {
    assertThat(finding.lines(COLUMNS))
        .containsExactly(
            "warn  key        the first half and the", "                 second half of it")
        .allMatch(line -> line.length() <= COLUMNS);
  }

  @Test
  void isOneLineWhereThatIsWideEnough() {
    assertThat(finding.lines(Integer.MAX_VALUE))
        .containsExactly("warn  key        the first half and the second half of it");
  }

  @Test
  void neverCutsWhatSomebodyMayWantToCopy() {
    Finding key = Finding.note("key", "it is " + "A".repeat(43));

    assertThat(key.lines(COLUMNS)).containsExactly("note  key        it is " + "A".repeat(43));
    assertThat(key.lines(5)).hasSize(1);
  }
}
