package io.hydrasync.cli.here;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AttendeesTest {
  private static final long END = 1_000;
  private static final String ONE = "192.0.2.1:";
  private static final String OTHER = "[2001:db8::1]:";

  private long nanos;
  private final Attendees attendees = new Attendees(() -> nanos);

  private static Visit there(long id, String host, long taken, int age) {
    return new Visit(id, host + (5_000 + id), taken, Duration.ofSeconds(age), Optional.empty());
  }

  private static Visit gone(long id, String host, long taken, int age, int since) {
    return new Visit(
        id,
        host + (5_000 + id),
        taken,
        Duration.ofSeconds(age),
        Optional.of(Duration.ofSeconds(since)));
  }

  private List<Attendees.Standing> standings(Visit... visits) {
    return List.copyOf(attendees.standings(List.of(visits), END).values());
  }

  @Test
  void isDoneWithTheEndAndWithoutAConnection() {
    assertThat(standings(gone(1, ONE, END, 9, 1), there(2, OTHER, END, 9), there(3, ONE, 5, 9)))
        .containsExactly(
            Attendees.Standing.DONE, Attendees.Standing.UNDER_WAY, Attendees.Standing.UNDER_WAY);
  }

  @Test
  void givesALostOneTimeToComeBack() {
    assertThat(standings(gone(1, ONE, END - 1, 100, 29), gone(2, OTHER, 0, 100, 30)))
        .containsExactly(Attendees.Standing.UNDER_WAY, Attendees.Standing.LOST);
  }

  @Test
  void takesWhoComesFromTheSameMachineLaterForTheLostOne() {
    Visit lost = gone(1, ONE, 10, 100, 50);
    Visit back = gone(2, ONE, END, 40, 1);

    assertThat(standings(lost, back)).containsExactly(Attendees.Standing.DONE);
    assertThat(Attendees.consumers(List.of(lost, back), END)).containsExactly(back);
  }

  @Test
  void takesNobodyElseForTheLostOne() {
    Visit lost = gone(1, ONE, 10, 100, 50);

    assertThat(standings(lost, there(2, OTHER, 10, 40)))
        .as("another machine")
        .containsExactly(Attendees.Standing.LOST, Attendees.Standing.UNDER_WAY);
    assertThat(standings(lost, there(2, ONE, 10, 51)))
        .as("it was there before the other went")
        .containsExactly(Attendees.Standing.LOST, Attendees.Standing.UNDER_WAY);
    assertThat(standings(lost, gone(2, ONE, END, 40, 1), there(3, ONE, 10, 30)))
        .as("one comes back once")
        .containsExactly(Attendees.Standing.DONE, Attendees.Standing.UNDER_WAY);
    assertThat(standings(gone(1, ONE, END, 100, 50), there(2, ONE, 10, 40)))
        .as("the one before lacks nothing")
        .containsExactly(Attendees.Standing.DONE, Attendees.Standing.UNDER_WAY);
  }

  @Test
  void waitsForOneThatMovesHoweverLongItTakes() {
    for (long taken = 0; taken < END; taken++) {
      nanos += Duration.ofSeconds(59).toNanos();
      assertThat(standings(there(1, ONE, taken, 9))).containsExactly(Attendees.Standing.UNDER_WAY);
    }
  }

  @Test
  void doesNotWaitForOneThatStandsStill() {
    assertThat(standings(there(1, ONE, 7, 9), there(2, ONE, END, 9)))
        .containsOnly(Attendees.Standing.UNDER_WAY);
    nanos += Duration.ofSeconds(59).toNanos();
    assertThat(standings(there(1, ONE, 7, 9), there(2, ONE, END, 9)))
        .containsOnly(Attendees.Standing.UNDER_WAY);
    nanos += Duration.ofSeconds(1).toNanos();
    assertThat(standings(there(1, ONE, 7, 9), there(2, ONE, END, 9), there(3, ONE, 7, 1)))
        .containsExactly(
            Attendees.Standing.STUCK, Attendees.Standing.STUCK, Attendees.Standing.UNDER_WAY);
  }
}
