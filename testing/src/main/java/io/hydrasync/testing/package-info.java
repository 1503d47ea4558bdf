/**
 * A relay that a test controls, and what stands between it and its clients: one proxy that accepts,
 * pumps, holds and cuts, with what happens to bytes on their way as a strategy. Everything ends
 * with {@code close}, and no thread keeps a JVM alive.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.testing;
