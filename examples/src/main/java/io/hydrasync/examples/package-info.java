/** Small whole programs, which the tests run. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.examples;
