/** Value types, limits and errors that producers, consumers and the relay share. */
package io.hydrasync.protocol;
