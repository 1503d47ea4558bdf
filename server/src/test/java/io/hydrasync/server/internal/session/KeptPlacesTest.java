package io.hydrasync.server.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeptPlacesTest {
  private static final int SEGMENT = 1_000;
  private static final long TIME = 30;

  private final KeptPlaces places = new KeptPlaces(SEGMENT, TIME);

  @Test
  void thereAreNoMoreThanSegments() {
    for (int i = 0; i < 100_000; i++) {
      places.add(i / 10, 0); // as a log grows
      places.add(5_000, 0);
    }

    assertThat(places.size()).isLessThanOrEqualTo(10);
  }

  @Test
  void aPlaceGoesWhenItsTimeIsUp() {
    places.add(2_500, 0);
    places.add(7_500, 10);

    assertThat(places.lowest(TIME)).isEqualTo(2_000);
    assertThat(places.lowest(TIME + 1)).isEqualTo(7_000);
    assertThat(places.lowest(TIME + 11)).isEqualTo(Long.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theLowestIsThatOfAllThatStay(long seed) {
    Random random = new Random(seed);
    record Kept(long position, long until) {}
    List<Kept> all = new ArrayList<>();
    for (long now = 0; now < 3_000; now += random.nextInt(5)) {
      long time = now;
      if (random.nextBoolean()) {
        long position = now * 20 + random.nextInt(20_000);
        places.add(position, now);
        all.add(new Kept(position - position % SEGMENT, now + TIME));
      }
      all.removeIf(kept -> kept.until < time);
      assertThat(places.lowest(now))
          .isEqualTo(all.stream().mapToLong(Kept::position).min().orElse(Long.MAX_VALUE));
    }
  }
}
