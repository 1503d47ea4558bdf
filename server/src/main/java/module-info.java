/** The relay of hydra-sync. Does not depend on the client module: a relay cannot open a frame. */
@org.jspecify.annotations.NullMarked
module io.hydrasync.server {
  requires transitive io.hydrasync.protocol;
  requires static transitive org.jspecify;
  requires io.netty.buffer;
  requires io.netty.common;
  requires io.netty.transport;
  requires static io.netty.transport.classes.epoll;
  requires static io.netty.transport.classes.io_uring;
  requires static io.netty.transport.unix.common;
  requires java.management;
  requires jdk.management;
  requires jdk.net;
  requires org.slf4j;

  exports io.hydrasync.server;
  exports io.hydrasync.server.cluster;
}
