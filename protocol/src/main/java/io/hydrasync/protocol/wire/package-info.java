/** Layouts of frames and control messages of wire 2, one class each, and the inner stream. */
package io.hydrasync.protocol.wire;
