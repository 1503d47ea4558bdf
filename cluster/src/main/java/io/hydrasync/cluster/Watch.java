package io.hydrasync.cluster;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A watch of all keys of the directory, until it ends: one POST whose answer is a line for each
 * message. All on the directory's thread.
 */
final class Watch implements Transport.Sink {
  /** The most bytes of a message: etcd cuts them at 2 MiB, which is a third more in base64. */
  static final int MAX_LINE = 16 << 20;

  private static final String PATH = "/v3/watch";

  /** Told what comes; nothing more once it has ended. */
  interface Events {
    /** It is there, at a revision of its member. */
    void created(Watch watch, long revision);

    /** Changes, or nothing but a sign of life. */
    void message(Watch watch, JsonObject result);

    /** Something is not as it must be: what has been told since may be less than what was. */
    void doubt(Watch watch, String why);

    /** It goes on elsewhere from where it ended. */
    void ended(Watch watch, String why);
  }

  private final int endpoint;
  private final Gateway gateway;
  private final Timeline timeline;
  private final Events events;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private Transport.@Nullable Exchange exchange;
  private Timeline.@Nullable Scheduled deadline;
  private boolean over;
  private boolean created;
  private int status;

  private Watch(Gateway gateway, Timeline timeline, Events events) {
    this.gateway = gateway;
    this.timeline = timeline;
    this.events = events;
    endpoint = gateway.endpoint();
  }

  /** Opens one that begins at a revision. */
  static Watch open(Gateway gateway, Timeline timeline, Keys keys, long start, Events events) {
    Watch watch = new Watch(gateway, timeline, events);
    JsonObject request = new JsonObject();
    request.addProperty("key", Base64.getEncoder().encodeToString(keys.first()));
    request.addProperty("range_end", Base64.getEncoder().encodeToString(keys.end()));
    request.addProperty("start_revision", Long.toString(start));
    request.addProperty("fragment", true);
    JsonObject body = new JsonObject();
    body.add("create_request", request);
    watch.deadline = timeline.schedule(Gateway.LOGIN_DEADLINE, watch::late);
    gateway.stream(watch.endpoint, PATH, body, watch).whenComplete(watch::begun);
    return watch;
  }

  private void begun(Transport.@Nullable Exchange made, @Nullable Throwable failure) {
    if (made == null) {
      timeline.execute(
          () -> end(failure == null ? "no watch" : Gateway.unwrapped(failure).getMessage()));
      return;
    }
    exchange = made;
    if (over) {
      made.cancel();
    } else if (!created) {
      within(Gateway.DEADLINE);
    }
  }

  private void within(Duration time) {
    if (deadline != null) {
      deadline.cancel();
    }
    deadline = timeline.schedule(time, this::late);
  }

  private void late() {
    if (!created) {
      leave("etcd has not answered to a watch");
    }
  }

  /** Leaves it and its endpoint, which has not shown what it must have. */
  void leave(String why) {
    if (!over) {
      gateway.leave(endpoint);
      close();
      events.ended(this, why);
    }
  }

  /** Ends it; nothing is told. */
  void close() {
    over = true;
    if (deadline != null) {
      deadline.cancel();
    }
    if (exchange != null) {
      exchange.cancel();
    }
  }

  @Override
  public void status(int given) {
    status = given;
  }

  @Override
  public void data(byte[] bytes) {
    int from = 0;
    for (int at = 0; at < bytes.length && !over; at++) {
      if (bytes[at] == '\n') {
        line.write(bytes, from, at - from);
        from = at + 1;
        byte[] whole = line.toByteArray();
        line.reset();
        message(whole);
      }
    }
    if (!over) {
      line.write(bytes, from, bytes.length - from);
      if (line.size() > MAX_LINE) {
        close();
        events.doubt(this, "a message of a watch is too long");
      }
    }
  }

  private void message(byte[] text) {
    if (text.length == 0) {
      return;
    }
    JsonObject message;
    try {
      message = Json.parse(text);
    } catch (IllegalArgumentException e) {
      leave("a watch says what is no JSON");
      return;
    }
    if (Answers.isError(status, message)) {
      failed(message);
    } else {
      gateway.noteAnswer();
      result(Json.object(message, "result"));
    }
  }

  private void failed(JsonObject message) {
    if (Answers.isUnauthenticated(status, message)) {
      gateway.forgetToken();
    }
    leave(String.valueOf(Answers.failure(status, message).getMessage()));
  }

  private void result(JsonObject result) {
    try {
      if (Json.flag(result, "canceled")) {
        gateway.forgetToken();
        close();
        events.doubt(
            this,
            Json.number(result, "compact_revision") > 0
                ? "a watch was canceled: what it begins with has been compacted"
                : "a watch was canceled");
      } else if (Json.flag(result, "created")) {
        created = true;
        if (deadline != null) {
          deadline.cancel();
        }
        events.created(this, Json.number(Json.object(result, "header"), "revision"));
      } else {
        events.message(this, result);
      }
    } catch (IllegalArgumentException e) {
      leave("a watch says what cannot be read");
    }
  }

  @Override
  public void end() {
    if (!over && status != Answers.OK) {
      message(line.toByteArray());
    }
    end("a watch has ended");
  }

  @Override
  public void failed(Throwable cause, boolean sent) {
    end("a watch has failed: " + cause);
  }

  private void end(@Nullable String why) {
    leave(String.valueOf(why));
  }
}
