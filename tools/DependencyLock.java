import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares files with {@code dependencies.sha256}, which holds the SHA-256 of everything that the
 * build takes from elsewhere, by its path in a Maven repository. Run from its source, {@code java
 * tools/DependencyLock.java}, so that nothing that it compares takes part in comparing; for one
 * thread.
 *
 * <p>{@code build} is called for each module by the build; {@code lib} by {@code ./hydra} and the
 * archives; {@code stale} at the end of a full build; {@code write} by {@code
 * tests/bin/lock-dependencies}. Exit codes: 0, or 1 with a text on stderr.
 */
public final class DependencyLock {
  private static final String FILE = "dependencies.sha256";
  private static final String ON_CLASS_PATH = "# On the class path of a module.";
  private static final String WITH_PROFILE = "# On the class path of a module with the profile jcstress.";
  private static final String OF_MAVEN = "# What Maven runs, and the POMs of all.";
  private static final int HASH_LENGTH = 64;
  private static final int PATH_AT = HASH_LENGTH + 2;
  private static final Pattern LINE = Pattern.compile("[0-9a-f]{64}  \\S+");
  private static final Pattern OURS =
      Pattern.compile("hydra-(protocol|client|server|operator|cluster|cli)(-[0-9][^/]*)?\\.jar");

  /** A version in the POM, by the name of what has it. */
  private static final Pattern VERSION =
      Pattern.compile("<([a-z0-9-]+)\\.version>([^<]+)</\\1\\.version>");

  /** Plugins that no phase until {@code verify} runs: the lock has nothing of them. */
  private static final Set<String> NOT_RUN =
      Set.of(
          "maven-deploy-plugin",
          "maven-install-plugin",
          "maven-site-plugin",
          "maven-source-plugin");

  private static final String ADVICE =
      """
      What to do, if you have not changed this dependency: delete the file and build again, so that
      Maven gets it anew. If it comes like this again, somebody between here and its makers has
      changed it: do not run it. After a deliberate change: tests/bin/lock-dependencies, and read the
      diff.""";

  private final Path root;
  private final Map<String, String> classPath = new TreeMap<>();
  private final Map<String, String> withProfile = new TreeMap<>();
  private final Map<String, String> all = new TreeMap<>();

  private DependencyLock(Path root) {
    this.root = root;
  }

  /** A text for whoever builds. */
  private static final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Problem(String text) {
      super(text);
    }
  }

  /** Does what the first argument says. */
  public static void main(String[] arguments) throws IOException {
    try {
      run(List.of(arguments));
    } catch (Problem e) {
      System.err.println(FILE + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private static void run(List<String> arguments) throws IOException {
    DependencyLock lock = new DependencyLock(Path.of(argument(arguments, 1)));
    switch (arguments.get(0)) {
      case "build" -> {
        boolean update = Boolean.parseBoolean(argument(arguments, 5));
        Path repository = Path.of(argument(arguments, 2)).toAbsolutePath().normalize();
        Path module = Path.of(argument(arguments, 3));
        Set<String> used = lock.used(repository, argument(arguments, 6));
        write(module.resolve("target/lock-used.txt"), used);
        if (!update) {
          lock.read();
          lock.compareBuild(repository, module, argument(arguments, 4), used);
        }
      }
      case "lib" -> {
        lock.read();
        lock.compareLib(Path.of(argument(arguments, 2)));
      }
      case "stale" -> {
        if (!Boolean.parseBoolean(argument(arguments, 2))) {
          lock.read();
          lock.findStale();
        }
      }
      case "write" ->
          lock.write(Path.of(argument(arguments, 2)), Path.of(argument(arguments, 3)));
      default -> throw new Problem("build, lib, stale or write, not " + arguments.get(0));
    }
  }

  private static String argument(List<String> arguments, int index) {
    if (arguments.size() <= index) {
      throw new Problem("argument " + index + " is missing behind " + arguments);
    }
    return arguments.get(index);
  }

  // ---- the file ----

  private void read() throws IOException {
    Map<String, String> section = new TreeMap<>();
    for (String line : Files.readAllLines(root.resolve(FILE))) {
      if (line.startsWith("#")) {
        section =
            switch (line) {
              case ON_CLASS_PATH -> classPath;
              case WITH_PROFILE -> withProfile;
              default -> new TreeMap<>();
            };
      } else if (!LINE.matcher(line).matches()) {
        throw new Problem("not a checksum and a path: " + line);
      } else {
        String path = line.substring(PATH_AT);
        section.put(path, line.substring(0, HASH_LENGTH));
        if (all.put(path, line.substring(0, HASH_LENGTH)) != null) {
          throw new Problem("twice: " + path);
        }
      }
    }
    if (classPath.isEmpty()) {
      throw new Problem("there is nothing in it");
    }
  }

  /** From a local repository that holds what a build needs and nothing else. */
  private void write(Path repository, Path profileUsed) throws IOException {
    Set<String> used = new TreeSet<>();
    for (Path list : usedLists()) {
      used.addAll(Files.readAllLines(list));
    }
    Set<String> profile = new TreeSet<>(Files.readAllLines(profileUsed));
    profile.removeAll(used);
    Set<String> rest = new TreeSet<>();
    try (Stream<Path> files = Files.walk(repository)) {
      files
          .map(file -> pathIn(repository, file))
          .filter(path -> path.endsWith(".jar") || path.endsWith(".pom"))
          .filter(path -> !isOurs(path) && !used.contains(path) && !profile.contains(path))
          .forEach(rest::add);
    }
    List<String> lines = new ArrayList<>();
    add(lines, ON_CLASS_PATH, used, repository);
    add(lines, WITH_PROFILE, profile, repository);
    add(lines, OF_MAVEN, rest, repository);
    Files.write(root.resolve(FILE), lines);
  }

  private static void add(List<String> lines, String title, Set<String> paths, Path repository)
      throws IOException {
    lines.add(title);
    for (String path : paths) {
      lines.add(sha256(repository.resolve(path)) + "  " + path);
    }
  }

  // ---- comparing ----

  /** The class path anew each time, and once in a build all else that is there. */
  private void compareBuild(Path repository, Path module, String build, Set<String> used)
      throws IOException {
    requirePluginsLocked();
    for (String path : used) {
      if (!classPath.containsKey(path) && !withProfile.containsKey(path)) {
        throw new Problem(
            "nothing is known of "
                + repository.resolve(path)
                + ",\nwhich is on the class path of "
                + module
                + ".\nAfter a deliberate change: tests/bin/lock-dependencies, and read the diff.");
      }
    }
    Path compared = root.resolve("target/lock-compared.txt");
    Set<String> before = new TreeSet<>();
    String thisBuild = build + " " + repository + " " + sha256(root.resolve(FILE));
    if (Files.exists(compared)) {
      List<String> lines = Files.readAllLines(compared);
      if (lines.remove(thisBuild)) {
        before.addAll(lines);
      }
    }
    before.removeAll(used);
    Set<String> now = compare(repository, path -> !before.contains(path));
    before.addAll(now);
    List<String> lines = new ArrayList<>(before);
    lines.add(thisBuild);
    write(compared, lines);
  }

  /** Plugins are on no class path of ours: another version of one would just not be looked at. */
  private void requirePluginsLocked() throws IOException {
    Path pom = root.resolve("pom.xml");
    if (!Files.exists(pom)) {
      return;
    }
    for (Matcher m = VERSION.matcher(Files.readString(pom)); m.find(); ) {
      String name = m.group(1);
      String version = m.group(2);
      Set<String> locked = lockedVersions(name);
      boolean wanted =
          !locked.isEmpty() || name.endsWith("-plugin") && !NOT_RUN.contains(name);
      if (wanted && !locked.contains(version)) {
        throw new Problem(
            "nothing is known of "
                + name
                + " "
                + version
                + ", which pom.xml asks for."
                + "\nAfter a deliberate change: tests/bin/lock-dependencies, and read the diff.");
      }
    }
  }

  /** By the directories of a repository: group, artifact, version. */
  private Set<String> lockedVersions(String artifact) {
    return all.keySet().stream()
        .map(path -> path.split("/"))
        .filter(parts -> parts.length > 3 && parts[parts.length - 3].equals(artifact))
        .map(parts -> parts[parts.length - 2])
        .collect(Collectors.toSet());
  }

  /** All files of the lock that are there and wanted; which these were. */
  private Set<String> compare(Path repository, Predicate<String> wanted) {
    Map<String, String> wrong = new ConcurrentSkipListMap<>();
    Set<String> compared =
        all.keySet().parallelStream()
            .filter(wanted)
            .filter(path -> Files.exists(repository.resolve(path)))
            .peek(path -> check(repository.resolve(path), path, wrong))
            .collect(Collectors.toCollection(TreeSet::new));
    fail(wrong);
    return compared;
  }

  private void check(Path file, String path, Map<String, String> wrong) {
    try {
      String expected = all.get(path);
      String found = sha256(file);
      if (!found.equals(expected)) {
        wrong.put(path, "not what was locked: " + difference(file, expected, found));
      }
    } catch (IOException e) {
      wrong.put(path, "cannot be read: " + file + ": " + e);
    }
  }

  private static String difference(Path file, String expected, String found) {
    return file + "\n  expected  " + expected + "\n  found     " + found;
  }

  private static void fail(Map<String, String> wrong) {
    if (!wrong.isEmpty()) {
      throw new Problem(String.join("\n", wrong.values()) + "\n" + ADVICE);
    }
  }

  /** The jars of a directory that is put on a class path, by their names. */
  private void compareLib(Path lib) throws IOException {
    Map<String, String> byName = new TreeMap<>();
    classPath.forEach((path, hash) -> byName.put(path.substring(path.lastIndexOf('/') + 1), hash));
    Map<String, String> wrong = new TreeMap<>();
    try (Stream<Path> files = Files.list(lib)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
        String name = file.getFileName().toString();
        String expected = byName.get(name);
        String found = sha256(file);
        if (expected == null && !OURS.matcher(name).matches()) {
          wrong.put(name, "nothing is known of " + file);
        } else if (expected != null && !expected.equals(found)) {
          wrong.put(name, "not what was locked: " + difference(file, expected, found));
        }
      }
    }
    fail(wrong);
  }

  // ---- what is used ----

  /** The jars of a class path that are from the repository, as the lock names them. */
  private Set<String> used(Path repository, String elements) {
    Set<String> used = new TreeSet<>();
    Path here = root.toAbsolutePath().normalize();
    for (String element : elements.split(Pattern.quote(File.pathSeparator))) {
      Path file = Path.of(element).toAbsolutePath().normalize();
      if (!element.endsWith(".jar")) {
        continue; // classes of a module of this build
      }
      if (file.startsWith(repository)) {
        String path = pathIn(repository, file);
        if (!isOurs(path)) {
          used.add(path);
        }
      } else if (!file.startsWith(here) || !file.getParent().endsWith("target")) {
        throw new Problem("on a class path, but neither ours nor from " + repository + ": " + file);
      }
    }
    return used;
  }

  private void findStale() throws IOException {
    Set<String> used = new TreeSet<>();
    for (Path list : usedLists()) {
      if (!Files.exists(list)) {
        return; // not a full build
      }
      used.addAll(Files.readAllLines(list));
    }
    Set<String> stale = new TreeSet<>(classPath.keySet());
    stale.removeAll(used);
    if (!stale.isEmpty()) {
      throw new Problem(
          "not on any class path any more:\n  "
              + String.join("\n  ", stale)
              + "\nAfter a deliberate change: tests/bin/lock-dependencies, and read the diff.");
    }
  }

  /** Of the modules that every build has: the first list in the POM. */
  private List<Path> usedLists() throws IOException {
    String pom = Files.readString(root.resolve("pom.xml"));
    String modules = pom.substring(pom.indexOf("<modules>"), pom.indexOf("</modules>"));
    List<Path> lists = new ArrayList<>();
    for (Matcher m = Pattern.compile("<module>(.*?)</module>").matcher(modules); m.find(); ) {
      lists.add(root.resolve(m.group(1)).resolve("target/lock-used.txt"));
    }
    return lists;
  }

  // ---- small things ----

  private static boolean isOurs(String path) {
    return path.startsWith("io/hydrasync/");
  }

  /** With slashes wherever it runs. */
  private static String pathIn(Path repository, Path file) {
    return repository.relativize(file).toString().replace(File.separatorChar, '/');
  }

  /** As a whole, or not at all: another module may be reading it. */
  private static void write(Path file, Iterable<String> lines) throws IOException {
    Files.createDirectories(file.getParent());
    Path next = Files.createTempFile(file.getParent(), "lock", ".tmp");
    Files.write(next, lines);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
