/** The clients of each system, in processes of their own, that send and check every message. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.bench.client;
