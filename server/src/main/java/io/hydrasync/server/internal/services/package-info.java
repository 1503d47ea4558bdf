/**
 * What all connections and sessions of one relay are told, and which knows none of them.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.services;
