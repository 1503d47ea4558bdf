package io.hydrasync.cli.console;

import io.hydrasync.protocol.check.Printable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A line of printable ASCII for a terminal, in parts that may have colours. Immutable. */
public final class StyledLine {
  /** A line with nothing on it. */
  public static final StyledLine EMPTY = new StyledLine(List.of());

  private final List<Part> parts;

  private record Part(String text, Style style) {}

  private StyledLine(List<Part> parts) {
    this.parts = parts;
  }

  public static StyledLine of(String text) {
    return EMPTY.and(text, Style.PLAIN);
  }

  public static StyledLine of(String text, Style style) {
    return EMPTY.and(text, style);
  }

  /** This line and something behind it; what is not printable ASCII is escaped. */
  public StyledLine and(String text, Style style) {
    List<Part> more = new ArrayList<>(parts);
    more.add(new Part(Printable.cell(text, Integer.MAX_VALUE), style));
    return new StyledLine(List.copyOf(more));
  }

  public StyledLine and(String text) {
    return and(text, Style.PLAIN);
  }

  /** Its words alone. */
  public String text() {
    StringBuilder text = new StringBuilder();
    parts.forEach(part -> text.append(part.text));
    return text.toString();
  }

  /** All of it in one style. */
  public StyledLine in(Style style) {
    return of(text(), style);
  }

  /** As much as fits, without blanks at the end. */
  public StyledLine cut(int columns) {
    int left = Math.min(columns, text().stripTrailing().length());
    List<Part> fitting = new ArrayList<>();
    for (Part part : parts) {
      int length = Math.min(left, part.text.length());
      if (length > 0) {
        fitting.add(new Part(part.text.substring(0, length), part.style));
      }
      left -= length;
    }
    return new StyledLine(List.copyOf(fitting));
  }

  /** Prints it without an end of line. */
  void print(PrintWriter out, boolean colours) {
    for (Part part : parts) {
      if (colours) {
        EscapedWriter.control(out, part.style.begin());
      }
      out.print(part.text);
      if (colours) {
        EscapedWriter.control(out, part.style.end());
      }
    }
  }

  @Override
  public String toString() {
    return text();
  }
}
