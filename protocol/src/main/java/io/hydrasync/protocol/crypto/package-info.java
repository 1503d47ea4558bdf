/** The primitives of the wire over the JDK's providers: thin, stateless, tested against vectors. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.crypto;
