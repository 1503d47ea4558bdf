package io.hydrasync.client.internal.connection;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Why no relay of a round could be joined, and which of the reasons is told. Not thread-safe. */
final class RoundProblems {
  private final List<HydraException> problems = new ArrayList<>();

  /**
   * Whether no other relay is to be asked: what would come again there, and a session that has its
   * producer here and would get a second one elsewhere.
   */
  static boolean endsRound(HydraException problem) {
    return RetryPolicy.isFinal(problem) || problem.code() == ErrorCode.PRODUCER_EXISTS;
  }

  void add(HydraException problem) {
    problems.add(problem);
  }

  /** What does not verify says more than a refusal, and that more than what cannot be reached. */
  HydraException summary() {
    if (problems.stream().anyMatch(e -> !saysNothing(e))) {
      problems.removeIf(RoundProblems::saysNothing);
    }
    HydraException first =
        problems.stream().min(Comparator.comparingInt(RoundProblems::rank)).orElseThrow();
    if (problems.size() == 1) {
      return first;
    }
    HydraException told = first instanceof ConnectionException ? unreachable() : first;
    problems.stream().filter(e -> e != told).forEach(told::addSuppressed);
    return told;
  }

  private static boolean saysNothing(HydraException problem) {
    return problem.getCause() instanceof Dial.NothingNewException;
  }

  private static int rank(HydraException problem) {
    if (problem instanceof AuthenticationException || problem instanceof ProtocolException) {
      return 0;
    }
    return problem instanceof RelayException ? 1 : 2;
  }

  private ConnectionException unreachable() {
    boolean silent = problems.stream().allMatch(e -> e.code() == ErrorCode.TIMEOUT);
    return new ConnectionException(
        silent ? ErrorCode.TIMEOUT : ErrorCode.DISCONNECTED,
        "no relay can be joined: "
            + problems.stream().map(Throwable::getMessage).collect(Collectors.joining("; ")));
  }
}
