/**
 * What commands have in common on their command lines: groups of options, and the values that are
 * written there, such as sizes, times and addresses. An option checks itself; what it is for is
 * done elsewhere.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.option;
