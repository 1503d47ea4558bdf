package io.hydrasync.cli.demo;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A relay of the demo's cluster, a process of this command.
 *
 * @param name for people
 * @param process what can be killed
 * @param address where clients reach it
 * @param key what it is known by
 */
record RelayNode(String name, Process process, RelayAddress address, RelayKey key)
    implements AutoCloseable {
  private static final Pattern READY =
      Pattern.compile("hydra relay listening on (\\S+) key (\\S+) links \\S+");

  /** A relay that is on its way. */
  record Starting(String name, Process process, Path log) implements AutoCloseable {
    /** Waits until it is ready. */
    RelayNode await() throws IOException {
      BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
      String line = out.readLine();
      Matcher ready = READY.matcher(line == null ? "" : line);
      if (!ready.matches()) {
        process.destroyForcibly();
        String told = Files.readString(log).strip();
        throw new IOException("relay " + name + " does not start: " + told);
      }
      return new RelayNode(
          name, process, RelayAddress.parse(ready.group(1)), RelayKey.parse(ready.group(2)));
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /** Starts one with the files of keys that are in a directory. */
  static Starting start(Class<?> main, String name, LocalEtcd etcd, Path directory)
      throws IOException {
    Path log = directory.resolve("relay-" + name + ".log");
    List<String> command = new ArrayList<>(List.of(java(), "-XX:+UseSerialGC", "-Xmx256m"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(RelayNode::isNeeded)
        .forEach(command::add);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            "relay",
            "--listen=127.0.0.1:0",
            "--key-file=" + directory.resolve("relay.key"),
            "--admin-key-file=" + directory.resolve("admin.key"),
            "--cluster=" + etcd.option(),
            "--cluster-key-file=" + directory.resolve("cluster.key")));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().keySet().removeIf(variable -> variable.startsWith("HYDRA_"));
    return new Starting(name, builder.start(), log);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** What newer JDKs need to say nothing, and what starts faster. */
  private static boolean isNeeded(String argument) {
    return argument.startsWith("--enable-native-access")
        || argument.startsWith("--sun-misc-unsafe-memory-access")
        || argument.startsWith("-XX:SharedArchiveFile")
        || argument.startsWith("-Xshare")
        || argument.startsWith("-Xlog")
        || argument.startsWith("-XX:CompileCommand=quiet");
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
