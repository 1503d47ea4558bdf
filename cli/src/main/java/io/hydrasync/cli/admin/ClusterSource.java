package io.hydrasync.cli.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.RelayAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All nodes of a cluster, found by what one of them says, each asked by itself. Which nodes there
 * are is what the newest answer says of a node that others see. For one thread, but for {@link
 * #answered}.
 */
final class ClusterSource implements TopSource {
  /** Beyond so many nothing is asked: a relay may say whatever it likes. */
  static final int MOST_NODES = 200;

  /** How long a node may take before it counts as one that does not answer. */
  private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

  /** How long one that has left the directory, and does not answer, is still shown. */
  private static final long GONE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** All nodes together. */
  private static final int SESSIONS = 20_000;

  private static final int MOST_SESSIONS = 1_000;

  private final Function<RelayAddress, HydraAdmin> connect;
  private final Runnable news;
  private final Map<String, Member> members = new LinkedHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int outstanding; // guarded by lock
  private NodeWatch.Question question = new NodeWatch.Question("received", "");
  private boolean detailed;

  /** A node that is shown. */
  private static final class Member {
    final @Nullable NodeWatch watch;
    JsonObject entry;
    long listedNanos = System.nanoTime();

    Member(@Nullable NodeWatch watch, JsonObject entry) {
      this.watch = watch;
      this.entry = entry;
    }
  }

  /**
   * A cluster of which one node is known.
   *
   * @param seed where that is
   * @param connected a connection to it
   * @param connect comes to others
   * @param news told, on another thread, when all that can have answered
   */
  ClusterSource(
      RelayAddress seed,
      HydraAdmin connected,
      Function<RelayAddress, HydraAdmin> connect,
      Runnable news) {
    this.connect = connect;
    this.news = news;
    NodeWatch first = new NodeWatch(seed, connect, connected, MOST_SESSIONS, this::answered);
    members.put("", new Member(first, new JsonObject()));
  }

  @Override
  public void ask(TopView view, TopState state) {
    String order = state.order() == TopState.Order.LAG ? "lag" : "received";
    detailed = state.page() == TopState.Page.CONSUMERS;
    question = new NodeWatch.Question(order, detailed ? state.selected() : "");
    members.values().forEach(this::ask);
  }

  private void ask(Member member) {
    lock.lock();
    try {
      if (member.watch != null && member.watch.ask(question)) {
        outstanding++; // those that have not answered the last time are not waited for
      }
    } finally {
      lock.unlock();
    }
  }

  private void answered() {
    lock.lock();
    try {
      outstanding = Math.max(0, outstanding - 1);
      if (outstanding > 0) {
        return;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    news.run();
  }

  @Override
  public void await() throws InterruptedException {
    long left = LATE_NANOS;
    do {
      lock.lock();
      try {
        while (outstanding > 0 && left > 0) {
          left = changed.awaitNanos(left);
        }
      } finally {
        lock.unlock();
      }
      AdminReply.reading(this::look); // there may be nodes to ask that nobody knew
    } while (!isIdle() && left > 0);
  }

  private boolean look() {
    rename();
    newestList().ifPresent(this::take);
    return true;
  }

  @Override
  public void see(TopView view, TopState state) {
    look();
    List<ClusterPicture.Node> nodes = new ArrayList<>();
    members.forEach((id, member) -> nodes.add(node(id, member)));
    if (nodes.stream().allMatch(node -> node.look().isEmpty() && node.trouble().isEmpty())) {
      return; // nobody has had the time
    }
    TopPicture picture = ClusterPicture.of(nodes);
    picture.check();
    view.see(picture);
    boolean all = nodes.stream().allMatch(node -> node.look().isPresent());
    if (detailed && all && picture.consumers().sessions().isEmpty() && isIdle()) {
      state.sessionGone();
    }
  }

  private boolean isIdle() {
    lock.lock();
    try {
      return outstanding == 0;
    } finally {
      lock.unlock();
    }
  }

  /** Who answers says itself who it is: the first one, and one that was started anew. */
  private void rename() {
    for (Map.Entry<String, Member> each : List.copyOf(members.entrySet())) {
      Member member = each.getValue();
      NodeWatch watch = member.watch;
      if (watch == null || watch.seen().look().isEmpty()) {
        continue;
      }
      String self = watch.seen().look().get().self();
      if (!self.equals(each.getKey())) {
        members.remove(each.getKey());
        Member other = members.put(self, member);
        if (other != null && other.watch != null) {
          other.watch.close();
        }
      }
    }
  }

  /** What the cluster is, by the newest answer; of a node without a lease only if all have none. */
  private Optional<JsonObject> newestList() {
    return members.values().stream()
        .flatMap(member -> Optional.ofNullable(member.watch).stream())
        .flatMap(watch -> watch.seen().look().stream())
        .max(
            Comparator.comparing(
                    (NodeWatch.NodeLook look) -> look.cluster().get("leaseHeld").getAsBoolean())
                .thenComparingLong(look -> look.look().nanos()))
        .map(NodeWatch.NodeLook::cluster);
  }

  private void take(JsonObject cluster) {
    long now = System.nanoTime();
    Map<String, JsonObject> listed = new HashMap<>();
    for (JsonElement element : cluster.getAsJsonArray("nodes")) {
      JsonObject node = element.getAsJsonObject();
      listed.put(node.get("id").getAsString(), node);
    }
    listed.forEach(
        (id, node) -> {
          Member member = members.get(id);
          if (member != null) {
            member.entry = node;
            member.listedNanos = now;
          } else if (members.size() < MOST_NODES) {
            Member made = newMember(node);
            members.put(id, made);
            ask(made);
          }
        });
    members
        .entrySet()
        .removeIf(
            each -> {
              Member member = each.getValue();
              boolean left = !each.getKey().isEmpty() && !listed.containsKey(each.getKey());
              boolean over = left && isOver(member, listed, now);
              if (over && member.watch != null) {
                member.watch.close();
              }
              return over;
            });
  }

  private Member newMember(JsonObject node) {
    int sessions = Math.max(1, Math.min(MOST_SESSIONS, SESSIONS / (members.size() + 1)));
    NodeWatch watch =
        node.has("client")
            ? new NodeWatch(
                RelayAddress.parse(node.get("client").getAsString()),
                connect,
                null,
                sessions,
                this::answered)
            : null;
    return new Member(watch, node);
  }

  /** Whether one that the directory does not say of any more is worth no line. */
  private static boolean isOver(Member member, Map<String, JsonObject> listed, long now) {
    if (member.watch == null) {
      return true;
    }
    if (member.watch.seen().look().isPresent() && member.watch.waitsNanos() < LATE_NANOS) {
      return false; // it is there, and has only lost its lease
    }
    String address = member.watch.address().toString();
    boolean another =
        listed.values().stream()
            .anyMatch(
                node -> node.has("client") && node.get("client").getAsString().equals(address));
    return another || now - member.listedNanos > GONE_NANOS;
  }

  private static ClusterPicture.Node node(String id, Member member) {
    NodeWatch watch = member.watch;
    if (watch == null) {
      return new ClusterPicture.Node(
          id,
          member.entry,
          "not told",
          Optional.empty(),
          Optional.empty(),
          "tells no address for clients (--advertise)",
          0);
    }
    NodeWatch.Seen seen = watch.seen();
    long waits = watch.waitsNanos();
    boolean late = waits > LATE_NANOS;
    long since =
        seen.trouble().isEmpty() ? (late ? waits : 0) : System.nanoTime() - seen.sinceNanos();
    return new ClusterPicture.Node(
        id,
        member.entry,
        watch.address().toString(),
        late ? Optional.empty() : seen.look(),
        late ? Optional.empty() : seen.before(),
        late && seen.trouble().isEmpty() ? "it is silent" : seen.trouble(),
        TimeUnit.NANOSECONDS.toMillis(since));
  }

  @Override
  public void close() {
    members.values().stream()
        .flatMap(member -> Optional.ofNullable(member.watch).stream())
        .forEach(NodeWatch::close);
  }
}
