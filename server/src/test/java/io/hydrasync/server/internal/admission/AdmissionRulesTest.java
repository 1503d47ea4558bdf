package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AdmissionRulesTest {
  private static final AdmissionRules ALL_DIFFERENT =
      new AdmissionRules(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, true);

  /**
   * A change.
   *
   * @param there makes it
   * @param back takes it back
   * @param changed what there is then
   */
  private record Change(
      UnaryOperator<AdmissionRules> there,
      UnaryOperator<AdmissionRules> back,
      AdmissionRules changed) {}

  static Stream<Change> changes() {
    return Stream.of(
        new Change(
            limits -> limits.withMaxConnections(99),
            limits -> limits.withMaxConnections(1),
            new AdmissionRules(99, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, true)),
        new Change(
            limits -> limits.withConnectionsPerAddress(99),
            limits -> limits.withConnectionsPerAddress(2),
            new AdmissionRules(1, 99, 3, 4, 5, 6, 7, 8, 9, 10, 11, true)),
        new Change(
            limits -> limits.withMaxJoining(99),
            limits -> limits.withMaxJoining(3),
            new AdmissionRules(1, 2, 99, 4, 5, 6, 7, 8, 9, 10, 11, true)),
        new Change(
            limits -> limits.withJoining(97, 98, 99),
            limits -> limits.withJoining(4, 5, 6),
            new AdmissionRules(1, 2, 3, 97, 98, 99, 7, 8, 9, 10, 11, true)),
        new Change(
            limits -> limits.withSessions(98, 99),
            limits -> limits.withSessions(7, 8),
            new AdmissionRules(1, 2, 3, 4, 5, 6, 98, 99, 9, 10, 11, true)),
        new Change(
            limits -> limits.withConsumersPerSession(99),
            limits -> limits.withConsumersPerSession(9),
            new AdmissionRules(1, 2, 3, 4, 5, 6, 7, 8, 99, 10, 11, true)),
        new Change(
            limits -> limits.withHandshakes(98, 99),
            limits -> limits.withHandshakes(10, 11),
            new AdmissionRules(1, 2, 3, 4, 5, 6, 7, 8, 9, 98, 99, true)),
        new Change(
            limits -> limits.withLoopbackExempt(false),
            limits -> limits.withLoopbackExempt(true),
            new AdmissionRules(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, false)));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void changesWhatWasAskedForAndNothingElse(Change change) {
    AdmissionRules changed = change.there.apply(ALL_DIFFERENT);

    assertThat(changed).isEqualTo(change.changed);
    assertThat(change.back.apply(changed)).isEqualTo(ALL_DIFFERENT);
  }

  @Test
  void aChangeIsCheckedLikeTheWhole() {
    assertThatThrownBy(() -> ALL_DIFFERENT.withJoining(1, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("joiningPer56");
  }
}
