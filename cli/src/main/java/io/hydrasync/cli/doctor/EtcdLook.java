package io.hydrasync.cli.doctor;

import io.hydrasync.cli.console.Units;
import io.hydrasync.cluster.EtcdHealth;
import io.hydrasync.cluster.EtcdMember;
import io.hydrasync.cluster.EtcdMember.Concern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What doctor finds at the etcd of a cluster, member by member. */
final class EtcdLook {
  private static final String ETCD = "etcd";

  private EtcdLook() {}

  static List<Finding> findings(EtcdHealth health, Duration timeout) {
    List<Finding> findings = new ArrayList<>();
    try {
      List<EtcdMember> members = health.look(timeout);
      members.forEach(member -> findings.addAll(of(member)));
      together(members).ifPresent(findings::add);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings.add(Finding.fail(ETCD, "interrupted"));
    }
    return findings;
  }

  /** What shows only when all of them are looked at. */
  static Optional<Finding> together(List<EtcdMember> members) {
    Map<String, List<String>> clusters = new TreeMap<>();
    for (EtcdMember member : members) {
      if (!member.cluster().isEmpty()) {
        clusters
            .computeIfAbsent(member.cluster(), first -> new ArrayList<>())
            .add(member.endpoint().getAuthority());
      }
    }
    if (clusters.size() > 1) {
      return Optional.of(
          Finding.fail(
              ETCD,
              "these are members of different clusters of etcd: "
                  + String.join(" / ", clusters.values().stream().map(Object::toString).toList())
                  + "; name those of one"));
    }
    int all = members.stream().mapToInt(EtcdMember::members).max().orElse(0);
    return all > members.size()
        ? Optional.of(
            Finding.warn(
                ETCD,
                "it has "
                    + all
                    + " members, and --cluster names "
                    + members.size()
                    + ": name all, or a relay is without a directory when those die"))
        : Optional.empty();
  }

  static List<Finding> of(EtcdMember member) {
    String where = member.endpoint().getAuthority();
    List<Finding> findings = new ArrayList<>();
    if (member.unreachable().isEmpty()) {
      findings.add(Finding.ok(ETCD, where + " answers: " + figures(member)));
    }
    for (EtcdMember.Warning warning : member.warnings()) {
      String text = where + ": " + warning.text();
      findings.add(
          isBroken(member, warning.about()) ? Finding.fail(ETCD, text) : Finding.warn(ETCD, text));
    }
    if (member.unreachable().isEmpty()
        && member.refused().isEmpty()
        && !member.compacted()
        && member.warnings().stream().noneMatch(each -> each.about() == Concern.COMPACTION)) {
      findings.add(
          Finding.note(
              ETCD,
              where
                  + ": nothing has been compacted yet, so whether it does that by itself cannot be"
                  + " seen (--auto-compaction-mode=periodic --auto-compaction-retention=1h)"));
    }
    return findings;
  }

  private static boolean isBroken(EtcdMember member, Concern about) {
    return switch (about) {
      case REACHABLE, ALARM -> true;
      case ACCESS -> member.refused().isPresent() || member.writeRefused().isPresent();
      default -> false;
    };
  }

  private static String rights(EtcdMember member) {
    return member.writeRefused().isEmpty()
        ? ", the cluster's keys may be read and written"
        : ", the cluster's keys may be read";
  }

  private static String figures(EtcdMember member) {
    String most =
        member.quotaBytes() > 0
            ? " of at most " + Units.bytes(member.quotaBytes())
            : ", its quota is not told";
    return (member.version().isEmpty() ? "etcd" : "etcd " + member.version())
        + (member.refused().isEmpty() ? rights(member) : "")
        + (member.databaseBytes() > 0
            ? ", database " + Units.bytes(member.databaseBytes()) + most
            : "")
        + (member.refused().isEmpty() && member.alarms().isEmpty() ? ", no alarm" : "");
  }
}
