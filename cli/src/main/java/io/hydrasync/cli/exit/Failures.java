package io.hydrasync.cli.exit;

import static java.util.stream.Collectors.joining;

import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.StreamTruncatedException;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.check.JvmErrors;
import io.hydrasync.protocol.check.Printable;
import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.server.UnusableClassPathException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;

/** Says what happened and what to do, in words that fit on one line. */
public final class Failures {
  private static final int MAX_TEXT = 4_000;

  private Failures() {}

  /** What happened, and what to do. */
  public static String describe(Throwable problem) {
    OutOfMemoryError memory = JvmErrors.outOfMemory(problem);
    if (memory != null) {
      return "out of memory (" + memory.getMessage() + "); give the JVM more with HYDRA_JAVA_OPTS";
    }
    if (problem instanceof HydraException e) {
      return e.getMessage() + hint(e);
    }
    if (problem instanceof InterruptedException) {
      return "interrupted";
    }
    if (problem instanceof IOException e) {
      return Reasons.of(e);
    }
    if (problem instanceof LinkageError) {
      return "this installation of hydra is damaged, or was replaced while it ran; --verbose shows"
          + " where";
    }
    if (!isUnexpected(problem)) {
      return String.valueOf(problem.getMessage());
    }
    String what = problem instanceof IllegalStateException ? ": " + problem.getMessage() : "";
    return "a fault inside hydra" + what + "; --verbose shows where";
  }

  /** Whether nothing that hydra counts with ends in this. */
  static boolean isUnexpected(Throwable problem) {
    boolean told =
        problem instanceof IllegalArgumentException
            || problem instanceof UncheckedIOException
            || problem instanceof UnusableClassPathException;
    boolean fails =
        problem instanceof HydraException
            || problem instanceof IOException
            || problem instanceof InterruptedException;
    return !fails && !(told && problem.getMessage() != null);
  }

  private static String hint(HydraException problem) {
    if (problem instanceof UnsupportedByWireException) {
      return "";
    }
    if (problem instanceof TruncatedException) {
      return problem instanceof StreamTruncatedException
          ? "; what came until then is a correct beginning, --allow-gaps goes on behind it"
          : "; what came until then is a correct beginning";
    }
    return switch (problem.code()) {
      case WRONG_KEY -> "; check that the ticket is the one of this session";
      case RELAY_KEY_MISMATCH ->
          problem.getCause() != null // which tells more
              ? ""
              : " (without --key-file a relay has a new key at each start)";
      case CORRUPT, REPLAY ->
          "; the relay or the path to it is at fault, nothing of what failed was delivered";
      case GAP -> "; what came until then is complete, what follows was not taken";
      case NO_SESSION ->
          problem.getMessage().endsWith("for another session")
              ? "; is this the ticket that it has printed?"
              : "; start the producer first, or leave out --no-wait";
      case PRODUCER_EXISTS -> "; only one producer at a time may send into a session";
      case DISCONNECTED ->
          problem.getMessage().startsWith("cannot reach")
                  && !problem.getMessage().endsWith("?")
                  && !problem.getMessage().contains(": unknown host ")
              ? "; is the relay running there?"
              : "";
      case UNSUPPORTED, VERSION -> "; are this hydra and the relay of the same version?";
      default -> "";
    };
  }

  /** What has failed, by the name of what could not be written. */
  public static IOException writing(String name, IOException problem) {
    return isBrokenPipe(problem)
        ? new BrokenPipeException(problem)
        : new IOException("cannot write to " + name + ": " + describe(problem), problem);
  }

  public static boolean isBrokenPipe(IOException problem) {
    if (problem instanceof BrokenPipeException) {
      return true;
    }
    String message = problem.getMessage();
    return message != null && message.toLowerCase(Locale.ROOT).contains("pipe");
  }

  /** A text that may be anybody's, as the end of a line of ours. */
  public static String oneLine(String text) {
    String begin = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) + " ..." : text;
    return Printable.line(
        begin.lines().map(String::strip).filter(line -> !line.isEmpty()).collect(joining(" ")));
  }
}
