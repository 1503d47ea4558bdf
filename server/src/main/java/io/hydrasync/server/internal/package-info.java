/**
 * The relay that stands behind the exported types: what it listens with, what it consists of and
 * how it ends.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal;
