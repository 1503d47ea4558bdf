/** The primitives of the wire over the JDK's providers: thin, stateless, tested against vectors. */
package io.hydrasync.protocol.crypto;
