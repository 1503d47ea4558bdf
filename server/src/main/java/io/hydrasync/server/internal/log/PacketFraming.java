package io.hydrasync.server.internal.log;

/**
 * Packets of one size, without a length: where they end is arithmetic. All whole ones that have
 * come count as one frame here, so that a read costs the same whatever their size, and nothing is
 * kept of them.
 */
public final class PacketFraming implements Framing {
  private final int packetBytes;

  /**
   * The packets of a producer.
   *
   * @param packetBytes of each, more than a length field has
   */
  public PacketFraming(int packetBytes) {
    this.packetBytes = packetBytes;
  }

  @Override
  public long check(LogReader reader, long at, long available) {
    return Math.max(packetBytes, available - available % packetBytes);
  }

  @Override
  public boolean isRecord() {
    return false;
  }

  @Override
  public void add(LogReader reader, long at, long end, long position) {
    // a log of packets needs no index
  }
}
