/**
 * Decisions about a session, on its owner loop: who produces, where consumers begin, what is kept
 * and who is given up when there is no room.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.session;
