package io.hydrasync.protocol.check;

/**
 * Texts from elsewhere, as they may be shown: in a terminal, a log, an exception's message. A
 * character that controls a terminal, turns the direction of a text, separates lines or cannot be
 * seen is escaped as {@code \\u} and four hex digits for each UTF-16 unit, which is what JSON
 * permits, too; so a JSON text stays the same value. Takes time in proportion to the text's length.
 * Stateless.
 */
public final class Printable {
  private static final char[] HEX = "0123456789abcdef".toCharArray();
  private static final int FIRST_ASCII = 0x20;
  private static final int LAST_ASCII = 0x7E;

  private Printable() {}

  /**
   * Whether a character is what it looks like: none that controls, separates, turns or hides.
   *
   * @param codePoint the character
   * @return false for controls (C0, C1, DEL), format characters (bidi, zero width, tags), line and
   *     paragraph separators, surrogates without their other half, unassigned characters, and those
   *     that are drawn as nothing (fillers, variation selectors)
   */
  public static boolean isPlain(int codePoint) {
    if (codePoint <= LAST_ASCII) {
      return codePoint >= FIRST_ASCII;
    }
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> !isInvisible(codePoint);
    };
  }

  /** Default_Ignorable_Code_Point of Unicode that is of another category than format. */
  private static boolean isInvisible(int c) {
    return c == 0x034F // combining grapheme joiner
        || c == 0x115F // Hangul fillers
        || c == 0x1160
        || c == 0x3164
        || c == 0xFFA0
        || c == 0x17B4 // Khmer vowels that are not written
        || c == 0x17B5
        || c >= 0x180B && c <= 0x180F // variation selectors
        || c >= 0xFE00 && c <= 0xFE0F
        || c >= 0xE0000 && c <= 0xE0FFF; // tags and more of these
  }

  /**
   * A text of lines: line feeds stay.
   *
   * @param text from elsewhere
   * @return nothing that does not look like what it is
   */
  public static String lines(String text) {
    return escape(text, true, false, false);
  }

  /**
   * A part of one line.
   *
   * @param text from elsewhere
   * @return the same with line feeds escaped, too
   */
  public static String line(String text) {
    return escape(text, false, false, false);
  }

  /**
   * A part of one line between quotation marks.
   *
   * @param text from elsewhere
   * @return as {@link #line}, and a backslash before quotation marks and backslashes
   */
  public static String quoted(String text) {
    return escape(text, false, true, false);
  }

  /**
   * A part of a table, in which each character takes one column.
   *
   * @param text from elsewhere
   * @param most how many characters may be left of it
   * @return printable ASCII only
   */
  public static String cell(String text, int most) {
    String escaped = escape(text.substring(0, Math.min(text.length(), most)), false, false, true);
    return escaped.substring(0, Math.min(escaped.length(), most));
  }

  /**
   * A text without what {@link #isPlain} is not true of.
   *
   * @param text from elsewhere
   * @return what is left of it
   */
  public static String stripped(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints().filter(Printable::isPlain).forEach(plain::appendCodePoint);
    return plain.toString();
  }

  private static String escape(String text, boolean lines, boolean quoted, boolean ascii) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int units = Character.charCount(c);
      if (c == '\n' && lines) {
        escaped.append('\n');
      } else if (quoted && (c == '"' || c == '\\')) {
        escaped.append('\\').append((char) c);
      } else if (ascii ? c >= FIRST_ASCII && c <= LAST_ASCII : isPlain(c)) {
        escaped.appendCodePoint(c);
      } else {
        appendEscape(escaped, text, i, units);
      }
      i += units;
    }
    return escaped.toString();
  }

  private static void appendEscape(StringBuilder escaped, String text, int at, int units) {
    for (int i = at; i < at + units; i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        default -> {
          escaped.append("\\u");
          for (int shift = 12; shift >= 0; shift -= 4) {
            escaped.append(HEX[c >> shift & 0xF]);
          }
        }
      }
    }
  }
}
