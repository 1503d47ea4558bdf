package io.hydrasync.server.internal.cluster;

import io.hydrasync.protocol.ErrorCode;

/**
 * Why a connection is closed, as its ERROR says it.
 *
 * @param code the error
 * @param retryMillis when the client may come again, {@link #NEVER} for not at all
 * @param text for people
 */
public record Refusal(ErrorCode code, int retryMillis, String text) {
  /** Do not come again: FFFFFFFF on the wire. */
  public static final int NEVER = -1;

  static final Refusal REPLACED =
      new Refusal(
          ErrorCode.REPLACED, NEVER, "another producer has gone on with this session meanwhile");

  static final Refusal TAKEN_OVER =
      new Refusal(ErrorCode.REPLACED, NEVER, "another producer has taken this session over");

  /** To one that nobody may have seen: it comes back, and is told where the session stands. */
  static final Refusal CLAIM_ANEW =
      new Refusal(ErrorCode.INTERNAL, 0, "another relay has the session by now; join again");

  static final Refusal BEGIN_ABOVE =
      new Refusal(ErrorCode.INTERNAL, 0, "a higher epoch has been seen elsewhere; join again");

  static final Refusal PRODUCER_EXISTS =
      new Refusal(ErrorCode.PRODUCER_EXISTS, 1_000, "the session has a producer");

  static final Refusal ANOTHER_CLAIM =
      new Refusal(ErrorCode.LIMIT, 200, "somebody else has joined at the same time");

  static final Refusal TOO_LATE =
      new Refusal(ErrorCode.LIMIT, 200, "the join has come too late; join again");

  static final Refusal UNREACHABLE =
      new Refusal(
          ErrorCode.LIMIT,
          1_000,
          "the cluster's directory (etcd) cannot be reached; new sessions have to wait for it");

  static final Refusal NOT_WRITABLE =
      new Refusal(
          ErrorCode.LIMIT,
          1_000,
          "the cluster's directory (etcd) takes no writes; new sessions have to wait until it does");

  static final Refusal NO_SESSION =
      new Refusal(ErrorCode.NO_SESSION, 1_000, "no producer has opened this session");

  static final Refusal BEHIND =
      new Refusal(ErrorCode.LIMIT, 1_000, "this relay does not have the session yet");
}
