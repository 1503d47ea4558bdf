/**
 * Machines and networks that fail: cut and delayed connections, processes that are killed, heaps
 * and memory that are too small, for minutes or for hours; what is delivered all the same.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.faults;
