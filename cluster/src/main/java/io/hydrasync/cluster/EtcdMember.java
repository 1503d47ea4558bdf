package io.hydrasync.cluster;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a member of etcd is, as far as it tells. Immutable.
 *
 * @param endpoint which one
 * @param unreachable why nothing can be asked there, if that is so
 * @param version of etcd, empty if it is not told
 * @param healthy whether it says that it is
 * @param refused what it says to a read of the cluster's keys, if it refuses that
 * @param commonName whether this client shows it a certificate with a CommonName
 * @param databaseBytes how large its database is, 0 if it is not told
 * @param usedBytes how much of that is in use
 * @param quotaBytes how large it may get, 0 if it is not told
 * @param revision how often something has been written
 * @param compacted whether old revisions have been given up
 * @param alarms what it has raised, such as {@code NOSPACE}
 * @param writeRefused what it says where one of the cluster's keys would be written, if it refuses
 *     that; nothing is written
 * @param clockAhead how much its clock is ahead of this machine's at the least, negative if it is
 *     behind; zero as far as can be told
 * @param cluster which cluster of etcd it belongs to, empty if it is not told
 * @param members how many members that has, 0 if it is not told
 */
public record EtcdMember(
    URI endpoint,
    Optional<String> unreachable,
    String version,
    boolean healthy,
    Optional<String> refused,
    boolean commonName,
    long databaseBytes,
    long usedBytes,
    long quotaBytes,
    long revision,
    boolean compacted,
    List<String> alarms,
    Optional<String> writeRefused,
    Duration clockAhead,
    String cluster,
    int members) {
  private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4}).*");

  /** A node writes its key every 3 s: after so many writes an hour has passed for four of them. */
  private static final long WRITES_WITHOUT_COMPACTION = 5_000;

  private static final int HALF = 2;
  private static final int MEMBERS_OF_WHICH_ONE_MAY_DIE = 3;

  /** Answers tell whole seconds. */
  private static final int CLOCK_SECONDS = 2;

  private static final double MIB = 1 << 20;

  /** What a warning is about. */
  public enum Concern {
    /** Nothing can be asked there, or it is not healthy. */
    REACHABLE,
    /** It refuses this user, or this certificate. */
    ACCESS,
    /** Its version is too old, or has faults that are known. */
    VERSION,
    /** An alarm. */
    ALARM,
    /** Its database comes near to its quota. */
    SPACE,
    /** Its history only grows. */
    COMPACTION,
    /** It has fewer members than one of which one may die. */
    MEMBERS,
    /** Its clock is not this machine's. */
    CLOCK
  }

  /**
   * Something that is to be mended.
   *
   * @param about what it is about
   * @param text in one line, with what to do
   */
  public record Warning(Concern about, String text) {}

  /**
   * Copies what is given.
   *
   * @param endpoint which one
   * @param unreachable why nothing can be asked there, if that is so
   * @param version of etcd, empty if it is not told
   * @param healthy whether it says that it is
   * @param refused what it says to a read of the cluster's keys, if it refuses that
   * @param commonName whether this client shows it a certificate with a CommonName
   * @param databaseBytes how large its database is, 0 if it is not told
   * @param usedBytes how much of that is in use
   * @param quotaBytes how large it may get, 0 if it is not told
   * @param revision how often something has been written
   * @param compacted whether old revisions have been given up
   * @param alarms what it has raised, such as {@code NOSPACE}
   * @param writeRefused what it says where one of the cluster's keys would be written, if it
   *     refuses that; nothing is written
   * @param clockAhead how much its clock is ahead of this machine's at the least, negative if it is
   *     behind; zero as far as can be told
   * @param cluster which cluster of etcd it belongs to, empty if it is not told
   * @param members how many members that has, 0 if it is not told
   */
  public EtcdMember {
    alarms = List.copyOf(alarms);
  }

  static EtcdMember unreachable(URI endpoint, String why, boolean commonName) {
    return new EtcdMember(
        endpoint,
        Optional.of(why),
        "",
        false,
        Optional.empty(),
        commonName,
        0,
        0,
        0,
        0,
        false,
        List.of(),
        Optional.empty(),
        Duration.ZERO,
        "",
        0);
  }

  /**
   * What is to be mended, the worst first.
   *
   * @return nothing if all is well
   */
  public List<Warning> warnings() {
    List<Warning> found = new ArrayList<>();
    if (unreachable.isPresent()) {
      found.add(new Warning(Concern.REACHABLE, unreachable.get()));
      return found;
    }
    if (!healthy) {
      found.add(
          new Warning(
              Concern.REACHABLE, "it says that it is not healthy: no leader, or it cannot write"));
    }
    access().ifPresent(text -> found.add(new Warning(Concern.ACCESS, text)));
    alarm().ifPresent(text -> found.add(new Warning(Concern.ALARM, text)));
    space().ifPresent(text -> found.add(new Warning(Concern.SPACE, text)));
    compaction().ifPresent(text -> found.add(new Warning(Concern.COMPACTION, text)));
    tooFew().ifPresent(text -> found.add(new Warning(Concern.MEMBERS, text)));
    clock().ifPresent(text -> found.add(new Warning(Concern.CLOCK, text)));
    advice().ifPresent(text -> found.add(new Warning(Concern.VERSION, text)));
    return found;
  }

  private Optional<String> tooFew() {
    return members > 0 && members < MEMBERS_OF_WHICH_ONE_MAY_DIE
        ? Optional.of(
            "etcd has "
                + (members == 1 ? "one member" : members + " members")
                + ": when one of them dies nobody can take over a session; make it three")
        : Optional.empty();
  }

  private Optional<String> clock() {
    long apart = clockAhead.abs().toSeconds();
    return apart < CLOCK_SECONDS
        ? Optional.empty()
        : Optional.of(
            "its clock is at least "
                + apart
                + " s "
                + (clockAhead.isNegative() ? "behind" : "ahead of")
                + " this machine's: leases do not go by it, but certificates and logs do; let NTP"
                + " set both");
  }

  private Optional<String> access() {
    if (refused.isEmpty() && writeRefused.isPresent()) {
      return writeRefused;
    }
    if (refused.isPresent()) {
      return Optional.of(
          commonName
              ? refused.get()
                  + "; the client certificate has a CommonName, with which etcd's gateway refuses"
                  + " every request (400) while logins are asked for: make one without"
              : refused.get());
    }
    return commonName
        ? Optional.of(
            "the client certificate has a CommonName: once etcd asks for logins its gateway refuses"
                + " every request with one (400); make one without")
        : Optional.empty();
  }

  private Optional<String> alarm() {
    if (alarms.contains("NOSPACE")) {
      return Optional.of(
          "alarm NOSPACE: its database is full and takes no writes; compact etcd, defragment each"
              + " member, then disarm the alarm (etcdctl compact, defrag, alarm disarm)");
    }
    return alarms.isEmpty()
        ? Optional.empty()
        : Optional.of("alarm " + String.join(", ", alarms) + ": see etcdctl alarm list");
  }

  private Optional<String> space() {
    return quotaBytes > 0 && databaseBytes > quotaBytes / HALF
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "its database has %.0f of at most %.0f MiB (%.0f in use): compact and defragment it,"
                    + " or raise --quota-backend-bytes",
                databaseBytes / MIB,
                quotaBytes / MIB,
                usedBytes / MIB))
        : Optional.empty();
  }

  private Optional<String> compaction() {
    return revision > WRITES_WITHOUT_COMPACTION && !compacted
        ? Optional.of(
            "nothing of its "
                + revision
                + " revisions has been compacted, so its database only grows: start it with"
                + " --auto-compaction-mode=periodic --auto-compaction-retention=1h")
        : Optional.empty();
  }

  private Optional<String> advice() {
    Matcher parts = VERSION.matcher(version);
    if (!parts.matches()) {
      return Optional.of("it does not tell its version");
    }
    int major = Integer.parseInt(parts.group(1));
    int minor = Integer.parseInt(parts.group(2));
    int patch = Integer.parseInt(parts.group(3));
    if (major < 3 || major == 3 && minor < 4) {
      return Optional.of("etcd " + version + " is too old: 3.4 is needed, 3.5.35 or newer advised");
    }
    if (major > 3 || minor > 7) {
      return Optional.empty();
    }
    return minor == 4
        ? Optional.of(three4(patch))
        : Optional.of(known(minor)).filter(text -> patch < advised(minor));
  }

  private static int advised(int minor) {
    return switch (minor) {
      case 5 -> 35;
      case 6 -> 16;
      default -> 1;
    };
  }

  private String three4(int patch) {
    return "etcd "
        + version
        + (patch < 10
            ? " has faults that are known (CVE-2020-15115 and others, mended in 3.4.10)"
            : " works, but its line has faults that are known")
        + ": it grants leases without a login, for one; 3.5.35, 3.6.16, 3.7.1 or newer is advised";
  }

  private String known(int minor) {
    return "etcd "
        + version
        + " has faults that are known (CVE-2026-44283, CVE-2026-73500): 3."
        + minor
        + "."
        + advised(minor)
        + " or newer is advised";
  }
}
