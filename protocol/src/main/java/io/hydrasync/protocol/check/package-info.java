/** What is given to a builder or a call is looked at there and then, by one class for all. */
package io.hydrasync.protocol.check;
