package io.hydrasync.cli.console;

/** What a part of a line looks like where there are colours; the words say the same without. */
public enum Style {
  /** As it is. */
  PLAIN(""),
  /** A heading. */
  BOLD("1"),
  /** What is selected. */
  REVERSE("7"),
  /** Something has been lost. */
  RED("31"),
  /** All is there. */
  GREEN("32"),
  /** Somebody waits. */
  YELLOW("33"),
  /** Somebody is behind. */
  CYAN("36");

  private final String code;

  Style(String code) {
    this.code = code;
  }

  /** The sequence that begins it, or nothing. */
  String begin() {
    return code.isEmpty() ? "" : "\033[" + code + "m";
  }

  String end() {
    return code.isEmpty() ? "" : "\033[0m";
  }
}
