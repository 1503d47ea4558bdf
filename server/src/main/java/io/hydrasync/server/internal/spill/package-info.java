/**
 * Files for what logs have no room for in memory, in a directory that is nobody else's.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.spill;
