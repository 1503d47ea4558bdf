package io.hydrasync.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code docs/reference/errors.md} against the code: every type and code, and which are retryable.
 */
class ExceptionsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "errors.md");
  private static final int TYPE_COLUMNS = 6;
  private static final int CODE_COLUMNS = 5;

  private static final Map<String, List<String>> types = new LinkedHashMap<>();
  private static final Map<String, List<String>> codes = new LinkedHashMap<>();

  @BeforeAll
  static void read() throws IOException {
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("| ")) {
        List<String> cells =
            Arrays.stream(line.substring(1, line.length() - 1).split("\\|"))
                .map(String::strip)
                .toList();
        boolean isType = cells.get(0).startsWith("`");
        if (isType || (!cells.get(0).equals("type") && !cells.get(0).equals("code"))) {
          assertThat(cells).as(line).hasSize(isType ? TYPE_COLUMNS : CODE_COLUMNS);
          String key = cells.get(0).replace("`", "");
          assertThat((isType ? types : codes).put(key, cells)).as(key + " once").isNull();
        }
      }
    }
  }

  private static Stream<Class<?>> leaves(Class<?> type) {
    Class<?>[] permitted = type.getPermittedSubclasses();
    return permitted == null
        ? Stream.of(type)
        : Arrays.stream(permitted).flatMap(ExceptionsPageTest::leaves);
  }

  private static Stream<Class<?>> leaves() {
    return leaves(HydraException.class);
  }

  @Test
  void hasEveryTypeAndNoOther() {
    assertThat(types.keySet())
        .containsExactlyInAnyOrderElementsOf(leaves().map(Class::getSimpleName).toList());
  }

  @Test
  void hasEveryCodeInTheirOrder() {
    assertThat(codes.keySet())
        .containsExactlyElementsOf(Arrays.stream(ErrorCode.values()).map(Enum::name).toList());
  }

  /** One of each type, for each code that the page says it may have. */
  private static HydraException sample(Class<?> type, ErrorCode code) {
    if (type == AuthenticationException.class) {
      return new AuthenticationException(code, "x");
    } else if (type == ConnectionException.class) {
      return new ConnectionException(code, "x");
    } else if (type == ProtocolException.class) {
      return new ProtocolException(code, "x");
    } else if (type == RelayException.class) {
      return code.defaultRetryAfter()
          .map(wait -> new RelayException(code, "x", wait))
          .orElseGet(() -> new RelayException(code, "x"));
    } else if (type == GapException.class) {
      return new GapException(1, 2, 3, GapException.Kind.ANNOUNCED);
    } else if (type == StreamTruncatedException.class) {
      return new StreamTruncatedException("x");
    } else if (type == SessionTruncatedException.class) {
      return new SessionTruncatedException("x");
    } else if (type == ReceiveTimeoutException.class) {
      return new ReceiveTimeoutException("x");
    } else if (type == InterruptedOperationException.class) {
      return new InterruptedOperationException("x");
    } else if (type == ClosedException.class) {
      return new ClosedException("x");
    } else if (type == UnsupportedByWireException.class) {
      return new UnsupportedByWireException("x");
    }
    return fail("a type that this test does not know: " + type);
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void saysOfEachTypeWhetherItIsRetryable(Class<?> type) {
    List<String> row = types.get(type.getSimpleName());
    assertThat(row).as(type.getSimpleName()).isNotNull();
    String retryable = row.get(TYPE_COLUMNS - 1);
    for (String name : row.get(1).split(", ")) {
      ErrorCode code = ErrorCode.valueOf(name);
      HydraException sample = sample(type, code);
      assertThat(sample.code()).as(type.getSimpleName()).isEqualTo(code);
      assertThat(sample.isRetryable())
          .as(type.getSimpleName() + " " + code)
          .isEqualTo(saidToBeRetryable(retryable, code));
    }
  }

  private static boolean saidToBeRetryable(String said, ErrorCode code) {
    return switch (said) {
      case "yes" -> true;
      case "no" -> false;
      case "by code" -> codes.get(code.name()).get(CODE_COLUMNS - 1).equals("yes");
      case "by retryAfter" -> code.defaultRetryAfter().isPresent();
      default -> fail("retryable is " + said);
    };
  }

  @ParameterizedTest
  @EnumSource
  void saysOfEachCodeWhetherItIsRetryable(ErrorCode code) {
    String retryable = codes.get(code.name()).get(CODE_COLUMNS - 1);
    assertThat(retryable).isIn("yes", "no");
    assertThat(new ConnectionException(code, "x").isRetryable())
        .as(code.name())
        .isEqualTo(retryable.equals("yes"));
  }

  @Test
  void givesEachOfTheRelaysCodesToRelayException() {
    Set<String> relays =
        Arrays.stream(ErrorCode.values())
            .filter(code -> code.wireCode() != 0)
            .map(Enum::name)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(Set.of(types.get("RelayException").get(1).split(", "))).isEqualTo(relays);
  }

  /** A code that no type has is one that nobody can get. */
  @Test
  void givesEachCodeToSomeType() {
    Set<String> given =
        types.values().stream()
            .flatMap(row -> Stream.of(row.get(1).split(", ")))
            .collect(Collectors.toCollection(TreeSet::new));
    given.add(ErrorCode.STALLED.name()); // an event

    assertThat(given)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(ErrorCode.values()).map(Enum::name).toList());
  }

  @Test
  void fillsEveryCell() {
    Stream.concat(types.values().stream(), codes.values().stream())
        .forEach(row -> assertThat(row).as(row.get(0)).noneMatch(String::isEmpty));
  }
}
