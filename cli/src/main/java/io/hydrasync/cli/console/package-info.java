/**
 * What a command says to its user: results on stdout, of which no loss goes unnoticed; messages,
 * progress and failures on stderr, in words or JSON. What comes from others is escaped before it is
 * printed.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.console;
