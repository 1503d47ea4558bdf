package io.hydrasync.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.keys.Key;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopStateTest {
  private static final List<String> NAMES = List.of("a", "b", "c");

  private final TopState state = new TopState(TopState.Order.RATE);

  private void press(Key.Kind... kinds) {
    for (Key.Kind kind : kinds) {
      state.press(Key.of(kind), NAMES);
    }
  }

  private void type(String text) {
    text.chars().forEach(c -> state.press(Key.of((char) c), NAMES));
  }

  @Test
  void sortsByTheNextOrder() {
    type("s");
    assertThat(state.order()).isEqualTo(TopState.Order.LAG);
    type("ss");
    assertThat(state.order()).isEqualTo(TopState.Order.RATE);
  }

  @Test
  void selectsWithinTheList() {
    press(Key.Kind.DOWN);
    assertThat(state.selected()).isEqualTo("a");
    press(Key.Kind.DOWN, Key.Kind.DOWN, Key.Kind.DOWN);
    assertThat(state.selected()).isEqualTo("c");
    type("k");
    assertThat(state.selected()).isEqualTo("b");
    press(Key.Kind.HOME);
    assertThat(state.selected()).isEqualTo("a");
    press(Key.Kind.PAGE_DOWN);
    assertThat(state.selected()).isEqualTo("c");
    state.press(Key.of(Key.Kind.UP), List.of("z"));
    assertThat(state.selected()).isEqualTo("z");
    state.press(Key.of(Key.Kind.UP), List.of());
    assertThat(state.selected()).isEqualTo("z");
  }

  @Test
  void typesAFilter() {
    type("/qx");
    press(Key.Kind.BACKSPACE);
    assertThat(state.isTyping()).isTrue();
    assertThat(state.isEnded()).isFalse();
    press(Key.Kind.ENTER);
    assertThat(state.filter()).isEqualTo("q");
    assertThat(state.isTyping()).isFalse();
    press(Key.Kind.ESCAPE);
    assertThat(state.filter()).isEmpty();
  }

  @Test
  void showsTheConsumersOfTheFirstSessionIfNoneIsSelected() {
    press(Key.Kind.ENTER);
    assertThat(state.selected()).isEqualTo("a");
    assertThat(state.page()).isEqualTo(TopState.Page.CONSUMERS);
    press(Key.Kind.DOWN, Key.Kind.DOWN);
    state.scrolledAtMost(1);
    assertThat(state.scrolled()).isEqualTo(1);
    press(Key.Kind.ESCAPE);
    assertThat(state.page()).isEqualTo(TopState.Page.SESSIONS);
  }

  @Test
  void goesBackFromTheHelpToWhereItWas() {
    press(Key.Kind.ENTER);
    type("?");
    assertThat(state.page()).isEqualTo(TopState.Page.HELP);
    press(Key.Kind.ESCAPE);
    assertThat(state.page()).isEqualTo(TopState.Page.CONSUMERS);
    type("??");
    assertThat(state.page()).isEqualTo(TopState.Page.CONSUMERS);
  }

  /** Nobody would see what they do. */
  @Test
  void keysDoNothingBehindTheHelp() {
    press(Key.Kind.DOWN);
    type("?sjk/");
    press(Key.Kind.DOWN, Key.Kind.END, Key.Kind.PAGE_DOWN);
    assertThat(state.page()).isEqualTo(TopState.Page.HELP);
    press(Key.Kind.ENTER);

    assertThat(state.page()).isEqualTo(TopState.Page.SESSIONS);
    assertThat(state.selected()).isEqualTo("a");
    assertThat(state.order()).isEqualTo(TopState.Order.RATE);
    assertThat(state.isTyping()).isFalse();
    type("?q");
    assertThat(state.isEnded()).isTrue();
  }

  @Test
  void ends() {
    type("q");
    assertThat(state.isEnded()).isTrue();
  }
}
