/**
 * The commands of users: send, recv and share, and those for tickets, keys and known relays. Each
 * is a command line and what is done in which order; how it is done is in the packages that they
 * share.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.command;
