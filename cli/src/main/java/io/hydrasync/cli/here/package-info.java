/**
 * A relay inside the command that sends, for its session alone: where others reach it, and how far
 * each of them has come.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.here;
