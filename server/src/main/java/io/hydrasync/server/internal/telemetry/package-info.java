/**
 * What is counted and written down for the operator. Nothing in here has a key or a whole session
 * id.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.telemetry;
