package io.hydrasync.client.internal.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.protocol.check.PlainText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A text file of names and the key that each has: lines of {@code name key}, with spaces or tabs
 * between and around. Empty lines and those that begin with {@code #} say nothing and are kept.
 * UTF-8, with or without a byte order mark, or UTF-16 with one; lines end with LF or CRLF. Written
 * as UTF-8 without.
 *
 * <p>A line that is anything else makes the whole file refused, and so does a second key of a name:
 * two lines that have run into one would else be two pins less, of which nobody hears. Names count
 * as they are written. Immutable and thread-safe, and safe for several processes, see {@link
 * ReplacedFile}.
 *
 * @param <K> a key, whose {@code toString} is its text in the file
 */
public final class PinFile<K> implements Pins<K> {
  /** The largest file in bytes. */
  public static final int MAX_BYTES = 4 << 20;

  /** The longest name in characters. */
  public static final int MAX_NAME = 512;

  private static final int MAX_LINE = 2_048;

  private final Path path;
  private final ReplacedFile file;
  private final Function<String, K> parser;

  /** The file holds something else. Its message names file and line, and quotes nothing. */
  public static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedException(Path file, int line, String what) {
      super(file + ", line " + line + ": " + what);
    }
  }

  /**
   * A line of the file.
   *
   * @param text with all that ends it
   * @param name empty if it says nothing
   */
  private record Line<K>(String text, String name, Optional<K> key) {
    static <K> Line<K> of(String name, K key) {
      return new Line<>(name + " " + key + "\n", name, Optional.of(key));
    }

    Line<K> ended() {
      return text.endsWith("\n") ? this : new Line<>(text + "\n", name, key);
    }
  }

  /**
   * A file.
   *
   * @param path need not exist
   * @param parser reads a key, with {@link IllegalArgumentException} for what is none
   */
  public PinFile(Path path, Function<String, K> parser) {
    this.path = path;
    this.parser = parser;
    file = new ReplacedFile(path, MAX_BYTES);
  }

  /**
   * All names and their keys, in the order of the file.
   *
   * @throws MalformedException if it holds anything else
   * @throws IOException if it cannot be read
   */
  @Override
  public Map<String, K> all() throws IOException {
    return pins(lines(file.read()));
  }

  /**
   * Adds a name that is not there yet.
   *
   * @return the key that the name has now: another one than the given if it was there with that
   * @throws MalformedException if the file holds anything else
   * @throws IOException if it cannot be read or written
   * @throws IllegalArgumentException if it cannot be a name
   */
  @Override
  public K pin(String name, K key) throws IOException {
    requireName(name);
    Map<String, K> seen = new LinkedHashMap<>();
    file.change(
        now -> {
          List<Line<K>> lines = lines(now);
          seen.clear();
          seen.putAll(pins(lines));
          return seen.containsKey(name)
              ? Optional.empty()
              : Optional.of(text(with(lines, name, key)));
        });
    return seen.getOrDefault(name, key);
  }

  /** Gives a name a key, whatever it had. Throws as {@link #pin} does. */
  @Override
  public void replace(String name, K key) throws IOException {
    requireName(name);
    file.change(
        now -> {
          List<Line<K>> lines = lines(now);
          if (key.equals(pins(lines).get(name))) {
            return Optional.empty();
          }
          lines.removeIf(line -> line.name.equals(name));
          return Optional.of(text(with(lines, name, key)));
        });
  }

  /**
   * Gives a name that is there another key, in its place. Writes nothing if it is the same.
   *
   * @throws MalformedException if the file holds anything else
   * @throws IOException if it cannot be read or written
   */
  @Override
  public void update(String name, UnaryOperator<K> change) throws IOException {
    file.change(
        now -> {
          List<Line<K>> lines = lines(now);
          K before = pins(lines).get(name);
          K after = before == null ? null : change.apply(before);
          if (after == null || after.equals(before)) {
            return Optional.empty();
          }
          lines.replaceAll(line -> line.name.equals(name) ? Line.of(name, after) : line);
          return Optional.of(text(lines));
        });
  }

  /**
   * Takes a name out. All other lines stay as they are.
   *
   * @return false if it was not there
   * @throws MalformedException if the file holds anything else
   * @throws IOException if it cannot be read or written
   */
  @Override
  public boolean remove(String name) throws IOException {
    return !name.isEmpty()
        && file.change(
            now -> {
              List<Line<K>> lines = lines(now);
              return lines.removeIf(line -> line.name.equals(name))
                  ? Optional.of(text(lines))
                  : Optional.empty();
            });
  }

  // ---- lines ----

  private static <K> List<Line<K>> with(List<Line<K>> lines, String name, K key) {
    List<Line<K>> all = new ArrayList<>(lines.stream().map(Line::ended).toList());
    all.add(Line.of(name, key));
    return all;
  }

  private static <K> byte[] text(List<Line<K>> lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line.text));
    return text.toString().getBytes(UTF_8);
  }

  private static <K> Map<String, K> pins(List<Line<K>> lines) {
    Map<String, K> pins = new LinkedHashMap<>();
    lines.forEach(line -> line.key.ifPresent(key -> pins.put(line.name, key)));
    return pins;
  }

  private List<Line<K>> lines(byte[] bytes) throws MalformedException {
    String text = decode(bytes);
    List<Line<K>> lines = new ArrayList<>();
    Map<String, K> pins = new LinkedHashMap<>();
    int end;
    for (int at = 0; at < text.length(); at = end) {
      int number = lines.size() + 1;
      end = text.indexOf('\n', at) + 1;
      end = end == 0 ? text.length() : end;
      if (end - at > MAX_LINE) {
        throw new MalformedException(path, number, "longer than " + MAX_LINE + " characters");
      }
      Line<K> line = line(number, text.substring(at, end));
      Optional<K> other = line.key.map(key -> pins.putIfAbsent(line.name, key));
      if (other.isPresent() && !other.equals(line.key)) {
        throw new MalformedException(path, number, "another key for the name of an earlier line");
      }
      lines.add(line);
    }
    return lines;
  }

  private String decode(byte[] bytes) throws MalformedException {
    try {
      return PlainText.decode(bytes);
    } catch (PlainText.NotTextException e) {
      throw new MalformedException(path, e.line(), e.reason());
    }
  }

  private Line<K> line(int number, String text) throws MalformedException {
    String content = text.strip();
    if (content.isEmpty() || content.startsWith("#")) {
      return new Line<>(text, "", Optional.empty());
    }
    int gap = 0;
    while (gap < content.length() && !isGap(content.charAt(gap))) {
      gap++;
    }
    String name = content.substring(0, gap);
    try {
      requireName(name);
      return new Line<>(text, name, Optional.of(parser.apply(content.substring(gap).strip())));
    } catch (IllegalArgumentException e) {
      throw new MalformedException(
          path, number, "not a name and a key (" + e.getMessage() + "); mend or remove it");
    }
  }

  private static boolean isGap(char c) {
    return c == ' ' || c == '\t';
  }

  /** Nothing that could end a line or a name, or not be seen in an editor. */
  static void requireName(String name) {
    if (name.isEmpty() || name.length() > MAX_NAME || name.startsWith("#")) {
      throw new IllegalArgumentException(
          "a name has 1 to " + MAX_NAME + " characters and does not begin with #");
    }
    if (!name.codePoints().allMatch(PinFile::mayBeInName)) {
      throw new IllegalArgumentException("a name holds no spaces and nothing that cannot be seen");
    }
  }

  private static boolean mayBeInName(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
