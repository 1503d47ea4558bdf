/**
 * A cluster under a thousand faults: relays, etcd, producers and consumers as processes, proxies
 * between all of them, and a judge who reads what clients have written down. As a command: {@code
 * tests/bin/cluster-chaos}.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.chaos;
