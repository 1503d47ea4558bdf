/**
 * Wake-ups that cannot be lost, one writer at a time, one live entry for each name: each class with
 * its argument, and a jcstress test.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.sync;
