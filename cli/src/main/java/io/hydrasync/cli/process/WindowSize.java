package io.hydrasync.cli.process;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * How large the terminal is, for all that draw on it. It is asked once, and again when the system
 * says that it has changed (SIGWINCH). Nothing is asked before somebody wants to know. Thread-safe.
 */
public final class WindowSize {
  private static final Size USUAL = new Size(80, 24);
  private static final int FEWEST_COLUMNS = 20;

  /** Where no signal tells of a change, or there was no answer, it is asked so often. */
  private static final long POLL_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final Runnable NOBODY = () -> {};

  private final Supplier<Optional<Size>> ask;
  private final boolean watched;
  private final AtomicReference<Runnable> listener = new AtomicReference<>(NOBODY);
  private boolean watching;
  private boolean signalled;
  private volatile boolean stale = true;
  private boolean unanswered;
  private volatile long askedNanos;
  private volatile Size size = USUAL;

  /** Columns and rows, in characters. */
  public record Size(int columns, int rows) {
    /** At least 20 columns: what is narrower wraps. */
    public Size {
      columns = Math.max(FEWEST_COLUMNS, columns);
    }
  }

  private WindowSize(Supplier<Optional<Size>> ask, boolean watched) {
    this.ask = ask;
    this.watched = watched;
  }

  /** That of the terminal of this process. */
  public static WindowSize ofTerminal() {
    return new WindowSize(Terminal::size, true);
  }

  /** One that something else knows, and tells of changes with {@link #changed()}. */
  public static WindowSize of(Supplier<Size> ask) {
    return new WindowSize(() -> Optional.of(ask.get()), false);
  }

  /** As it is now; as before where it cannot be told. */
  public synchronized Size now() {
    watch();
    boolean again = watched && (unanswered || !signalled);
    if (stale || again && System.nanoTime() - askedNanos > POLL_NANOS) {
      stale = false; // before asking: a change meanwhile makes it stale again
      Optional<Size> answer = ask.get();
      unanswered = answer.isEmpty(); // on a busy machine it may not come in time
      size = answer.orElse(size);
      askedNanos = System.nanoTime();
    }
    return size;
  }

  /** Whether what is drawn would not be over what another program, such as a shell, shows. */
  public boolean mayDraw() {
    return !watched || !Terminal.isInBackground();
  }

  /** It is another one now. */
  public void changed() {
    stale = true;
    listener.get().run();
  }

  /** Calls an action, in the place of the one before, at each change; on any thread. */
  public synchronized void onChange(Runnable action) {
    listener.set(action);
    watch();
  }

  private void watch() {
    if (watched && !watching) {
      watching = true;
      signalled = Signals.handle("WINCH", this::changed);
    }
  }
}
