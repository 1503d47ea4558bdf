/**
 * {@code hydra doctor}: what could be wrong, looked for one by one, on this machine and at a relay:
 * each finding in a sentence and with what to do.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.doctor;
