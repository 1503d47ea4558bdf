package io.hydrasync.cluster.simulation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The decision classes with one line changed: the source is changed in memory, compiled, and loaded
 * beside the real ones together with the simulation. The classes themselves know nothing of this.
 */
final class Mutant {
  private static final String DECISIONS = "io.hydrasync.server.internal.cluster.";
  private static final String SIMULATION = "io.hydrasync.cluster.simulation.";
  private static final Path SOURCES =
      Path.of("../server/src/main/java/" + DECISIONS.replace('.', '/'));

  private final Class<?> simulation;

  /**
   * A mutant.
   *
   * @param type the simple name of the class
   * @param line a part of a line that is there exactly once
   * @param other what stands there instead
   */
  Mutant(String type, String line, String other) {
    try {
      String text = Files.readString(SOURCES.resolve(type + ".java"));
      int at = text.indexOf(line);
      if (at < 0 || text.indexOf(line, at + 1) >= 0) {
        throw new IllegalArgumentException("not exactly once in %s.java: %s".formatted(type, line));
      }
      Map<String, byte[]> changed = compile(type, text.replace(line, other));
      simulation = new Loader(changed).loadClass(SIMULATION + "Simulation");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What goes wrong with a seed, or null. */
  String run(long seed) {
    try {
      return (String) simulation.getMethod("run", long.class).invoke(null, seed);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, byte[]> compile(String type, String text) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
    Compiled compiled = new Compiled(files);
    boolean done =
        compiler
            .getTask(
                null,
                compiled,
                null,
                List.of(
                    "-proc:none",
                    "-implicit:none",
                    "-nowarn",
                    "-classpath",
                    System.getProperty("java.class.path")),
                null,
                List.of(new Source(type, text)))
            .call();
    if (!done) {
      throw new IllegalArgumentException("does not compile: " + type);
    }
    return compiled.bytes();
  }

  /** A source in memory. */
  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String type, String text) {
      super(URI.create("string:///" + DECISIONS.replace('.', '/') + type + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** What the compiler writes. */
  private static final class Compiled extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> classes = new HashMap<>();

    Compiled(JavaFileManager files) {
      super(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("mem:///" + name), kind) {
        @Override
        public OutputStream openOutputStream() {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          classes.put(name, out);
          return out;
        }
      };
    }

    Map<String, byte[]> bytes() {
      Map<String, byte[]> all = new HashMap<>();
      classes.forEach((name, out) -> all.put(name, out.toByteArray()));
      return all;
    }
  }

  /** Loads decisions and simulation anew, so that they share their packages with what changed. */
  private static final class Loader extends ClassLoader {
    private final Map<String, byte[]> changed;

    Loader(Map<String, byte[]> changed) {
      super(Mutant.class.getClassLoader());
      this.changed = changed;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(DECISIONS) && !name.startsWith(SIMULATION)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        return known == null ? define(name) : known;
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      byte[] bytes = changed.get(name);
      if (bytes == null) {
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
          if (in == null) {
            throw new ClassNotFoundException(name);
          }
          bytes = in.readAllBytes();
        } catch (IOException e) {
          throw new ClassNotFoundException(name, e);
        }
      }
      return defineClass(name, bytes, 0, bytes.length);
    }
  }
}
