/**
 * Secrets at the shell: where they are read from so that others need not see them, the files that
 * hold tickets, keys and credentials and are readable by their owner only, and how they are kept
 * out of messages.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.secret;
