package io.hydrasync.protocol.check;

import java.util.List;
import java.util.Set;

/** The versions of the Rust crate that the classic wires name in their key agreement. Stateless. */
public final class ClassicVersions {
  /**
   * The version that a client names when it is not told another: the last with messages of any
   * size.
   */
  public static final String DEFAULT = "1.0.0-beta.6";

  /** The versions that there are, the newest first. */
  public static final List<String> KNOWN =
      List.of(
          "1.0.0-beta.9",
          "1.0.0-beta.8",
          "1.0.0-beta.7",
          DEFAULT,
          "1.0.0-beta.5",
          "1.0.0-beta.4",
          "1.0.0-beta.3",
          "1.0.0-beta.2");

  /** Characters of the longest version. */
  public static final int MAX_LENGTH = 64;

  /** Those with messages of any size, and no answer to a join. */
  private static final Set<String> EARLIER =
      Set.copyOf(KNOWN.subList(KNOWN.indexOf(DEFAULT), KNOWN.size()));

  private ClassicVersions() {}

  /**
   * Whether a client that names this version speaks the later wire.
   *
   * @param version known or not
   * @return true also for what is not known
   */
  public static boolean isLater(String version) {
    return !EARLIER.contains(version);
  }

  /**
   * Checks that something can be a version.
   *
   * @param version such as {@code 1.0.0-beta.6}
   * @return the version
   * @throws IllegalArgumentException if it is empty or holds anything but printable ASCII
   */
  public static String check(String version) {
    if (!version.matches("[!-~]{1," + MAX_LENGTH + "}")) {
      throw new IllegalArgumentException(
          "a version of the classic wire is a word such as " + DEFAULT);
    }
    return version;
  }
}
