/** The control messages of wire 2, one class for each layout. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.wire.control;
