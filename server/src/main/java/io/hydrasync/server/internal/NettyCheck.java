package io.hydrasync.server.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Whether the Netty that is found is one that a relay can use. Touches no class of it that another
 * version may not have, and links none: where one is missing, the JVM's own words name a class and
 * not what to do. Stateless.
 */
public final class NettyCheck {
  private static final String WANTED = "Netty 4.2";
  private static final int WANTED_MAJOR = 4;
  private static final int WANTED_MINOR = 2;
  private static final String VERSIONS = "META-INF/io.netty.versions.properties";
  private static final String VERSION = ".version";

  /**
   * What a relay cannot do without; the native transports are looked at when they are asked for.
   */
  private static final Set<String> ARTIFACTS =
      Set.of("netty-buffer", "netty-common", "netty-resolver", "netty-transport");

  /** One of each of them, and what 4.1 does not have. */
  private static final List<String> CLASSES =
      List.of(
          "io.netty.buffer.ByteBuf",
          "io.netty.util.concurrent.EventExecutorGroup",
          "io.netty.resolver.AddressResolverGroup",
          "io.netty.channel.Channel",
          "io.netty.channel.SingleThreadIoEventLoop");

  private NettyCheck() {}

  /**
   * Why a relay cannot be.
   *
   * @param message what is wrong, and what to do
   * @param cause what the JVM says
   */
  public record Problem(String message, Throwable cause) {}

  /** Looks: nothing, if it is the one. */
  public static Optional<Problem> find() {
    ClassLoader loader = NettyCheck.class.getClassLoader();
    TreeMap<String, String> versions = versions(loader);
    for (String artifact : ARTIFACTS) {
      String version = versions.get(artifact);
      if (version != null && isOlder(version)) {
        return Optional.of(
            problem(versions, new IncompatibleClassChangeError(artifact + " " + version)));
      }
    }
    for (String name : CLASSES) {
      try {
        Class.forName(name, false, loader);
      } catch (ClassNotFoundException | LinkageError e) {
        return Optional.of(problem(versions, e));
      }
    }
    return Optional.empty();
  }

  /**
   * Something else was missing or of another version, which a class or method told. Netty is to
   * blame only where it is named.
   *
   * @param problem what the JVM says
   */
  public static Problem explain(LinkageError problem) {
    String what = words(problem);
    if (what.contains("io/netty") || what.contains("io.netty")) {
      return problem(versions(NettyCheck.class.getClassLoader()), problem);
    }
    return new Problem("what a relay is made of is not all on the class path: " + what, problem);
  }

  /** The JVM's words. Where a class could not be initialized, what was wrong is the cause. */
  private static String words(Throwable problem) {
    if (problem instanceof ExceptionInInitializerError && problem.getCause() != null) {
      return problem.getCause().toString();
    }
    String message = problem.getMessage();
    return message == null ? problem.toString() : message;
  }

  private static Problem problem(TreeMap<String, String> versions, Throwable problem) {
    String found =
        ARTIFACTS.stream()
            .sorted()
            .map(
                artifact -> artifact + " " + versions.getOrDefault(artifact, "of no known version"))
            .collect(Collectors.joining(", "));
    return new Problem(
        "a relay needs "
            + WANTED
            + ", and what is on the class path does not fit ("
            + words(problem)
            + "); there is "
            + (versions.isEmpty() ? "none" : found)
            + "; put all its parts there in one version, and no older ones before them",
        problem);
  }

  /** By artifact; where there are several on the class path, the first one is what counts. */
  private static TreeMap<String, String> versions(ClassLoader loader) {
    TreeMap<String, String> versions = new TreeMap<>();
    try {
      for (URL place : Collections.list(loader.getResources(VERSIONS))) {
        Properties properties = new Properties();
        try (InputStream in = place.openStream()) {
          properties.load(in);
        }
        for (String name : properties.stringPropertyNames()) {
          if (name.endsWith(VERSION)) {
            String artifact = name.substring(0, name.length() - VERSION.length());
            versions.putIfAbsent(artifact, properties.getProperty(name));
          }
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      return versions; // then the classes have to tell
    }
    return versions;
  }

  private static boolean isOlder(String version) {
    String[] parts = version.split("\\.", 3);
    try {
      int major = Integer.parseInt(parts[0]);
      int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
      return major < WANTED_MAJOR || (major == WANTED_MAJOR && minor < WANTED_MINOR);
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
