/**
 * How a consumer is written: its stage, what it is fed from, how it is moved forward over what is
 * gone, and how those of one loop are woken.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.delivery;
