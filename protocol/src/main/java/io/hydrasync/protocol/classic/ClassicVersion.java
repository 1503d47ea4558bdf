package io.hydrasync.protocol.classic;

import io.hydrasync.protocol.check.ClassicVersions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A version of the crate: which hello it says, and what its numbers of roles and statuses mean.
 * Immutable and thread-safe.
 *
 * <pre>
 *                    beta.2   .3 to .6   .7, .8   .9 and any other
 * hello, bytes          104        128      160      160
 * role: producer          1          1        1        0
 *       consumer          2          2        2        1
 *       observer          -          -        -        2
 * status: success         -          -        0        0
 *       invalid role      -          -        1        1
 *       not found         -          -        2        2
 *       occupied          -          -        3        3
 *       invalid token     -          -        -        4
 *       internal error    -          -        4        5
 * </pre>
 *
 * @param name such as {@code 1.0.0-beta.9}, a part of the key agreement
 * @param hello what its client begins with
 */
public record ClassicVersion(String name, ClassicHello hello) {
  private static final String BETA_2 = "1.0.0-beta.2";
  private static final Set<String> BETA_7_AND_8 = Set.of("1.0.0-beta.7", "1.0.0-beta.8");

  private static final List<ClassicRole> OLD_ROLES =
      List.of(ClassicRole.OTHER, ClassicRole.PRODUCER, ClassicRole.CONSUMER);
  private static final List<ClassicRole> ROLES =
      List.of(ClassicRole.PRODUCER, ClassicRole.CONSUMER, ClassicRole.OBSERVER);

  private static final List<ClassicStatus> OLD_STATUSES =
      List.of(
          ClassicStatus.SUCCESS,
          ClassicStatus.INVALID_ROLE,
          ClassicStatus.SESSION_NOT_FOUND,
          ClassicStatus.SESSION_OCCUPIED,
          ClassicStatus.INTERNAL_ERROR);
  private static final List<ClassicStatus> STATUSES =
      List.of(
          ClassicStatus.SUCCESS,
          ClassicStatus.INVALID_ROLE,
          ClassicStatus.SESSION_NOT_FOUND,
          ClassicStatus.SESSION_OCCUPIED,
          ClassicStatus.INVALID_TOKEN,
          ClassicStatus.INTERNAL_ERROR);

  /**
   * A version.
   *
   * @param name such as {@code 1.0.0-beta.9}; one that is not known is of the later wire
   * @return the version
   */
  public static ClassicVersion of(String name) {
    ClassicHello known = knownHello(name);
    return new ClassicVersion(name, known == null ? ClassicHello.BETA_7 : known);
  }

  /**
   * The versions that a client can have that has said this hello.
   *
   * @param hello what it has said
   * @param names of all versions that are looked at, known ones or not
   * @return those of them, in the same order; one that is not known may have any hello
   */
  public static List<ClassicVersion> thatSay(ClassicHello hello, List<String> names) {
    return names.stream()
        .filter(name -> knownHello(name) == null || knownHello(name) == hello)
        .map(name -> new ClassicVersion(name, hello))
        .toList();
  }

  private static @Nullable ClassicHello knownHello(String name) {
    if (!ClassicVersions.KNOWN.contains(name)) {
      return null;
    }
    if (name.equals(BETA_2)) {
      return ClassicHello.BETA_2;
    }
    return ClassicVersions.isLater(name) ? ClassicHello.BETA_7 : ClassicHello.BETA_3;
  }

  /**
   * Whether it is of the later wire: a status and a packet length answer its join, and data are
   * packets of that length.
   *
   * @return false up to beta.6
   */
  public boolean isLater() {
    return hello == ClassicHello.BETA_7;
  }

  private List<ClassicRole> roles() {
    return isLater() && !BETA_7_AND_8.contains(name) ? ROLES : OLD_ROLES;
  }

  private List<ClassicStatus> statuses() {
    return BETA_7_AND_8.contains(name) ? OLD_STATUSES : STATUSES;
  }

  /**
   * What a role byte means.
   *
   * @param number 0 to 255
   * @return the role, OTHER if nobody has this number
   */
  public ClassicRole role(int number) {
    List<ClassicRole> roles = roles();
    return number < roles.size() ? roles.get(number) : ClassicRole.OTHER;
  }

  /**
   * The byte of a role.
   *
   * @param role not OTHER
   * @return 0 to 2
   * @throws IllegalArgumentException if this version has no such role
   */
  public int number(ClassicRole role) {
    return number(roles(), role, role != ClassicRole.OTHER);
  }

  /**
   * What the number of a status means.
   *
   * @param number 0 to 255
   * @return the status, empty if this version has none of this number
   */
  public Optional<ClassicStatus> status(int number) {
    List<ClassicStatus> statuses = statuses();
    return number < statuses.size() ? Optional.of(statuses.get(number)) : Optional.empty();
  }

  int number(ClassicStatus status) {
    return number(statuses(), status, isLater());
  }

  private <T> int number(List<T> all, T one, boolean exists) {
    int number = all.indexOf(one);
    if (number < 0 || !exists) {
      throw new IllegalArgumentException(name + " of the crate has no " + one);
    }
    return number;
  }
}
