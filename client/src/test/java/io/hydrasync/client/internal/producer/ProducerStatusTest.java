package io.hydrasync.client.internal.producer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProducerStatusTest {
  private final ProducerStatus status = new ProducerStatus();

  @Test
  void acknowledgmentOfAnEpochThatIsPastMeanwhileCountsForNothing() {
    status.acknowledged(3);
    status.acknowledged(9, () -> false);
    assertThat(status.acknowledged()).isEqualTo(3);
    status.acknowledged(9, () -> true);
    assertThat(status.acknowledged()).isEqualTo(9);
  }
}
