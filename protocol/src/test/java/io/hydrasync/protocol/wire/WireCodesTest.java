package io.hydrasync.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The numbers of section 4 of {@code wire2.md}. */
class WireCodesTest {
  private static final Map<Role, Integer> ROLES =
      Map.of(Role.ADMIN, 0, Role.PRODUCER, 1, Role.CONSUMER, 2);
  private static final Map<Overflow, Integer> POLICIES =
      Map.of(
          Overflow.DEFAULT, 0,
          Overflow.BACKPRESSURE, 1,
          Overflow.SPILL, 2,
          Overflow.GROW, 3,
          Overflow.DROP, 4,
          Overflow.SKIP, 5);

  @Test
  void aRoleHasTheNumberOfTheSpecification() {
    assertThat(ROLES).containsOnlyKeys(Role.values());
    ROLES.forEach(
        (role, code) -> {
          assertThat(WireCodes.of(role)).isEqualTo(code);
          assertThat(WireCodes.role(code)).contains(role);
        });
  }

  @Test
  void aPolicyHasTheNumberOfTheSpecification() {
    assertThat(POLICIES).containsOnlyKeys(Overflow.values());
    POLICIES.forEach(
        (policy, code) -> {
          assertThat(WireCodes.of(policy)).isEqualTo(code);
          assertThat(WireCodes.overflow(code)).contains(policy);
        });
  }

  @Test
  void noOtherNumberMeansAnything() {
    for (int code : IntStream.rangeClosed(-1, 256).toArray()) {
      assertThat(WireCodes.role(code).isPresent()).isEqualTo(ROLES.containsValue(code));
      assertThat(WireCodes.overflow(code).isPresent()).isEqualTo(POLICIES.containsValue(code));
    }
  }
}
