/**
 * Who may connect, shake hands, join, produce and have signatures checked, and how often; the
 * relay's own key.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.admission;
