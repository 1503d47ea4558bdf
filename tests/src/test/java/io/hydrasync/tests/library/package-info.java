/**
 * The library in its surroundings: on the class path and the module path, with wrong arguments, on
 * virtual threads, what it allocates, and what remains of it when it is closed.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.library;
