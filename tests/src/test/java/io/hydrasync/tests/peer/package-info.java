/**
 * Clients and relays that are not the library's: by hand over the wire, as far as a test wants to
 * go and wrong where it wants to be; and the peers in Python, written from the wire's description
 * alone.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.peer;
