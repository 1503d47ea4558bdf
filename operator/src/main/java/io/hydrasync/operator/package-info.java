/** What an operator sees of a relay and can do: admin requests, metrics, dashboard. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.operator;
