package io.hydrasync.cli.doctor;

import io.hydrasync.cli.console.Units;
import io.hydrasync.cluster.EtcdHealth;
import io.hydrasync.cluster.EtcdMember;
import io.hydrasync.cluster.EtcdMember.Concern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What doctor finds at the etcd of a cluster, member by member. */
final class EtcdLook {
  private static final String ETCD = "etcd";

  private EtcdLook() {}

  static List<Finding> findings(EtcdHealth health, Duration timeout) {
    List<Finding> findings = new ArrayList<>();
    try {
      for (EtcdMember member : health.look(timeout)) {
        findings.addAll(of(member));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings.add(Finding.fail(ETCD, "interrupted"));
    }
    return findings;
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
      case ACCESS -> member.refused().isPresent();
      default -> false;
    };
  }

  private static String figures(EtcdMember member) {
    String most =
        member.quotaBytes() > 0
            ? " of at most " + Units.bytes(member.quotaBytes())
            : ", its quota is not told";
    return (member.version().isEmpty() ? "etcd" : "etcd " + member.version())
        + (member.refused().isEmpty() ? ", reads the cluster's keys" : "")
        + (member.databaseBytes() > 0
            ? ", database " + Units.bytes(member.databaseBytes()) + most
            : "")
        + (member.refused().isEmpty() && member.alarms().isEmpty() ? ", no alarm" : "");
  }
}
