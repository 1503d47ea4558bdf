package io.hydrasync.client.internal.stream;

/**
 * Remembers the number of a producer's last epoch, so that the next one is above it. For whoever
 * covers the producer's stream.
 */
public interface EpochNumbers {
  /** The last number, 0 if there has been none. */
  long last();

  /**
   * Notes an epoch, before its HEAD leaves: a crash may waste a number, never use one twice.
   *
   * @throws io.hydrasync.protocol.HydraException if that cannot be done
   */
  void note(long epoch);

  /** What the last one is called in a message, such as "this producer's last epoch is". */
  String describe();
}
