package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.internal.admission.AdmissionRules;
import org.junit.jupiter.api.Test;

/** The numbers that a builder and an operator see are those that the relay goes by. */
class AdmissionLimitsTest {
  private static final AdmissionRules ALL_DIFFERENT =
      new AdmissionRules(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, false);

  @Test
  void isMadeWithEachNumberInItsPlace() {
    AdmissionLimits made =
        AdmissionLimits.DEFAULT
            .withMaxConnections(1)
            .withConnectionsPerAddress(2)
            .withMaxJoining(3)
            .withJoining(4, 5, 6)
            .withSessions(7, 8)
            .withConsumersPerSession(9)
            .withHandshakes(10, 11)
            .withLoopbackExempt(false);

    assertThat(made.rules()).isEqualTo(ALL_DIFFERENT);
    assertThat(made)
        .isEqualTo(new AdmissionLimits(ALL_DIFFERENT))
        .hasSameHashCodeAs(new AdmissionLimits(ALL_DIFFERENT))
        .isNotEqualTo(made.withMaxJoining(4));
  }

  @Test
  void showsEachNumberInItsPlace() {
    AdmissionLimits limits = new AdmissionLimits(ALL_DIFFERENT);

    assertThat(
            new AdmissionRules(
                limits.maxConnections(),
                limits.connectionsPerAddress(),
                limits.maxJoining(),
                limits.joiningPerAddress(),
                limits.joiningPer56(),
                limits.joiningPer48(),
                limits.maxSessions(),
                limits.sessionsPerAddress(),
                limits.consumersPerSession(),
                limits.handshakesPerSecond(),
                limits.handshakeBurst(),
                limits.loopbackExempt()))
        .isEqualTo(ALL_DIFFERENT);
  }
}
