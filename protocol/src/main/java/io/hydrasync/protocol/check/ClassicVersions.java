package io.hydrasync.protocol.check;

import java.util.List;

/** The versions of the Rust crate that the classic wire names in its key agreement. Stateless. */
public final class ClassicVersions {
  /** The version that a client names when it is not told another. */
  public static final String DEFAULT = "1.0.0-beta.6";

  /** The versions that have this wire, the newest first: beta.2 has a shorter hello. */
  public static final List<String> KNOWN =
      List.of(DEFAULT, "1.0.0-beta.5", "1.0.0-beta.4", "1.0.0-beta.3");

  /** Characters of the longest version. */
  public static final int MAX_LENGTH = 64;

  private ClassicVersions() {}

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
