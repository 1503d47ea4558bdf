/**
 * Commands of the user's that this one runs: with which environment, how what they print is read,
 * and how they end, with all that they have started and within a time that is given to them.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.exec;
