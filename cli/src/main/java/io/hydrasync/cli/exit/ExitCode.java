package io.hydrasync.cli.exit;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.check.JvmErrors;

/** The numbers with which {@code hydra} ends. */
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
  static final int NO_CONSUMERS = 6;

  /**
   * There was no memory, or the JVM cannot go on. (Where {@code -XX:+ExitOnOutOfMemoryError} is
   * given, as the launchers do for {@code hydra relay} only, the JVM may end with 3 before that.)
   */
  public static final int OUT_OF_MEMORY = 70;

  /** The command of share cannot be run: what a shell answers, too. */
  static final int NOT_RUN = 127;

  /** Nobody reads the output any more: what a shell shows for a program that SIGPIPE has ended. */
  public static final int BROKEN_PIPE = 141;

  private ExitCode() {}

  public static int of(Throwable failure) {
    if (JvmErrors.isFatal(failure)) {
      return OUT_OF_MEMORY;
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
