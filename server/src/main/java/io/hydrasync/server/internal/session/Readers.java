package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.LinkedSession;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.delivery.ConsumerStage;
import io.hydrasync.server.internal.delivery.LoopGroup;
import io.hydrasync.server.internal.delivery.SessionView;
import io.hydrasync.server.internal.log.Cursor;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.log.Placement;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.services.RelayServices;
import io.netty.channel.EventLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who reads a session's log, consumers and links of other nodes, and from where: lets them in,
 * gives each a place, and another one where the log has ended and goes on in a next one. On the
 * session's owner loop, except where a comment says otherwise.
 */
final class Readers implements SessionView.Host {
  private final Session session;
  private final RelayServices services;
  private final Sessions sessions;
  private final Newcomers newcomers;
  private final Audience audience = new Audience();
  private final Placements placements;

  /**
   * In a cluster, who waits for the first HEAD of the log, each with the last epoch that it has got
   * all of in the log before, if it comes from there. Where the log begins is not known until then:
   * that of a mirror may begin in the middle of an epoch.
   */
  private final Map<ConsumerStage, Optional<Epoch>> beforeFirstHead = new LinkedHashMap<>();

  Readers(
      Session session,
      RelayServices services,
      Sessions sessions,
      Newcomers newcomers,
      SessionLog log) {
    this.session = session;
    this.services = services;
    this.sessions = sessions;
    this.newcomers = newcomers;
    placements = new Placements(log);
  }

  /** Who has a place. */
  Audience audience() {
    return audience;
  }

  /** Where they begin. */
  Placements placements() {
    return placements;
  }

  /** A consumer whose position is still to come. */
  private final class Waiting implements Parked.Guest {
    private final ConsumerStage consumer;
    private final boolean named;

    Waiting(ConsumerStage consumer, boolean named) {
      this.consumer = consumer;
      this.named = named;
    }

    @Override
    public boolean isNamed() {
      return named;
    }

    @Override
    public Cursor cursor() {
      return consumer.cursor();
    }

    @Override
    public void start(Placement place) {
      consumer.place(place, null, null);
    }

    @Override
    public void logEnds() {
      finishDrained(consumer);
    }
  }

  /**
   * Whether there is no room for one more consumer. On the owner loop.
   *
   * @param waiting how many wait for a place already
   */
  boolean isFull(int waiting) {
    return audience.size() + waiting >= services.admission().limits().consumersPerSession();
  }

  /** A consumer may join, if there is room for one. On the owner loop. */
  void letIn(Newcomers.Newcomer newcomer) {
    JoinMessage join = newcomer.join();
    if (isFull(0)) {
      newcomers.consumerWaits(newcomer);
      return;
    }
    boolean waits = (join.flags() & JoinMessage.FLAG_WAIT) != 0;
    ConsumerStage consumer =
        new ConsumerStage(
            newcomer.connection(),
            session.view(),
            session.log(),
            waits && !session.name().isClassic(),
            WireCodes.overflow(join.overflow()).orElseThrow());
    audience.add(consumer);
    if (hasNoHead()) {
      awaitFirstHead(consumer, Optional.empty());
      Placement toCome = placements.firstToCome();
      consumer.place(toCome, joined(toCome), newcomer.stage());
    } else {
      Placement place = placements.find(join.start(), join.id(), join.seq());
      settle(consumer, place, true);
      consumer.place(place, joined(place), newcomer.stage());
    }
    session.consumersChanged();
  }

  /**
   * Its cursor gets its place, or waits for it.
   *
   * @param named whether JOINED names the place, so that the consumer takes what is there
   */
  private void settle(ConsumerStage consumer, Placement place, boolean named) {
    if (place.isToCome()) {
      placements.park(new Waiting(consumer, named), place.stream(), place.seq());
    } else {
      consumer.cursor().placeAt(place.log(), place.at().position());
    }
  }

  private JoinedMessage joined(Placement place) {
    return new JoinedMessage(
        session.isLive() ? JoinedMessage.FLAG_PRODUCER_LIVE : 0,
        services.limits().maxFrame(),
        place.stream(),
        place.seq(),
        new byte[JoinMessage.RESUME_LENGTH],
        services.lingerSeconds());
  }

  // ---- links of other nodes ----

  /** Another node wants to mirror the session. */
  void joinLink(Newcomers.Newcomer newcomer) {
    Connection connection = newcomer.connection();
    if (!session.servesLinks()) {
      session.removeIfEmpty();
      connection.execute(
          () ->
              connection.fail(
                  ErrorCode.NO_SESSION,
                  SessionCluster.LINK_RETRY_MS,
                  "this node does not own the session"));
      return;
    }
    ConsumerStage link = ConsumerStage.ofLink(connection, session.view(), session.log());
    audience.add(link);
    JoinMessage join = newcomer.join();
    Placement place = placements.findLink(join);
    settle(link, place, true);
    Placement tail = placements.find(JoinMessage.START_LIVE, 0, 0);
    LinkedSession linked =
        new LinkedSession(WireCodes.of(session.view().policy()), tail.stream(), tail.seq());
    link.place(place, joined(place).with(linked), newcomer.stage());
  }

  /** How many consumers are behind a link has changed. On the owner loop. */
  @Override
  public void linkCounts(ConsumerStage link, int consumers) {
    session.execute(
        () -> {
          if (audience.contains(link)) {
            link.cursor().countsFor(consumers < 0 ? Integer.MAX_VALUE : consumers);
            session.consumersChanged();
            session.room().linkCounts();
            session.room().resumeProducer();
          }
        });
  }

  /** This node does not own the session any more: other nodes look for the one that does. */
  void closeLinks() {
    for (ConsumerStage link : audience.links()) {
      Connection connection = link.connection();
      connection.execute(
          () ->
              connection.fail(
                  ErrorCode.NO_SESSION,
                  SessionCluster.LINK_RETRY_MS,
                  "this node does not own the session any more"));
    }
  }

  // ---- one log after the other ----

  /** Another log has begun, and nothing more comes into the one before. */
  void logIsOver(SessionLog old) {
    placements.log(session.log());
    finishLog(old);
  }

  /**
   * Another log has begun that goes on with the same session, not exactly where the one before
   * ends: those who stand in that get the rest and are placed in the next by their position.
   */
  void logGoesOn(SessionLog old) {
    SessionLog next = session.log();
    old.goesOnElsewhere();
    placements.log(next);
    old.finish();
    placements.takeParkedTo(next);
    beforeFirstHead.keySet().forEach(consumer -> consumer.cursor().park(next));
    wake();
    closeIfUnused(old);
    session.room().watchStalls();
  }

  /** The log has grown. */
  void published() {
    if (!beforeFirstHead.isEmpty() && session.log().lastEpoch() != null) {
      serveBeforeFirstHead();
    }
    wake();
  }

  /** Nothing more comes but what is there. */
  void isOver() {
    serveBeforeFirstHead();
    wake();
  }

  /** Nothing more comes into a log; those who stand in it get the rest. */
  void finishLog(SessionLog old) {
    old.finish();
    placements.takeParked().forEach(Parked.Guest::logEnds);
    takeBeforeFirstHead().keySet().forEach(consumer -> goOn(consumer, Optional.empty(), false));
    wake();
    closeIfUnused(old);
    session.room().watchStalls();
  }

  // ---- the log and its readers ----

  @Override
  public LoopGroup group(EventLoop loop) {
    return audience.group(loop);
  }

  @Override
  public void drained(ConsumerStage consumer, SessionLog finished) {
    session.execute(
        () -> {
          finishDrained(consumer);
          closeIfUnused(finished);
        });
  }

  @Override
  public void roomMayHaveCome() {
    session.room().mayHaveCome();
  }

  private void finishDrained(ConsumerStage consumer) {
    if (!audience.contains(consumer)) {
      return;
    }
    SessionLog drained = consumer.cursor().log();
    boolean goesOn = !session.isWaiting() && drained.isGoingOnElsewhere();
    Optional<Epoch> last = goesOn ? Optional.ofNullable(drained.lastEpoch()) : Optional.empty();
    goOn(consumer, last, goesOn);
  }

  /**
   * A consumer has got all of a log, or waited for the first of it.
   *
   * @param last the last epoch that it has got all of, if it goes on behind that
   * @param sameSession whether the log that goes on is of the same session, so that it need not
   *     have asked to stay
   */
  private void goOn(ConsumerStage consumer, Optional<Epoch> last, boolean sameSession) {
    if (!session.isThere() || !sameSession && !consumer.waits()) {
      consumer.connection().execute(consumer::end);
      return;
    }
    if (hasNoHead()) {
      awaitFirstHead(consumer, last);
      return;
    }
    long stream = last.map(epoch -> epoch.head.stream()).orElse(0L);
    long next = last.map(epoch -> epoch.next).orElse(0L);
    Placement place = last.isPresent() ? placements.again(stream, next) : placements.oldest();
    settle(consumer, place, false);
    if (!place.isToCome()) {
      consumer.place(place, null, null);
    }
  }

  /** Whether it is not known yet where the log begins. */
  private boolean hasNoHead() {
    return session.cluster() != null
        && session.log().lastEpoch() == null
        && !session.view().isOver();
  }

  private void awaitFirstHead(ConsumerStage consumer, Optional<Epoch> last) {
    consumer.cursor().park(session.log());
    beforeFirstHead.put(consumer, last);
  }

  private Map<ConsumerStage, Optional<Epoch>> takeBeforeFirstHead() {
    Map<ConsumerStage, Optional<Epoch>> taken = new LinkedHashMap<>(beforeFirstHead);
    beforeFirstHead.clear();
    return taken;
  }

  /** The first HEAD is there, or none will come. */
  private void serveBeforeFirstHead() {
    takeBeforeFirstHead().forEach((consumer, last) -> goOn(consumer, last, true));
  }

  @Override
  public void consumerLeft(ConsumerStage gone) {
    session.execute(
        () -> {
          gone.cursor().tellTaken();
          beforeFirstHead.remove(gone);
          if (audience.remove(gone)) {
            placements.forget(gone.cursor());
            keepPlace(gone);
            session.consumersChanged();
            session.room().resumeProducer();
            giveSeat();
          }
          closeIfUnused(gone.cursor().log());
          session.removeIfEmpty();
        });
  }

  /** It has lost its connection, and may come back, unless it has said otherwise. */
  private void keepPlace(ConsumerStage gone) {
    if (gone.hasSaidBye()) {
      return;
    }
    session.room().keepPlace(gone.cursor());
    if (gone.isLink()) {
      session.room().keepLinkPlace(gone.cursor());
    }
  }

  /** One consumer less: somebody may have waited for that. */
  void giveSeat() {
    Newcomers.Newcomer next = newcomers.nextConsumer();
    if (next != null) {
      sessions.joinConsumer(session.name(), next);
    }
  }

  /** A consumer is too far behind: the log does not wait for it any more. */
  void drop(ConsumerStage consumer) {
    if (audience.remove(consumer)) {
      beforeFirstHead.remove(consumer);
      consumer.cursor().tellTaken();
      services.operations().counters().overflow(Overflow.DROP);
      placements.forget(consumer.cursor());
      session.consumersChanged();
      giveSeat();
      consumer
          .connection()
          .execute(
              () ->
                  consumer
                      .connection()
                      .fail(ErrorCode.TOO_SLOW, "too far behind for what the relay keeps"));
    }
  }

  /** What was spilled cannot be read: those who need it are dropped. */
  void dropSpilled() {
    for (ConsumerStage consumer : List.copyOf(audience.all())) {
      if (consumer.cursor().position() < session.log().start()) {
        drop(consumer);
      }
    }
  }

  /** A finished log goes when nobody stands in it any more. */
  private void closeIfUnused(@Nullable SessionLog finished) {
    if (finished != null && finished.isFinished() && !audience.isIn(finished)) {
      session.room().close(finished);
    }
  }

  /** How many consumers there are here and behind links of other nodes. */
  int everywhere() {
    return audience.everywhere();
  }

  /** The log has grown, or the session is over. */
  void wake() {
    placements.serveParked(session.view().isOver());
    audience.wake();
  }

  /** There is no way to the owner: consumers go to another node. On the owner loop. */
  void leaveElsewhere() {
    for (ConsumerStage consumer : List.copyOf(audience.all())) {
      Connection connection = consumer.connection();
      connection.execute(
          () -> connection.fail(ErrorCode.LIMIT, "this node has lost the session's producer"));
    }
  }
}
