package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.hydrasync.cluster.EtcdMember.Concern;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real etcd, of the version that the system has, tells of itself. */
@Tag("foreign")
class RealEtcdHealthTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private EtcdProcess etcd;

  @AfterEach
  void close() {
    etcd.close();
  }

  private List<EtcdMember> look(EtcdDirectory.Builder builder) throws InterruptedException {
    return builder.health().look(LONG);
  }

  @Test
  void tellsOfEachMember() throws Exception {
    etcd = new EtcdProcess(directory, 3);
    etcd.kill(2);

    EtcdDirectory.Builder all = EtcdDirectory.builder(etcd.endpoints(), Samples.KEY);
    Await.until(
        "the others have a leader again",
        () -> {
          try {
            return look(all).subList(0, 2).stream().allMatch(EtcdMember::healthy);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
          }
        });
    List<EtcdMember> members = look(all);

    assertThat(members).extracting(EtcdMember::endpoint).isEqualTo(etcd.endpoints());
    for (EtcdMember there : members.subList(0, 2)) {
      assertThat(there.unreachable()).isEmpty();
      assertThat(there.version()).matches("3\\.[4-9]\\.\\d+");
      assertThat(there.healthy()).isTrue();
      assertThat(there.refused()).isEmpty();
      assertThat(there.databaseBytes()).isPositive();
      assertThat(there.quotaBytes()).isGreaterThan(1L << 30);
      assertThat(there.compacted()).isFalse();
      assertThat(there.alarms()).isEmpty();
    }
    assertThat(members.get(2).unreachable()).isPresent();
  }

  @Test
  void tellsOfCompactionAndOfTheAlarm() throws Exception {
    etcd = new EtcdProcess(directory, 1, "--quota-backend-bytes=" + (8 << 20));
    String fill = "{\"key\":\"Zg==\",\"value\":\"%s\"}".formatted("QUFB".repeat(100_000));
    JsonObject answer = etcd.post(0, "/v3/kv/put", fill);
    for (int i = 0; i < 100 && !answer.has("error"); i++) {
      answer = etcd.post(0, "/v3/kv/put", fill);
    }
    etcd.post(0, "/v3/kv/compaction", "{\"revision\":\"3\",\"physical\":true}");

    EtcdMember member = look(EtcdDirectory.builder(etcd.endpoints(), Samples.KEY)).get(0);

    assertThat(member.compacted()).isTrue();
    assertThat(member.quotaBytes()).isEqualTo(8 << 20);
    assertThat(member.alarms()).containsExactly("NOSPACE");
    assertThat(member.warnings())
        .extracting(EtcdMember.Warning::about)
        .contains(Concern.ALARM, Concern.SPACE)
        .doesNotContain(Concern.COMPACTION, Concern.ACCESS);
  }

  @Test
  void triesTheLogin() throws Exception {
    etcd = new EtcdProcess(directory, 1);
    etcd.post(0, "/v3/auth/user/add", "{\"name\":\"root\",\"password\":\"p\"}");
    etcd.post(0, "/v3/auth/role/add", "{\"name\":\"root\"}");
    etcd.post(0, "/v3/auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}");
    EtcdDirectory.Builder nobody = EtcdDirectory.builder(etcd.endpoints(), Samples.KEY);
    EtcdDirectory.Builder root =
        EtcdDirectory.builder(etcd.endpoints(), Samples.KEY).login("root", "p");
    EtcdDirectory.Builder wrong =
        EtcdDirectory.builder(etcd.endpoints(), Samples.KEY).login("root", "q");

    assertThat(look(nobody).get(0).refused()).isEmpty();
    assertThat(look(root).get(0).refused()).isPresent(); // there are no logins yet
    etcd.post(0, "/v3/auth/enable", "{}");

    assertThat(look(nobody).get(0).refused()).isPresent();
    assertThat(look(root).get(0).refused()).isEmpty();
    assertThat(look(wrong).get(0).refused())
        .hasValueSatisfying(why -> assertThat(why).contains("the login fails"));
  }

  /** Nothing is written by it, whoever asks. */
  @Test
  void triesTheRightsOfAUserWithoutWriting() throws Exception {
    etcd = new EtcdProcess(directory, 1);
    etcd.post(0, "/v3/auth/user/add", "{\"name\":\"root\",\"password\":\"p\"}");
    etcd.post(0, "/v3/auth/role/add", "{\"name\":\"root\"}");
    etcd.post(0, "/v3/auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}");
    for (String right : List.of("READ", "READWRITE")) {
      String name = right.toLowerCase(Locale.ROOT);
      etcd.post(0, "/v3/auth/role/add", "{\"name\":\"%s\"}".formatted(name));
      etcd.post(
          0,
          "/v3/auth/role/grant",
          "{\"name\":\"%s\",\"perm\":{\"permType\":\"%s\",\"key\":\"%s\",\"range_end\":\"%s\"}}"
              .formatted(name, right, base64("/hydra/1/"), base64("/hydra/10")));
      etcd.post(0, "/v3/auth/user/add", "{\"name\":\"%s\",\"password\":\"p\"}".formatted(name));
      etcd.post(
          0, "/v3/auth/user/grant", "{\"user\":\"%s\",\"role\":\"%s\"}".formatted(name, name));
    }
    etcd.post(0, "/v3/auth/enable", "{}");

    EtcdMember reads = look(as("read")).get(0);
    EtcdMember writes = look(as("readwrite")).get(0);
    EtcdMember other = look(as("readwrite").name("other")).get(0);

    assertThat(reads.refused()).isEmpty();
    assertThat(reads.writeRefused())
        .hasValueSatisfying(why -> assertThat(why).contains("write", "grant-permission"));
    assertThat(writes.refused()).isEmpty();
    assertThat(writes.writeRefused()).isEmpty();
    assertThat(writes.clockAhead()).isZero();
    assertThat(writes.cluster()).isNotEmpty();
    assertThat(other.refused()).isPresent();
    EtcdMember root =
        look(EtcdDirectory.builder(etcd.endpoints(), Samples.KEY).login("root", "p")).get(0);
    assertThat(root.revision()).as("nothing has been written").isEqualTo(1);
    assertThat(root.members()).isEqualTo(1);
  }

  private EtcdDirectory.Builder as(String user) {
    return EtcdDirectory.builder(etcd.endpoints(), Samples.KEY).login(user, "p");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
