/**
 * The wire of the Rust crate: every pairing of its clients and relay with ours, its versions and
 * limits, and what it cannot notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.classic;
