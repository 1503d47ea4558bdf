/**
 * What comes from elsewhere, looked at by one class for all: what is given to a builder or a call,
 * there and then, and texts before they are shown.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.check;
