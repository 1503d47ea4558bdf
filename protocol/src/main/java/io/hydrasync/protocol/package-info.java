/** Value types, limits and errors that producers, consumers and the relay share. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol;
