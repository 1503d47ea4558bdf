package io.hydrasync.bench.measure;

import io.hydrasync.bench.process.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a run should say about where it ran. Stateless. */
public final class Machine {
  private Machine() {}

  public static Map<String, String> describe() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("processor", processor());
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("Java", System.getProperty("java.vendor") + " " + Runtime.version());
    version("nats-server", "--version").ifPresent(text -> facts.put("NATS", text));
    version("redis-server", "--version").ifPresent(text -> facts.put("Redis", text));
    version("valkey-server", "--version").ifPresent(text -> facts.put("Valkey", text));
    version("mosquitto", "-h").ifPresent(text -> facts.put("Mosquitto", text));
    return facts;
  }

  /** The one-minute load average. */
  public static String load() {
    try {
      return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static Optional<String> version(String program, String option) {
    return Programs.find(program).flatMap(found -> firstLine(List.of(found.toString(), option)));
  }

  private static Optional<String> firstLine(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(process.getInputStream()))) {
        return Optional.ofNullable(reader.readLine());
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
