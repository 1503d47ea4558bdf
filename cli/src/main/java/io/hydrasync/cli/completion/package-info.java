/**
 * {@code hydra completion}: scripts for shells, made from what picocli knows of the commands. May
 * change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.completion;
