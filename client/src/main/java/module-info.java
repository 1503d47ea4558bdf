/** Producers and consumers of hydra-sync, and the end-to-end keys that the relay never has. */
@org.jspecify.annotations.NullMarked
module io.hydrasync.client {
  requires transitive io.hydrasync.protocol;
  requires static transitive org.jspecify;

  exports io.hydrasync.client;
}
