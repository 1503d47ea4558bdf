package io.hydrasync.server.internal.services;

import io.hydrasync.protocol.check.UnitText;
import io.hydrasync.protocol.classic.ClassicCipher;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a relay serves clients of the Rust crate. Thread-safe. */
public final class ClassicService {
  private static final Logger LOG = LoggerFactory.getLogger(ClassicService.class);

  private final List<String> versions;
  private final int payload;
  private final boolean lossy;
  private volatile byte @Nullable [] observer;

  /**
   * A service.
   *
   * @param versions that a client may have, in the order in which they are tried; none if no client
   *     of the crate is served
   * @param payload bytes in a packet of the later wire, 0 if that is not served
   * @param lossy whether SKIP leaves out packets of the later wire without a word
   * @param observer the observers' token, or null if there is none
   */
  public ClassicService(
      List<String> versions, int payload, boolean lossy, byte @Nullable [] observer) {
    this.versions = versions;
    this.payload = versions.isEmpty() ? 0 : payload;
    this.lossy = lossy;
    this.observer = observer;
  }

  /**
   * Says so in the log if only the earlier of the crate's wires are served, though nobody has asked
   * for that: once, at the start.
   *
   * @param packet bytes of payload in a packet that do not fit
   * @param maxFrame bytes of the relay's largest frame
   */
  public void tellWhatIsNotServed(int packet, int maxFrame) {
    if (isServed() && !isLaterServed()) {
      LOG.warn(
          "clients of the crate's beta.7 and later are not served: packets of {}, the default,"
              + " are more than this relay's largest frame, {}; a smaller classic packet or"
              + " more memory helps",
          UnitText.bytes(packet),
          UnitText.bytes(maxFrame));
    }
  }

  /** Whether any client of the crate is served. */
  public boolean isServed() {
    return !versions.isEmpty();
  }

  /** Whether those of beta.7 and later are. */
  public boolean isLaterServed() {
    return payload > 0;
  }

  /** The versions that a client may have. */
  public List<String> versions() {
    return versions;
  }

  /** Bytes of payload in a packet, which the relay announces. */
  public int payload() {
    return payload;
  }

  /** Bytes of a packet as it is sent. */
  public int packetBytes() {
    return payload + ClassicCipher.PART_OVERHEAD;
  }

  public boolean isLossy() {
    return lossy;
  }

  /** Whether this is the observers' token, in a time that does not depend on it. */
  public boolean isObserver(byte[] token) {
    byte[] expected = observer;
    return expected != null && MessageDigest.isEqual(expected, token);
  }

  /** Another token from now on. */
  public void observer(byte @Nullable [] next) {
    observer = next;
  }
}
