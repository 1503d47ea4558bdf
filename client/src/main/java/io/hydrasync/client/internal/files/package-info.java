/**
 * Small files that several processes share, read without a lock and replaced as a whole: pins of
 * relays, and a producer's last epoch. May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.client.internal.files;
