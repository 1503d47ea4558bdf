package io.hydrasync.cluster.simulation;

import java.util.List;

/**
 * A line of the decisions, and what stands there instead.
 *
 * @param rule what the line is there for
 * @param type the simple name of the class
 * @param line a part of it that is there exactly once
 * @param other what stands there instead
 * @param seed one that shows it
 */
record Mutation(String rule, String type, String line, String other, long seed) {
  private static final String VOUCHES =
      "    voucher.settle(entry != null && isCutOff(entry), known.modRevision(), now);\n";
  private static final String IF_GONE =
      "    if (entry != null) {\n      endIsUnsure = false;\n    } else if (";

  /** All that the simulation has to find. */
  static final List<Mutation> ALL =
      List.of(
          new Mutation(
              "a claim ends when its connection closes",
              "SessionRole",
              "if (claim != null && claim.producer.equals(producer)) {",
              "if (claim == null) {",
              206),
          new Mutation(
              "a claim ends after five seconds",
              "Claim",
              "this.until = until;",
              "this.until = until + 60_000_000_000L;",
              0),
          new Mutation(
              "an unconfirmed producer is not told REPLACED",
              "Ownership",
              "close(confirmed && later && !preferred ?",
              "close(later && !preferred ?",
              914),
          new Mutation(
              "each JOIN makes older claims fail",
              "SessionRole",
              "admit(producer, join, context.nextClaim(), false);",
              "admit(producer, join, 1, false);",
              914),
          new Mutation(
              "who has yielded is not the owner",
              "Ownership",
              "  void yield(Known known) {\n    drop();",
              "  void yield(Known known) {",
              2),
          new Mutation(
              "a higher epoch elsewhere is begun above",
              "Ownership",
              "close(Refusal.BEGIN_ABOVE);",
              "",
              145),
          new Mutation(
              "a producer is told the highest epoch",
              "SessionRole",
              "floor = higher(floor, entry.highest());",
              "",
              927),
          new Mutation(
              "only the log's last epoch is resumed",
              "SessionRole",
              "            && join.epoch() == heads.epoch()\n",
              "",
              154),
          new Mutation(
              "the log is not resumed where a higher epoch has been seen",
              "SessionRole",
              "            && floor == heads.epoch();",
              ";",
              745),
          new Mutation("an owner has no link", "SessionRole", "    mirror.unlink();\n", "", 0),
          new Mutation(
              "who is overtaken gives way",
              "Claim",
              "return based && ClaimRules",
              "return !based && ClaimRules",
              0),
          new Mutation(
              "the owner says that its producer is away",
              "Ownership",
              "producer != null, epoch,",
              "true, epoch,",
              371),
          new Mutation(
              "the owner deletes the entry in the end", "Ownership", "requests.delete();", "", 6),
          new Mutation(
              "an entry whose owner has no key is away",
              "ClaimRules",
              "if (nodes.has(entry.owner())) {",
              "if (entry.live()) {",
              17),
          new Mutation(
              "a link is made again",
              "MirrorLink",
              "    againAt = now + Math.max(retryNanos, context.between(least, MOST));",
              "    againAt = Long.MAX_VALUE / 2;",
              296),
          new Mutation(
              "no link is made behind STATE 2",
              "MirrorLink",
              "over = why == LinkEnd.OVER;",
              "over = false;",
              72),
          new Mutation(
              "an owner that is cut off does not lose its session: edges vouch for it, and an entry"
                  + " that was live and is gone is not the end",
              "Mirror",
              VOUCHES + IF_GONE + "link.isUp() || known.wasLive()) {",
              IF_GONE + "link.isUp()) {",
              510),
          new Mutation(
              "consumers without a link go elsewhere",
              "Mirror",
              "      effects.leaveElsewhere();",
              "",
              663),
          new Mutation(
              "waiting ends after three seconds",
              "WaitingConsumers",
              "waits, now + MOST, ++numbers);",
              "waits, now + 9 * MOST, ++numbers);",
              17),
          new Mutation(
              "a mirror is forgotten in the end",
              "Mirror",
              "idleSince = idle ? idleSince : now;",
              "idleSince = now;",
              253),
          new Mutation(
              "orphans are deleted late",
              "ClusterNode",
              "long due = nowNanos + context.lingerNanos() + context",
              "long due = nowNanos + context",
              127));
}
