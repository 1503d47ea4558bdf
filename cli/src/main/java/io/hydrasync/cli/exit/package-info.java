/**
 * How a command ends: exit codes, the failures that have one of their own, what failures are called
 * in front of a user, and the end for want of memory. Prints nothing itself and knows no other
 * package.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.exit;
