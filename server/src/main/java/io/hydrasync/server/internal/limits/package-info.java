/**
 * What a relay may hold, and for how long: its numbers, its overflow rules, and the budgets that
 * keep memory within them.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.limits;
