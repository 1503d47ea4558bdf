/**
 * Which loop a session lives on while it runs: measures how busy the loops are, decides who had
 * better be elsewhere, and brings them there.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.balance;
