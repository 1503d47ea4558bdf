package io.hydrasync.cluster.simulation;

import java.util.List;

/** Runs of one seed each, for tests and from a command line. */
public final class Simulation {
  private Simulation() {}

  /**
   * One run.
   *
   * @param seed which
   * @return what went wrong, or null
   */
  public static String run(long seed) {
    World world = new World(seed, false);
    try {
      String failure = world.run();
      return failure == null ? null : world.describe() + ": " + failure;
    } catch (RuntimeException | AssertionError e) {
      String before = world.failure();
      return world.describe() + ": " + (before == null ? e : before);
    }
  }

  /**
   * The same run again, with everything that happens in it.
   *
   * @param seed which
   * @return a line for each event
   */
  public static List<String> trace(long seed) {
    World world = new World(seed, true);
    world.trace(world.describe());
    try {
      world.run();
    } catch (RuntimeException e) {
      world.trace("%s", e);
      for (StackTraceElement each : e.getStackTrace()) {
        world.trace("  at %s", each);
      }
    }
    return world.traced();
  }

  /**
   * {@code --seeds N --from S}, or {@code --seed S --trace}.
   *
   * @param args as above
   */
  public static void main(String[] args) {
    long seeds = 100_000;
    long from = 0;
    boolean tracing = false;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--seeds" -> seeds = Long.parseLong(args[++i]);
        case "--from" -> from = Long.parseLong(args[++i]);
        case "--seed" -> {
          from = Long.parseLong(args[++i]);
          seeds = 1;
        }
        case "--trace" -> tracing = true;
        default -> {
          System.err.println("cluster-simulation [--seeds N] [--from S] | --seed S [--trace]");
          System.exit(2);
        }
      }
    }
    for (long seed = from; seed < from + seeds; seed++) {
      String failure = run(seed);
      if (tracing || failure != null) {
        trace(seed).forEach(System.out::println);
      }
      if (failure != null) {
        System.out.println("FAILED " + failure);
        System.exit(1);
      }
    }
    System.out.println(seeds + " seeds from " + from + ": nothing went wrong");
  }
}
