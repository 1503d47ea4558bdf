package io.hydrasync.cli.exit;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.check.JvmErrors;
import java.util.List;

/**
 * The numbers with which {@code hydra} ends, and what they mean: {@link #TABLE} is what help,
 * manual pages and documents show.
 */
public final class ExitCode {
  /**
   * All was done; for recv: the producer's end was seen, or as many messages as asked for, or
   * nothing for the idle timeout.
   */
  public static final int OK = 0;

  /** Anything that has no number of its own. */
  public static final int OTHER = 1;

  /** The command line is wrong, or stdin or stdout, which the command needs, is not there. */
  public static final int USAGE = 2;

  /** Messages are missing. */
  public static final int GAP = 3;

  /**
   * A stream, or the session, stopped without its producer's end; or it was over before as many
   * messages had come as were asked for.
   */
  public static final int TRUNCATED = 4;

  /** Something did not verify, or the relay does not accept who we are. */
  public static final int AUTHENTICATION = 5;

  /** Not as many consumers came in time as were to be waited for. */
  public static final int NO_CONSUMERS = 6;

  /**
   * Something inside: there was no memory, the JVM cannot go on, or hydra has a fault. (Where
   * {@code -XX:+ExitOnOutOfMemoryError} is given, as the launchers do for {@code hydra relay} only,
   * the JVM may end with 3 before that.)
   */
  public static final int INSIDE = 70;

  /** The command of share cannot be run: what a shell answers, too. */
  public static final int NOT_RUN = 127;

  /** Nobody reads the output any more: what a shell shows for a program that SIGPIPE has ended. */
  public static final int BROKEN_PIPE = 141;

  /** All numbers, in their order. */
  public static final List<Meaning> TABLE =
      List.of(
          new Meaning(OK, "whole, or as much as --count or --idle-timeout asked for"),
          new Meaning(OTHER, "other: all that has no number of its own"),
          new Meaning(
              USAGE, "usage: the command line, the configuration, stdin or stdout is wrong"),
          new Meaning(GAP, "messages are missing"),
          new Meaning(TRUNCATED, "cut off before its end, or fewer messages than --count"),
          new Meaning(AUTHENTICATION, "a wrong key, relay or credential, or something is damaged"),
          new Meaning(NO_CONSUMERS, "not enough consumers came in time"),
          new Meaning(INSIDE, "no memory, no Java to run with, or a fault inside hydra"),
          new Meaning(NOT_RUN, "the command of share cannot be run"),
          new Meaning(BROKEN_PIPE, "nobody reads the output any more"));

  /** Which of several is told, the first of these. */
  private static final List<Integer> ORDER =
      List.of(AUTHENTICATION, TRUNCATED, GAP, NO_CONSUMERS, OTHER);

  /** How help says that. */
  public static final String SEVERAL = "Where several hold: 5, 4, 3, 6, in this order.";

  private ExitCode() {}

  /**
   * A row of the table.
   *
   * @param code the number
   * @param text what it means
   */
  public record Meaning(int code, String text) {}

  /** Of two that hold the one to end with. */
  public static int graver(int one, int other) {
    for (int code : ORDER) {
      if (one == code || other == code) {
        return code;
      }
    }
    return one == OK ? other : one;
  }

  /** How a command ends that fails with this, whatever it was told before. */
  public static int of(Throwable failure) {
    int code = alone(failure);
    if (ORDER.contains(code)) {
      for (Throwable before : failure.getSuppressed()) {
        if (before instanceof ReportedLossException loss) {
          code = graver(code, loss.exitCode());
        }
      }
    }
    return code;
  }

  private static int alone(Throwable failure) {
    if (JvmErrors.isFatal(failure) || Failures.isUnexpected(failure)) {
      return INSIDE;
    }
    if (failure instanceof GapException || failure instanceof BeginningGoneException) {
      return GAP;
    }
    if (failure instanceof UnsupportedByWireException
        || failure instanceof UnusableStreamException) {
      return USAGE;
    }
    if (failure instanceof TruncatedException || failure instanceof FewerMessagesException) {
      return TRUNCATED;
    }
    if (failure instanceof AuthenticationException) {
      return AUTHENTICATION;
    }
    if (failure instanceof HydraException e
        && (e.code() == ErrorCode.UNAUTHORIZED || e.code() == ErrorCode.NOT_OWNER)) {
      return AUTHENTICATION;
    }
    if (failure instanceof NoConsumersException) {
      return NO_CONSUMERS;
    }
    if (failure instanceof NotRunException) {
      return NOT_RUN;
    }
    return failure instanceof BrokenPipeException ? BROKEN_PIPE : OTHER;
  }
}
