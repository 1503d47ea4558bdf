package io.hydrasync.cli.admin;

import com.google.gson.JsonObject;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks at one node of a cluster whenever it is asked to, on a thread of its own: one that does not
 * answer holds up nobody else. Thread-safe.
 */
final class NodeWatch implements AutoCloseable {
  private final RelayAddress address;
  private final Function<RelayAddress, HydraAdmin> connect;
  private final int sessions;
  private final Runnable answered;
  private final BlockingQueue<Question> questions = new ArrayBlockingQueue<>(1);
  private final Thread thread;
  private volatile @Nullable HydraAdmin admin;
  private volatile long askedNanos;
  private volatile boolean busy;
  private volatile boolean closed;
  private volatile Seen seen = new Seen(Optional.empty(), Optional.empty(), "", 0);

  /**
   * What is wanted.
   *
   * @param order of sessions, as the request has it
   * @param detail the session whose consumers are wanted, empty for none
   */
  record Question(String order, String detail) {}

  /**
   * What is known.
   *
   * @param look the last one, until one fails
   * @param before the one before it, if none has failed in between
   * @param trouble why the last one failed, empty if it did not
   * @param sinceNanos since when they fail
   */
  record Seen(
      Optional<NodeLook> look, Optional<NodeLook> before, String trouble, long sinceNanos) {}

  /**
   * A node that nobody has asked yet.
   *
   * @param connect comes to it, within some seconds
   * @param connected a connection to it that is there already, which is closed with this
   * @param sessions how many to ask for
   * @param answered told, on a thread of this, when a look has ended, well or not
   */
  NodeWatch(
      RelayAddress address,
      Function<RelayAddress, HydraAdmin> connect,
      @Nullable HydraAdmin connected,
      int sessions,
      Runnable answered) {
    this.address = address;
    this.connect = connect;
    this.sessions = sessions;
    this.answered = answered;
    admin = connected;
    thread = new Thread(this::run, "hydra-top-node");
    thread.setDaemon(true);
    thread.start();
  }

  RelayAddress address() {
    return address;
  }

  Seen seen() {
    return seen;
  }

  /** False, and nothing is asked, while it has not answered yet. */
  boolean ask(Question question) {
    if (busy) {
      return false;
    }
    askedNanos = System.nanoTime();
    busy = true;
    questions.add(question);
    return true;
  }

  /** For how long an answer has been waited for, 0 if it is there. */
  long waitsNanos() {
    long asked = askedNanos;
    return busy ? System.nanoTime() - asked : 0;
  }

  private void run() {
    try {
      while (!closed) {
        look(questions.take());
        busy = false;
        answered.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      disconnect();
    }
  }

  private void look(Question question) {
    try {
      HydraAdmin asked = admin;
      if (asked == null) {
        asked = connect.apply(address);
        admin = asked;
      }
      HydraAdmin connection = asked;
      NodeLook look =
          AdminReply.reading(
              () -> NodeLook.at(connection, question.order, question.detail, sessions));
      seen = new Seen(Optional.of(look), seen.look, "", 0);
    } catch (HydraException e) {
      fails(Failures.describe(e));
    } catch (IllegalArgumentException e) { // the relay says no
      fails(String.valueOf(e.getMessage()));
    }
  }

  private void fails(String why) {
    disconnect();
    Seen last = seen;
    long since = last.trouble.isEmpty() ? System.nanoTime() : last.sinceNanos;
    seen = new Seen(Optional.empty(), Optional.empty(), why, since);
  }

  private void disconnect() {
    HydraAdmin last = admin;
    admin = null;
    if (last != null) {
      last.close();
    }
  }

  /** Does not wait for what is being asked. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  /**
   * One look at a node.
   *
   * @param look as at a relay alone
   * @param cluster as the node sees it
   */
  record NodeLook(TopView.Look look, JsonObject cluster) {
    static NodeLook at(HydraAdmin admin, String order, String detail, int sessions) {
      JsonObject request = AdminOptions.request("cluster");
      request.addProperty("limit", 1); // what a node is to its sessions is told with these
      JsonObject cluster = AdminOptions.ask(admin, request).shown().getAsJsonObject("cluster");
      return new NodeLook(
          TopCommand.look(admin, order, sessions, () -> detail(admin, detail)), cluster);
    }

    private static List<JsonObject> detail(HydraAdmin admin, String session) {
      if (session.isEmpty()) {
        return List.of();
      }
      try {
        return TopCommand.detail(admin, session);
      } catch (IllegalArgumentException e) {
        return List.of(); // it has no consumer here
      }
    }

    String self() {
      return cluster.get("self").getAsString();
    }
  }
}
