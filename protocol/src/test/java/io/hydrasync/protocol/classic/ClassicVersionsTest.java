package io.hydrasync.protocol.classic;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.check.ClassicVersions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of versions outside of this package agrees with what is done here. */
class ClassicVersionsTest {
  static final Iterable<String> KNOWN = ClassicVersions.KNOWN;

  @ParameterizedTest
  @FieldSource("KNOWN")
  void theLaterWireIsThatOfTheLongestHello(String version) {
    assertThat(ClassicVersions.isLater(version)).isEqualTo(ClassicVersion.of(version).isLater());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.0-beta.1", "1.0.0-beta.10", "2.0.0"})
  void whatIsNotKnownIsOfTheLaterWire(String version) {
    assertThat(ClassicVersions.isLater(version)).isTrue();
    assertThat(ClassicVersion.of(version).isLater()).isTrue();
  }

  @Test
  void theDefaultIsTheLastOfTheEarlierWire() {
    assertThat(ClassicVersions.isLater(ClassicVersions.DEFAULT)).isFalse();
    assertThat(
            ClassicVersions.KNOWN.subList(
                0, ClassicVersions.KNOWN.indexOf(ClassicVersions.DEFAULT)))
        .allMatch(ClassicVersions::isLater);
  }
}
