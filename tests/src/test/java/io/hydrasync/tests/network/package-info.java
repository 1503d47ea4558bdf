/**
 * Networks between clients and a relay that do what a test says: cut, stall, delay, tear apart, or
 * change what passes.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.network;
