package io.hydrasync.cli.admin;

import com.google.gson.JsonObject;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One relay, which is found again when it is restarted. For one thread. */
final class RelaySource implements TopSource {
  private static final int SESSIONS = 1_000;

  private final Connecting connecting;
  private HydraAdmin admin;

  /** Comes to the relay. */
  interface Connecting {
    HydraAdmin connect() throws IOException;
  }

  RelaySource(HydraAdmin connected, Connecting connecting) {
    admin = connected;
    this.connecting = connecting;
  }

  /** Asks and sees in one; what cannot get better ends the command. */
  @Override
  public void ask(TopView view, TopState state) throws IOException {
    try {
      if (view.isLost()) {
        admin.close();
        admin = connecting.connect();
      }
      AdminReply.reading(
          () -> {
            view.see(look(state));
            return true;
          });
    } catch (HydraException e) {
      if (!mayPass(e)) {
        throw e;
      }
      view.lose(Failures.describe(e));
    }
  }

  private TopView.Look look(TopState state) {
    String order = state.order() == TopState.Order.LAG ? "lag" : "received";
    return TopCommand.look(admin, order, SESSIONS, () -> detail(state));
  }

  /** The session whose consumers are looked at, if there is one and it is still there. */
  private List<JsonObject> detail(TopState state) {
    if (state.page() != TopState.Page.CONSUMERS) {
      return List.of();
    }
    try {
      return TopCommand.detail(admin, state.selected());
    } catch (IllegalArgumentException e) {
      state.sessionGone();
      return List.of();
    }
  }

  private static boolean mayPass(HydraException problem) {
    @Nullable ErrorCode code = problem.code();
    return code == ErrorCode.DISCONNECTED
        || code == ErrorCode.TIMEOUT
        || code == ErrorCode.SHUTDOWN
        || code == ErrorCode.LIMIT;
  }

  @Override
  public void await() {
    // it has been asked on this thread
  }

  @Override
  public void see(TopView view, TopState state) {
    // it has been seen
  }

  @Override
  public void close() {
    admin.close();
  }
}
