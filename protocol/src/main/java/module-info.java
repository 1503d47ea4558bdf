/**
 * Wire 2 of hydra-sync without sockets, threads or clocks: value types, errors, the Noise NX
 * handshake and the layouts of every frame. Shared by the relay and its clients; nothing in here
 * can open a relayed frame.
 */
@SuppressWarnings("module") // the qualified exports name modules that are built later
@org.jspecify.annotations.NullMarked
module io.hydrasync.protocol {
  requires static transitive org.jspecify;

  exports io.hydrasync.protocol;
  exports io.hydrasync.protocol.check to
      io.hydrasync.cli,
      io.hydrasync.client,
      io.hydrasync.cluster,
      io.hydrasync.operator,
      io.hydrasync.server;
  exports io.hydrasync.protocol.classic to
      io.hydrasync.client,
      io.hydrasync.server;
  exports io.hydrasync.protocol.crypto to
      io.hydrasync.cli,
      io.hydrasync.client,
      io.hydrasync.cluster,
      io.hydrasync.server;
  exports io.hydrasync.protocol.noise to
      io.hydrasync.client,
      io.hydrasync.server;
  exports io.hydrasync.protocol.wire to
      io.hydrasync.client,
      io.hydrasync.server;
  exports io.hydrasync.protocol.wire.control to
      io.hydrasync.client,
      io.hydrasync.server;
  exports io.hydrasync.protocol.wire.inner to
      io.hydrasync.client,
      io.hydrasync.server;
}
