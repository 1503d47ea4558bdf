package io.hydrasync.server;

import io.hydrasync.server.internal.arrival.Admins;

/**
 * Answers the requests of admins. It speaks JSON, so that the relay itself need not.
 *
 * <p>Called on a thread of its own, one request at a time, and may block for a moment: the relay's
 * data path does not wait for it, other admins do.
 */
@FunctionalInterface
public interface AdminHandler {
  /** Largest reply in bytes. */
  int MAX_REPLY = Admins.MAX_REPLY;

  /**
   * Answers a request.
   *
   * @param relay what the relay tells and lets change
   * @param request UTF-8 JSON of at most 64 KiB from an admin whose credential was checked; not to
   *     be kept
   * @return UTF-8 JSON of at most {@link #MAX_REPLY} bytes; the relay's from now on. Where there is
   *     more, or where this throws, the admin gets ERROR INTERNAL
   */
  byte[] answer(RelayOperator relay, byte[] request);
}
