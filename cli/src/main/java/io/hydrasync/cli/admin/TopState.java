package io.hydrasync.cli.admin;

import io.hydrasync.cli.keys.Key;
import java.util.List;
import java.util.Locale;

/** What somebody at the keys of {@code hydra top} has chosen. Not thread-safe. */
final class TopState {
  private static final int LONGEST_FILTER = 40;
  private static final int PAGE = 10;

  private Order order;
  private Page page = Page.SESSIONS;
  private Page before = Page.SESSIONS;
  private String filter = "";
  private String selected = "";
  private boolean ready = true;
  private boolean typing;
  private boolean ended;
  private int scrolled;

  /** What comes first. */
  enum Order {
    RATE,
    LAG,
    NAME;

    String words() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is shown. */
  enum Page {
    SESSIONS,
    CONSUMERS,
    HELP
  }

  TopState(Order order) {
    this.order = order;
  }

  /**
   * Does what a key asks for.
   *
   * @param names of the sessions that are shown, in their order
   */
  void press(Key key, List<String> names) {
    if (typing) {
      type(key);
      return;
    }
    if (page == Page.HELP && !leavesHelp(key)) {
      return; // nobody would see what it does
    }
    switch (key.kind()) {
      case CHARACTER -> character(key.character(), names);
      case UP -> move(-1, names);
      case DOWN -> move(1, names);
      case PAGE_UP -> move(-PAGE, names);
      case PAGE_DOWN -> move(PAGE, names);
      case HOME -> move(-names.size(), names);
      case END -> move(names.size(), names);
      case ENTER -> enter(names);
      case ESCAPE, LEFT, BACKSPACE -> back();
      default -> {} // nothing to do but to draw it again
    }
  }

  private static boolean leavesHelp(Key key) {
    return switch (key.kind()) {
      case CHARACTER -> "q?h".indexOf(key.character()) >= 0;
      case ENTER, ESCAPE, LEFT, BACKSPACE -> true;
      default -> false;
    };
  }

  private void character(char character, List<String> names) {
    switch (character) {
      case 'q' -> ended = true;
      case 's' -> order = Order.values()[(order.ordinal() + 1) % Order.values().length];
      case '/' -> {
        page = Page.SESSIONS;
        typing = true;
      }
      case '?', 'h' -> {
        Page was = page;
        page = page == Page.HELP ? before : Page.HELP;
        before = was;
      }
      case 'k' -> move(-1, names);
      case 'j' -> move(1, names);
      default -> {}
    }
  }

  private void type(Key key) {
    switch (key.kind()) {
      case CHARACTER ->
          filter = filter.length() < LONGEST_FILTER ? filter + key.character() : filter;
      case BACKSPACE -> filter = filter.substring(0, Math.max(0, filter.length() - 1));
      case ENTER -> typing = false;
      case ESCAPE -> {
        filter = "";
        typing = false;
      }
      default -> {}
    }
  }

  private void move(int by, List<String> names) {
    if (page == Page.CONSUMERS) {
      scrolled = Math.max(0, scrolled + by);
    } else if (page == Page.SESSIONS && !names.isEmpty()) {
      int at = names.indexOf(selected);
      int to = at < 0 ? (by > 0 ? by - 1 : 0) : at + by;
      selected = names.get(Math.max(0, Math.min(names.size() - 1, to)));
    }
  }

  private void enter(List<String> names) {
    if (page == Page.SESSIONS && !names.isEmpty()) {
      if (!names.contains(selected)) {
        selected = names.get(0);
      }
      page = Page.CONSUMERS;
      scrolled = 0;
    } else {
      back();
    }
  }

  private void back() {
    if (page == Page.SESSIONS) {
      filter = "";
    } else {
      page = page == Page.HELP ? before : Page.SESSIONS;
    }
  }

  /** The session whose consumers were shown is gone. */
  void sessionGone() {
    page = Page.SESSIONS;
  }

  /** The last line that may be scrolled to is known only when it is drawn. */
  void scrolledAtMost(int most) {
    scrolled = Math.min(scrolled, Math.max(0, most));
  }

  Order order() {
    return order;
  }

  Page page() {
    return page;
  }

  String filter() {
    return filter;
  }

  /** Whether keys are read already, or at all. */
  void ready(boolean keysAreRead) {
    ready = keysAreRead;
  }

  boolean isReady() {
    return ready;
  }

  /** Whether the filter is being typed. */
  boolean isTyping() {
    return typing;
  }

  /** The name of the session that is marked, or an empty text. */
  String selected() {
    return selected;
  }

  /** How many consumers are above the first one that is shown. */
  int scrolled() {
    return scrolled;
  }

  boolean isEnded() {
    return ended;
  }
}
