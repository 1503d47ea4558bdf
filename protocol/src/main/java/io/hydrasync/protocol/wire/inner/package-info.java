/** The inner stream: control messages into SEALED frames, and out of them. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.wire.inner;
