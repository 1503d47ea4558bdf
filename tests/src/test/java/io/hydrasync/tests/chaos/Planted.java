package io.hydrasync.tests.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * A relay with one line changed, such that it does now and then what it must never do. The changed
 * class stands in front of the others on the relay's class path; the relay itself knows nothing of
 * this.
 */
enum Planted {
  /** Frames on their way to a consumer are left out. */
  DROPS_A_FRAME(
      "delivery.SliceFeed",
      "int done = socket.write(current.bytes(), from, from + n);",
      "int done = " + now(1_000) + " ? n : socket.write(current.bytes(), from, from + n);"),

  /** They are sent twice. */
  REPEATS_A_FRAME(
      "delivery.SliceFeed",
      "queued += done;\n      return",
      "queued += " + now(1_000) + " ? 0 : done; return"),

  /** Of two, the second one goes first. */
  SWAPS_TWO_FRAMES(
      "delivery.SliceFeed",
      "int done = socket.write(current.bytes(), from, from + n);",
      "int size = 4 + current.bytes().getInt(from); int done = size > 4 && n / 2 >= size && "
          + now(40)
          + " ? socket.write(current.bytes(), from + size, from + 2 * size)"
          + " + socket.write(current.bytes(), from, from + size)"
          + " : socket.write(current.bytes(), from, from + n);"),

  /** What is left out is not told. */
  FORGETS_A_GAP(
      "connection.Connection",
      "byte[] sealed = records().seal(message);",
      "if (message instanceof io.hydrasync.protocol.wire.control.GapMessage) {"
          + " return channel.newSucceededFuture(); }"
          + " byte[] sealed = records().seal(message);");

  private static final String RELAY = "io.hydrasync.server.internal.";
  private static final Path SOURCES = Path.of("../server/src/main/java");

  private final String type;
  private final String line;
  private final String other;

  /**
   * A change.
   *
   * @param type the class, below the relay's packages
   * @param line a part of it that is there exactly once
   * @param other what stands there instead
   */
  Planted(String type, String line, String other) {
    this.type = RELAY + type;
    this.line = line;
    this.other = other;
  }

  private static String now(int times) {
    return "java.util.concurrent.ThreadLocalRandom.current().nextInt(" + times + ") == 0";
  }

  /**
   * The command of such a relay.
   *
   * @param relay the command of one that is as it should be
   * @param directory for what is compiled
   */
  List<String> in(List<String> relay, Path directory) throws IOException {
    String file = type.replace('.', '/') + ".java";
    String text = Files.readString(SOURCES.resolve(file));
    int at = text.indexOf(line);
    if (at < 0 || text.indexOf(line, at + 1) >= 0) {
      throw new IllegalArgumentException("not exactly once in %s: %s".formatted(file, line));
    }
    Path sources = directory.resolve("planted-source");
    Path classes = Files.createDirectories(directory.resolve("planted"));
    Path source = sources.resolve(file);
    Files.createDirectories(source.getParent());
    Files.writeString(source, text.replace(line, other));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int result =
        compiler.run(
            null,
            null,
            null,
            "-proc:none",
            "-implicit:none",
            "-nowarn",
            "-classpath",
            System.getProperty("java.class.path"),
            "-d",
            classes.toString(),
            source.toString());
    if (result != 0) {
      throw new IllegalArgumentException("does not compile: " + source);
    }
    List<String> command = new ArrayList<>(relay);
    int path = command.indexOf("-cp") + 1;
    command.set(path, classes + java.io.File.pathSeparator + command.get(path));
    return command;
  }

  @Override
  public String toString() {
    return "a relay that " + name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
