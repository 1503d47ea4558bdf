package io.hydrasync.tests.security;

import java.io.Serial;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.SecureRandomSpi;
import java.security.Security;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers whatever this JVM draws from {@link SecureRandom} in the sizes of a secret: session
 * keys, owners' seeds, credentials, X25519 keys, resume tokens. Every {@code new SecureRandom()}
 * comes here once it is installed, so that a test can look for all secrets of a run.
 */
public final class RecordingRandom extends SecureRandomSpi {
  @Serial private static final long serialVersionUID = 1L;
  private static final String NAME = "hydra-recording";
  private static final Set<Integer> SECRET_SIZES = Set.of(16, 32);
  private static final Set<String> DRAWN = ConcurrentHashMap.newKeySet();

  private final transient SecureRandom source;

  /** For the security framework. */
  public RecordingRandom() {
    try {
      source = SecureRandom.getInstance("NativePRNGNonBlocking");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Recorder extends Provider {
    @Serial private static final long serialVersionUID = 1L;

    Recorder() {
      super(NAME, "1", "remembers what is drawn");
      putService(
          new Service(this, "SecureRandom", NAME, RecordingRandom.class.getName(), null, Map.of()));
    }
  }

  static void install() {
    Security.insertProviderAt(new Recorder(), 1);
  }

  static boolean isInstalled() {
    return new SecureRandom().getAlgorithm().equals(NAME);
  }

  /** All that was drawn in the sizes of secrets, as lower-case hex. */
  static Set<String> drawn() {
    return Set.copyOf(DRAWN);
  }

  @Override
  protected void engineSetSeed(byte[] seed) {
    source.setSeed(seed);
  }

  @Override
  protected void engineNextBytes(byte[] bytes) {
    source.nextBytes(bytes);
    if (SECRET_SIZES.contains(bytes.length)) {
      DRAWN.add(HexFormat.of().formatHex(bytes));
    }
  }

  @Override
  protected byte[] engineGenerateSeed(int bytes) {
    return source.generateSeed(bytes);
  }
}
