package io.hydrasync.server.internal.balance;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides who had better be on another loop, from what has been measured in one window after the
 * other. No I/O, no clock: time is counted in windows.
 *
 * <p>A session belongs on one loop, its producer's: every loop more has to be woken, reads the same
 * bytes into another processor's cache and carries fewer of them in each write. So it stays there
 * while that loop has time.
 *
 * <ul>
 *   <li>A loop that is <i>hot</i> gives whole sessions away, all but its busiest, to a loop that
 *       has clearly more time. That takes no processor that is idle: a loop with little to do gets
 *       its turn on a processor soon, behind a loop that is hot one waits for whole rounds.
 *   <li>A loop that is hot by one session alone gives half of that session's work away, if the
 *       machine has a processor with nothing to do. Where it has none, because the clients run
 *       there too, perhaps, a second loop would only take from the first.
 *   <li>A session that has been spread and does not get more through by it comes back, and is left
 *       alone for a time that doubles each time.
 *   <li>A session that is spread comes back when all of it has had room on its producer's loop for
 *       a while.
 * </ul>
 *
 * <p>Between hot and calm is a wide gap, both take several windows, and after each move there is a
 * pause to measure what it has brought: a load that swings does not make connections swing. Not
 * thread-safe.
 *
 * @param <S> sessions
 * @param <L> loops
 */
final class BalanceRules<S, L> {
  /** From here on a loop is hot, if it stays so. */
  static final double HOT = 0.85;

  /** Where all of a session has to fit on one loop, with what else is there, to come back. */
  static final double CALM = 0.5;

  /** What a loop may have to do that gets whole sessions. */
  static final double FULL = 0.7;

  /** By how much loops have to differ. */
  static final double CLEARLY = 0.2;

  /** Processors with nothing to do that it takes to spread a session. */
  static final double IDLE_PROCESSORS = 0.9;

  /** How much more has to get through for a session to stay spread. */
  static final double GAIN = 1.1;

  static final int HOT_WINDOWS = 2;
  static final int CALM_WINDOWS = 8;
  static final int PAUSE_WINDOWS = 2;

  /** How long what spreading brings is measured, behind the pause. */
  static final int TRIAL_WINDOWS = 4;

  static final int FIRST_BACKOFF_WINDOWS = 40;
  static final int MOST_BACKOFF_WINDOWS = 1_200;

  private static final long NEVER = Long.MIN_VALUE / 2;

  private final Map<L, Integer> hotFor = new HashMap<>();
  private final Map<S, History> histories = new HashMap<>();
  private long window;
  private long quietUntil;

  /** What has been seen of a session. */
  private static final class History {
    /** Whether it is spread, or about to be. */
    private boolean open;

    private int calmFor;
    private long trialFrom = NEVER;
    private long bytesBefore;
    private long bytesSince;
    private long notBefore;
    private int backoff = FIRST_BACKOFF_WINDOWS;
  }

  /** Whether anything can come of the next window, so that it is worth to find out the shares. */
  boolean wantsShares(Collection<Double> loads) {
    return histories.values().stream().anyMatch(history -> history.open)
        || loads.stream().anyMatch(load -> load >= CALM);
  }

  /** Another window of which the shares were not wanted. */
  void calmWindow() {
    window++;
    hotFor.clear();
  }

  /**
   * The moves after another window; mostly none.
   *
   * @param loads how busy each loop was, 0 to 1
   * @param shares of all sessions on all loops that have any
   * @param idleProcessors of the machine, as a number of processors
   */
  List<Move<S, L>> next(Map<L, Double> loads, List<Share<S, L>> shares, double idleProcessors) {
    window++;
    Map<S, List<Share<S, L>>> bySession = new LinkedHashMap<>();
    shares.forEach(
        share -> bySession.computeIfAbsent(share.session(), key -> new ArrayList<>()).add(share));
    histories.keySet().retainAll(bySession.keySet());
    hotFor.keySet().retainAll(loads.keySet());
    loads.forEach(
        (loop, load) -> hotFor.put(loop, load >= HOT ? hotFor.getOrDefault(loop, 0) + 1 : 0));
    List<Move<S, L>> moves = new ArrayList<>();
    bySession.forEach((session, parts) -> watch(session, parts, loads, moves));
    if (moves.isEmpty() && window >= quietUntil) {
      relieve(loads, shares, bySession, idleProcessors, moves);
    }
    if (!moves.isEmpty()) {
      quietUntil = window + PAUSE_WINDOWS;
    }
    return moves;
  }

  /** A session that is spread may have to come back. */
  private void watch(
      S session, List<Share<S, L>> parts, Map<L, Double> loads, List<Move<S, L>> moves) {
    Share<S, L> home = parts.stream().filter(Share::home).findFirst().orElse(null);
    boolean spread =
        home != null && parts.stream().anyMatch(part -> !part.home() && part.consumers() > 0);
    History history = histories.get(session);
    if (!spread) {
      if (history != null) {
        history.open = window - history.trialFrom <= PAUSE_WINDOWS; // it may be on its way
        if (!history.open) {
          history.trialFrom = NEVER; // those who were to be elsewhere have gone: nothing to measure
        }
        if (!history.open && window >= history.notBefore + MOST_BACKOFF_WINDOWS) {
          histories.remove(session);
        }
      }
      return;
    }
    if (history == null) {
      history = new History();
      histories.put(session, history);
    }
    history.open = true;
    double away = parts.stream().filter(part -> part != home).mapToDouble(Share::busy).sum();
    boolean fits = loads.getOrDefault(home.loop(), 0.0) + away <= CALM;
    history.calmFor = fits ? history.calmFor + 1 : 0;
    if (history.calmFor >= CALM_WINDOWS || hasFailed(history, bytes(parts))) {
      history.calmFor = 0;
      history.trialFrom = NEVER;
      moves.add(new Move.Gather<>(session, home.loop()));
    }
  }

  /** Whether spreading it has been tried for long enough and has brought too little. */
  private boolean hasFailed(History history, long bytes) {
    long since = window - history.trialFrom;
    if (history.trialFrom == NEVER || since <= PAUSE_WINDOWS) {
      return false;
    }
    history.bytesSince += bytes;
    if (since < PAUSE_WINDOWS + TRIAL_WINDOWS) {
      return false;
    }
    history.trialFrom = NEVER;
    boolean failed = history.bytesSince < GAIN * history.bytesBefore * TRIAL_WINDOWS;
    if (failed) {
      history.notBefore = window + history.backoff;
      history.backoff = Math.min(MOST_BACKOFF_WINDOWS, 2 * history.backoff);
    } else {
      history.backoff = FIRST_BACKOFF_WINDOWS;
    }
    return failed;
  }

  private long bytes(List<Share<S, L>> parts) {
    return parts.stream().mapToLong(Share::bytes).sum();
  }

  /**
   * A hot loop gives away what another one has time for: the hottest of those that can. Others do
   * not wait for one that has nothing to give.
   */
  private void relieve(
      Map<L, Double> loads,
      List<Share<S, L>> shares,
      Map<S, List<Share<S, L>>> bySession,
      double idleProcessors,
      List<Move<S, L>> moves) {
    L coolest = loads.keySet().stream().min(Comparator.comparingDouble(loads::get)).orElse(null);
    if (coolest == null) {
      return;
    }
    loads.keySet().stream()
        .filter(loop -> hotFor.getOrDefault(loop, 0) >= HOT_WINDOWS)
        .filter(loop -> loads.get(loop) - loads.get(coolest) >= CLEARLY)
        .sorted(Comparator.<L>comparingDouble(loads::get).reversed())
        .takeWhile(loop -> moves.isEmpty())
        .forEach(loop -> relieve(loop, coolest, loads, shares, bySession, idleProcessors, moves));
  }

  private void relieve(
      L hottest,
      L coolest,
      Map<L, Double> loads,
      List<Share<S, L>> shares,
      Map<S, List<Share<S, L>>> bySession,
      double idleProcessors,
      List<Move<S, L>> moves) {
    double hot = loads.get(hottest);
    double cool = loads.get(coolest);
    List<Share<S, L>> there =
        shares.stream()
            .filter(share -> share.loop().equals(hottest))
            .sorted(Comparator.<Share<S, L>>comparingDouble(Share::busy).reversed())
            .toList();
    giveSessions(there, bySession, hottest, coolest, hot, cool, moves);
    if (moves.isEmpty() && !there.isEmpty() && idleProcessors >= IDLE_PROCESSORS) {
      spread(
          there.get(0), bytes(bySession.get(there.get(0).session())), coolest, hot - cool, moves);
    }
  }

  /** All but the busiest, as far as the other loop gets no busier by it than this one remains. */
  private void giveSessions(
      List<Share<S, L>> there,
      Map<S, List<Share<S, L>>> bySession,
      L hottest,
      L coolest,
      double hot,
      double cool,
      List<Move<S, L>> moves) {
    double given = 0;
    for (Share<S, L> share : there.subList(Math.min(1, there.size()), there.size())) {
      boolean whole = share.home() && bySession.get(share.session()).size() == 1;
      double then = given + share.busy();
      if (whole && share.busy() > 0 && cool + then <= Math.min(FULL, hot - then)) {
        given = then;
        moves.add(new Move.Whole<>(share.session(), hottest, coolest));
      }
    }
  }

  private void spread(
      Share<S, L> busiest, long bytes, L coolest, double difference, List<Move<S, L>> moves) {
    History history = histories.computeIfAbsent(busiest.session(), key -> new History());
    if (busiest.consumers() < 2 || window < history.notBefore || history.trialFrom != NEVER) {
      return;
    }
    history.open = true;
    history.trialFrom = window;
    history.bytesBefore = bytes;
    history.bytesSince = 0;
    moves.add(
        new Move.Spread<>(
            busiest.session(), busiest.loop(), coolest, Math.min(busiest.busy(), difference) / 2));
  }
}
