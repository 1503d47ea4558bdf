/**
 * Ten thousand consumers that stall one after another, and thousands that do nothing: the relay's
 * memory against its bounds.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.crowd;
