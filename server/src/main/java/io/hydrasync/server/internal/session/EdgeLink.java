package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.server.internal.cluster.LinkEnd;
import io.hydrasync.server.internal.cluster.SessionRole;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Entrance;
import io.hydrasync.server.internal.link.LinkProblem;
import io.hydrasync.server.internal.link.LinkTarget;
import io.hydrasync.server.internal.link.LinkWish;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.node.Node;
import io.hydrasync.server.internal.services.RelayServices;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link of a mirrored session to its owner: one at a time, from the wish for it to its end, of
 * which the {@link SessionRole} is told. On the session's owner loop.
 */
final class EdgeLink {
  private static final Logger LOG = LoggerFactory.getLogger(EdgeLink.class);

  private final Session session;
  private final RelayServices services;
  private final Node node;
  private final SessionRole<Connection> role;
  private final Runnable published;

  /** The link that is being made, or is there. */
  private @Nullable Attempt attempt;

  /**
   * None yet.
   *
   * @param published tells the role what the log has
   */
  EdgeLink(
      Session session,
      RelayServices services,
      Node node,
      SessionRole<Connection> role,
      Runnable published) {
    this.session = session;
    this.services = services;
    this.node = node;
    this.role = role;
    this.published = published;
  }

  /** A link that is being made, or is there. */
  private final class Attempt implements LinkWish, LinkStage.Told {
    private @Nullable LinkStage stage;
    private boolean up;

    /** Whether the owner's producer is there, as it has said last. */
    private boolean live;

    @Override
    public void joined(Connection connection, Entrance entrance, JoinedMessage answer) {
      session.execute(() -> connection.guarded(() -> take(connection, entrance, answer)));
    }

    private void take(Connection connection, Entrance entrance, JoinedMessage answer) {
      if (attempt != this || !session.isThere() || session.source() != null) {
        connection.execute(() -> LinkStage.bye(connection, "the link is not wanted any more"));
        if (attempt == this) {
          lost(LinkEnd.BROKEN, 0);
        }
        return;
      }
      LinkStage next = new LinkStage(connection, session, session.log(), this, answer);
      stage = next;
      live = (answer.flags() & JoinedMessage.FLAG_PRODUCER_LIVE) != 0;
      Epoch last = session.log().lastEpoch();
      boolean nothingYet = answer.id() == 0 && answer.seq() == 0;
      boolean goesOn =
          last != null && last.head.stream() == answer.id() && last.next == answer.seq();
      boolean headMustCome = !nothingYet && !goesOn;
      session.mirror(
          connection,
          entrance,
          next,
          answer,
          () -> {
            if (!headMustCome && attempt == this) {
              isUp();
            }
          });
    }

    @Override
    public void failed(LinkProblem problem) {
      LOG.debug("no link of session {}: {}", session.name().logName(), problem.text());
      session.execute(
          () -> {
            if (attempt == this) {
              attempt = null;
              role.linkLost(
                  switch (problem.kind()) {
                    case NO_SESSION -> LinkEnd.NO_SESSION;
                    case UNAUTHORIZED -> {
                      LOG.warn(
                          "no link of session {}: {}", session.name().logName(), problem.text());
                      yield LinkEnd.UNAUTHORIZED;
                    }
                    case UNREACHABLE, REFUSED -> LinkEnd.UNREACHABLE;
                  },
                  TimeUnit.MILLISECONDS.toNanos(problem.retryMs()),
                  services.nanoTime());
              session.removeIfEmpty();
            }
          });
    }

    /** On the session's loop. */
    @Override
    public void news(LinkStage from, LinkStage.News news) {
      if (stage != from || attempt != this) {
        return;
      }
      switch (news) {
        case HEAD -> isUp();
        case LIVE -> state(true);
        case AWAY -> state(false);
        case NO_SESSION -> lost(LinkEnd.NO_SESSION, from.retryNanos());
        case OVER -> lost(LinkEnd.OVER, 0);
        case LOWER_EPOCH -> lost(LinkEnd.LOWER_EPOCH, 0);
        case BROKEN -> lost(LinkEnd.BROKEN, from.retryNanos());
      }
    }

    private void state(boolean there) {
      live = there;
      role.linkState(there, services.nanoTime());
    }

    private void isUp() {
      if (!up) {
        up = true;
        published.run();
        role.linkUp(live, services.nanoTime());
      }
    }

    private void lost(LinkEnd why, long retryNanos) {
      attempt = null;
      session.unlink(stage);
      role.linkLost(why, retryNanos, services.nanoTime());
      session.removeIfEmpty();
    }
  }

  /** Begins one, to where the owner takes links. */
  void make(RelayAddress address) {
    Attempt made = new Attempt();
    attempt = made;
    Epoch last = session.log().lastEpoch();
    JoinMessage join = JoinMessage.of(Role.CONSUMER, session.name().id()).linking();
    join =
        last == null
            ? join.from(JoinMessage.START_OLDEST)
            : join.at(last.head.stream(), last.next).withEpoch(last.head.epoch());
    node.connector()
        .connect(
            session.loop(),
            new LinkTarget(
                address, services.relayKeys(), node.linkCredential(), session.name().id(), join),
            made);
  }

  /** Ends it, also one that is being made: nothing more of it is told. */
  void end() {
    Attempt last = attempt;
    attempt = null;
    LinkStage stage = last == null ? null : last.stage;
    if (stage != null) {
      stage.letGo();
      stage.connection().execute(() -> LinkStage.bye(stage.connection(), "another owner"));
      session.unlink(stage);
    }
  }

  /** Whether there is a link to the owner. */
  boolean isUp() {
    Attempt now = attempt;
    return now != null && now.up;
  }
}
