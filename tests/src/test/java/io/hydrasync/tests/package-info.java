/**
 * All groups of tests in full numbers, and what they tell of themselves. The tests are in the
 * packages below, one for each question that is asked of the system; what they share is in {@code
 * support}, {@code peer} and {@code network}.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests;
