package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.check.Arguments;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is refused where it is given, not by a thread that finds it later. */
class HydraServerBuilderTest {
  static Stream<Method> options() {
    return Arrays.stream(HydraServer.Builder.class.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> method.getParameterCount() > 0);
  }

  private static Object[] nothing(Method option) {
    return Arrays.stream(option.getParameterTypes())
        .map(type -> type == int.class ? (Object) (-1) : type == long.class ? (Object) (-1L) : null)
        .map(value -> value)
        .toArray();
  }

  private static Throwable call(Method option, Object... arguments) {
    return catchThrowable(
        () -> {
          try {
            option.invoke(HydraServer.builder(), arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  @ParameterizedTest
  @MethodSource("options")
  void refusesWhatIsNullOrNegative(Method option) {
    if (option.getParameterTypes()[0] == boolean.class) {
      return; // there is no wrong one
    }
    Throwable problem = call(option, nothing(option));

    assertThat(problem)
        .as("%s", option)
        .isInstanceOfAny(IllegalArgumentException.class, NullPointerException.class)
        .message()
        .containsAnyOf("is null", "is at least", " is ");
  }

  @ParameterizedTest
  @MethodSource("options")
  void takesAnyTimeHoweverLong(Method option) {
    if (option.getParameterTypes()[0] == Duration.class) {
      assertThat(call(option, ChronoUnit.FOREVER.getDuration())).isNull();
      assertThat(call(option, Duration.ofDays(200_000))).isNull();
      assertThat(call(option, Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"handshakeTimeout", "idleTimeout", "stallTimeout"})
  void refusesTimesInWhichNobodyCouldDoAnything(String name) throws Exception {
    Method option = HydraServer.Builder.class.getMethod(name, Duration.class);

    assertThat(call(option, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(name + " is at least 1 ms, not PT0S");
    assertThat(call(option, Duration.ofMillis(1))).isNull();
  }

  @Test
  void servesWithTimesThatAreForEver() {
    Duration forever = ChronoUnit.FOREVER.getDuration();
    try (HydraServer relay =
        HydraServer.builder()
            .linger(forever)
            .handshakeTimeout(forever)
            .idleTimeout(forever)
            .stallTimeout(forever)
            .bind()) {
      assertThat(relay.relay().services().limits().lingerNanos())
          .isEqualTo(Arguments.FOREVER.toNanos());
      assertThat(relay.relay().services().lingerSeconds()).isEqualTo(0xFFFF);
    }
  }

  @Test
  void refusesNumbersThatNoRelayCanHave() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HydraServer.builder().eventLoopThreads(Integer.MAX_VALUE))
        .withMessage("eventLoopThreads is 1 to 1024, not 2147483647");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HydraServer.builder().overflow(Overflow.DEFAULT));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HydraServer.builder().maxFrame(Integer.MAX_VALUE));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HydraServer.builder().segmentSize(Integer.MAX_VALUE).check());
  }

  @Test
  void checksWhatARunningRelayIsAskedFor() {
    try (HydraServer relay = HydraServer.bindDefault()) {
      RelayOperator operator = relay.operator();

      assertThatIllegalArgumentException()
          .isThrownBy(() -> relay.drain(Duration.ofSeconds(-1), Duration.ZERO))
          .withMessage("the delay is not negative: PT-1S");
      assertThatThrownBy(() -> relay.drain(Duration.ZERO, null))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("the bound is null");
      assertThat(operator.isReady()).as("it has not begun").isTrue();
      assertThatThrownBy(() -> operator.admission(null))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("the limits is null");
      assertThatThrownBy(() -> operator.credentials(null)).isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> operator.sessions((String) null, Duration.ZERO))
          .isInstanceOf(NullPointerException.class);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> operator.isAlive(Duration.ofMillis(-1)));
      assertThat(operator.isAlive(ChronoUnit.FOREVER.getDuration())).isTrue();
      assertThat(operator.sessions(ChronoUnit.FOREVER.getDuration())).isEmpty();
      operator.credentials(Map.of());
    }
  }
}
