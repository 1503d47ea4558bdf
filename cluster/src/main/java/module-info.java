/** The directory that the relays of a cluster share: in etcd, or in memory for tests. */
@org.jspecify.annotations.NullMarked
module io.hydrasync.cluster {
  requires transitive io.hydrasync.server;
  requires static transitive org.jspecify;
  requires com.google.gson;
  requires java.net.http;
  requires org.slf4j;

  exports io.hydrasync.cluster;
}
