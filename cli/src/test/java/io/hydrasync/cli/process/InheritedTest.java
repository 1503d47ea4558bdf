package io.hydrasync.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InheritedTest {
  private static final String LOCALE = "hydra.lc_all";
  private static final String LAUNCHED = "hydra.closed";

  @AfterEach
  void forget() {
    System.clearProperty(LOCALE);
    System.clearProperty(LAUNCHED);
  }

  private static Map<String, String> restored() {
    Map<String, String> environment = new HashMap<>(Map.of("LC_ALL", "C.UTF-8", "LANG", "de"));
    Inherited.restoreLocale(environment);
    return environment;
  }

  @Test
  void aCommandGetsTheLocaleOfTheCaller() {
    assertThat(restored()).containsEntry("LC_ALL", "C.UTF-8"); // there was no launcher
    System.setProperty(LAUNCHED, "");
    assertThat(restored()).doesNotContainKey("LC_ALL").containsEntry("LANG", "de");
    System.setProperty(LOCALE, "");
    assertThat(restored()).containsEntry("LC_ALL", "");
    System.setProperty(LOCALE, "fr_FR");
    assertThat(restored()).containsEntry("LC_ALL", "fr_FR");
  }

  @Test
  void whatWasChangedIsNotUsed() {
    Map<String, String> environment = Map.of("GOOD", "grüße", "BAD", "L\uFFFD");

    assertThat(Inherited.variable(environment, "GOOD")).isEqualTo("grüße");
    assertThat(Inherited.variable(environment, "ABSENT")).isNull();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Inherited.variable(environment, "BAD"))
        .withMessageContaining("the environment's BAD");
    assertThatCode(() -> Inherited.require("plain", "--text")).doesNotThrowAnyException();
  }
}
