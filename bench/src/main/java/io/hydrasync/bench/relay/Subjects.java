package io.hydrasync.bench.relay;

import io.hydrasync.bench.process.Child;
import io.hydrasync.bench.process.Programs;
import io.hydrasync.bench.relay.Brokers.Broker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The relays that the native driver measures, each started as its users start it: ours by a
 * checkout's {@code hydra}, the peers as programs. Immutable.
 */
public final class Subjects {
  private static final String READY = "hydra relay listening on ";
  // A colon in front of a path, or of a name and a path or env; options of a JVM have colons, too.
  private static final String BETWEEN = ":(?=/|[A-Za-z0-9_.-]+=(?:/|env ))";

  private final List<Subject> all;

  private Subjects(List<Subject> all) {
    this.all = List.copyOf(all);
  }

  /** Starts a relay. */
  private interface Starter {
    Broker start(List<String> more) throws IOException;
  }

  /**
   * One of them.
   *
   * @param name what it is
   * @param starter starts it
   */
  public record Subject(String name, Starter starter) {
    /**
     * Starts it in a fresh process.
     *
     * @param options more of them, if it is one of ours
     */
    public Broker start(String... options) throws IOException {
      return starter.start(List.of(options));
    }

    /** Whether it is one of ours. */
    public boolean isOurs() {
      return name.startsWith(Brokers.HYDRA);
    }
  }

  /**
   * Finds what there is.
   *
   * @param directory for the peers' files
   * @param ours commands that start the hydra command, separated by colons, each with a name in
   *     front if there are several: {@code before=/a/hydra:after=/b/hydra}
   * @param options of our relay, separated by blanks
   */
  public static Subjects find(Path directory, String ours, String options) throws IOException {
    Files.createDirectories(directory);
    List<Subject> found = new ArrayList<>();
    for (String entry : ours.split(BETWEEN)) {
      int equals = entry.indexOf('=');
      boolean named = equals > 0 && entry.indexOf('/') > equals;
      List<String> command = words(named ? entry.substring(equals + 1) : entry);
      String name = named ? Brokers.HYDRA + " " + entry.substring(0, equals) : Brokers.HYDRA;
      found.add(new Subject(name, more -> hydra(name, command, words(options), more)));
    }
    Map<String, String> programs = new LinkedHashMap<>();
    programs.put(Brokers.NATS, "nats-server");
    programs.put(Brokers.REDIS, "redis-server");
    programs.put(Brokers.VALKEY, "valkey-server");
    programs.put(Brokers.MOSQUITTO, "mosquitto");
    programs.forEach(
        (name, file) ->
            Programs.find(file)
                .ifPresent(
                    program ->
                        found.add(new Subject(name, more -> peer(name, program, directory)))));
    return new Subjects(found);
  }

  /** Those that are there. */
  public List<Subject> all() {
    return all;
  }

  /** Those of which the name contains one of these words, whatever the case. */
  public Subjects only(List<String> wanted) {
    return new Subjects(
        all.stream()
            .filter(
                subject ->
                    wanted.stream().anyMatch(word -> lower(subject.name).contains(lower(word))))
            .toList());
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split(" +")).filter(word -> !word.isEmpty()).toList();
  }

  /** The process that the launcher becomes. */
  private static Broker hydra(
      String name, List<String> launcher, List<String> options, List<String> more)
      throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(List.of("relay", "--listen", "127.0.0.1:0"));
    command.addAll(options);
    command.addAll(more);
    Child process = Child.program(null, command);
    String line = process.line();
    if (!line.startsWith(READY)) {
      process.close();
      throw new IOException(name + " does not start but says: " + line);
    }
    String address = line.substring(READY.length()).split(" ")[0];
    int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    return new Broker(name, process, Brokers.loopback(port));
  }

  private static Broker peer(String name, Path program, Path directory) throws IOException {
    return switch (name) {
      case Brokers.NATS -> Brokers.nats(program, directory);
      case Brokers.MOSQUITTO -> Brokers.mosquitto(program, directory);
      default -> Brokers.redis(name, program, directory);
    };
  }
}
