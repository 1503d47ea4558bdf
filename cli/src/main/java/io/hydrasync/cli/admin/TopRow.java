package io.hydrasync.cli.admin;

import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Style;
import java.util.Locale;

/**
 * A session in {@code hydra top}.
 *
 * @param session as the relay tells
 * @param in bytes a second from its producer
 * @param out bytes a second to its consumers
 */
record TopRow(JsonObject session, double in, double out) {
  /** The field of a cluster's session that names its owner. */
  static final String OWNER_NAME = "ownerName";

  /** From here on somebody is said to lag. */
  static final long LAGGING_BYTES = 1 << 20;

  String name() {
    return text("name");
  }

  long lag() {
    return session.get("maxLagBytes").getAsLong();
  }

  /** What it is doing, and whether that goes well. */
  String state() {
    if (isPaused()) {
      return "paused";
    }
    return isLagging() ? "lagging" : text("state");
  }

  /** The state's colour. */
  Style style() {
    if (isPaused()) {
      return Style.YELLOW;
    }
    return isLagging() ? Style.CYAN : Style.PLAIN;
  }

  private boolean isPaused() {
    return session.get("producerWaits").getAsBoolean();
  }

  private boolean isLagging() {
    return lag() >= LAGGING_BYTES;
  }

  /** The node that has its producer; of a cluster only. */
  String owner() {
    return session.has(OWNER_NAME) ? text(OWNER_NAME) : "-";
  }

  String text(String field) {
    return session.get(field).getAsString();
  }

  /** Whether a filter leaves it. */
  boolean matches(String filter) {
    String all = name() + " " + state() + " " + text("state") + " " + text("overflow");
    return (all + " " + owner() + " " + SessionTable.wire(session))
        .toLowerCase(Locale.ROOT)
        .contains(filter.toLowerCase(Locale.ROOT));
  }
}
