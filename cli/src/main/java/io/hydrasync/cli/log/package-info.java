/**
 * What goes to the log: logback set up from the environment, lines as text or JSON, a file that is
 * opened again when it is rotated, and no word of an error that ends the process and is told
 * elsewhere.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.log;
