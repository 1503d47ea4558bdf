package io.hydrasync.cli.console;

import java.util.ArrayList;
import java.util.List;

/** Texts in lines that are not too long. */
public final class Wrapped {
  private Wrapped() {}

  /** Breaks between words; a word that is longer than a line is cut. */
  public static List<String> words(String text, int columns) {
    return parts(List.of(text.strip().split(" +")), " ", columns);
  }

  /** Puts as many parts on a line as fit, and breaks between them only. */
  public static List<String> parts(List<String> parts, String between, int columns) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String part : parts) {
      if (line.length() > 0 && line.length() + between.length() + part.length() > columns) {
        lines.add(cut(line.toString(), columns));
        line.setLength(0);
      }
      line.append(line.length() > 0 ? between : "").append(part);
    }
    lines.add(cut(line.toString(), columns));
    return lines;
  }

  private static String cut(String line, int columns) {
    return line.substring(0, Math.min(line.length(), columns));
  }
}
