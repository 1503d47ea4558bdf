package io.hydrasync.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoSummaryTest {
  private static Tally tally(String name, String... messages) {
    Tally tally = new Tally(name, Stage.WHOLE);
    for (String message : messages) {
      tally.digest().update(message.getBytes(UTF_8));
      tally.count(message.length());
    }
    tally.finish();
    return tally;
  }

  private static DemoSummary summary(long readable, Tally third) {
    List<Tally> consumers =
        List.of(tally("consumer 1", "a", "b"), tally("consumer 2", "a", "b"), third);
    Tally producer = tally("producer", "a", "b");
    DemoLook.Part sent = new DemoLook.Part("producer", Stage.ENDED, 2, 2, 0);
    return new DemoSummary(
        new DemoLook("h:1", 4, 4, sent, List.of(), 30, 90, 0, readable), producer, consumers);
  }

  @Test
  void makesThePoint() {
    DemoSummary summary = summary(0, tally("consumer 3", "a", "b"));

    assertThat(summary.isGood()).isTrue();
    assertThat(summary.lines(80))
        .containsExactly(
            "sent       2 messages, 2 B, in 4000 ms: 0 B/s",
            "sealed     each message once, for all three consumers",
            "delivered  3 of 3 consumers have every message, in order, with the same SHA-256",
            "           as the producer: 6 B in all, 2 B/s",
            "relay      had no key, and could read: nothing. The messages' text was looked",
            "           for in all that it was sent and has sent, 30 B and 90 B, and found 0",
            "           times.",
            "",
            "Sealed once, opened three times, nothing lost, nothing to read on the way.");
  }

  @Test
  void saysWhoDiffers() {
    Tally changed = tally("consumer 3", "a", "c");
    Tally failed = tally("consumer 3", "a", "b");
    failed.fail(new IllegalStateException("what went wrong"));

    assertThat(summary(0, changed).isGood()).isFalse();
    assertThat(summary(0, changed).lines(80))
        .contains("FAILED: see above.")
        .anyMatch(line -> line.contains("2 of 3 consumers"))
        .anyMatch(line -> line.contains("consumer 3 DIFFERS"));
    assertThat(summary(0, failed).isGood()).isFalse();
    assertThat(summary(0, failed).lines(100)).anyMatch(line -> line.contains("what went wrong"));
  }

  @Test
  void saysThatSomethingCouldBeRead() {
    DemoSummary summary = summary(7, tally("consumer 3", "a", "b"));

    assertThat(summary.isGood()).isFalse();
    assertThat(String.join(" ", summary.lines(200))).contains("SOMETHING", "found 7 times");
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 80, 101, 200})
  void isNeverWiderThanTheTerminal(int columns) {
    assertThat(summary(0, tally("consumer 3", "x")).lines(columns))
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(columns));
  }
}
