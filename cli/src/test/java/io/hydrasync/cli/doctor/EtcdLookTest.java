package io.hydrasync.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cluster.EtcdMember;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EtcdLookTest {
  private static final URI ENDPOINT = URI.create("http://10.0.0.1:2379");

  private static EtcdMember member(
      Optional<String> unreachable,
      Optional<String> refused,
      boolean commonName,
      long database,
      boolean compacted,
      List<String> alarms) {
    return new EtcdMember(
        ENDPOINT,
        unreachable,
        "3.5.35",
        true,
        refused,
        commonName,
        database,
        database / 2,
        1024,
        7000,
        compacted,
        alarms,
        Optional.empty(),
        Duration.ZERO,
        "77",
        3);
  }

  private static List<Finding.Level> levels(EtcdMember member) {
    return EtcdLook.of(member).stream().map(Finding::level).toList();
  }

  @Test
  void saysThatAllIsWell() {
    List<Finding> found =
        EtcdLook.of(member(Optional.empty(), Optional.empty(), false, 400, true, List.of()));

    assertThat(found)
        .containsExactly(
            Finding.ok(
                "etcd",
                "10.0.0.1:2379 answers: etcd 3.5.35, the cluster's keys may be read and written,"
                    + " database 400 B of at most 1 KiB, no alarm"));
  }

  @Test
  void failsWhereARelayCouldNotWork() {
    assertThat(levels(member(Optional.of("gone"), Optional.empty(), false, 0, false, List.of())))
        .containsExactly(Finding.Level.FAIL);
    assertThat(levels(member(Optional.empty(), Optional.of("no"), true, 0, true, List.of())))
        .containsExactly(Finding.Level.OK, Finding.Level.FAIL);
    assertThat(
            levels(member(Optional.empty(), Optional.empty(), false, 1, true, List.of("NOSPACE"))))
        .containsExactly(Finding.Level.OK, Finding.Level.FAIL);
  }

  @Test
  void warnsOfWhatWillNotWork() {
    assertThat(levels(member(Optional.empty(), Optional.empty(), true, 1, true, List.of())))
        .containsExactly(Finding.Level.OK, Finding.Level.WARN);
    assertThat(levels(member(Optional.empty(), Optional.empty(), false, 513, true, List.of())))
        .containsExactly(Finding.Level.OK, Finding.Level.WARN);
    assertThat(levels(member(Optional.empty(), Optional.empty(), false, 1, false, List.of())))
        .containsExactly(Finding.Level.OK, Finding.Level.WARN);
  }

  @Test
  void seesMembersOfDifferentClustersAndThoseThatAreNotNamed() {
    EtcdMember one = member(Optional.empty(), Optional.empty(), false, 400, true, List.of());
    EtcdMember other =
        new EtcdMember(
            ENDPOINT,
            Optional.empty(),
            "3.5.35",
            true,
            Optional.empty(),
            false,
            1,
            1,
            1024,
            7000,
            true,
            List.of(),
            Optional.empty(),
            Duration.ZERO,
            "78",
            3);

    assertThat(EtcdLook.together(List.of(one, one, one))).isEmpty();
    assertThat(EtcdLook.together(List.of(one, one)))
        .hasValueSatisfying(
            finding -> {
              assertThat(finding.level()).isEqualTo(Finding.Level.WARN);
              assertThat(finding.detail()).contains("has 3 members", "names 2");
            });
    assertThat(EtcdLook.together(List.of(one, other, one)))
        .hasValueSatisfying(finding -> assertThat(finding.level()).isEqualTo(Finding.Level.FAIL));
  }
}
