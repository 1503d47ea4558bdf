/** What {@code bench/run} starts: every measurement in its turn, and the page at the end. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.bench;
