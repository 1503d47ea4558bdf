/**
 * A consumer on wire 2: reads, and makes a broken connection anew from the first frame that has not
 * been delivered. May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.client.internal.consumer;
