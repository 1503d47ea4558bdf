/**
 * For tests of applications: a relay in this JVM that is stopped and started again, and networks
 * between it and its clients that fail on demand. Needs no test framework.
 */
@org.jspecify.annotations.NullMarked
module io.hydrasync.testing {
  requires transitive io.hydrasync.server;
  requires static transitive org.jspecify;

  exports io.hydrasync.testing;
}
