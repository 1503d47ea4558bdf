/**
 * What a message of each type costs the relay's event loop, measured against the opening of an
 * ordinary record, with a bound for each row of the table.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.costs;
