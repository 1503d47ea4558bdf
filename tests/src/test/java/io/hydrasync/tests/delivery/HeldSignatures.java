package io.hydrasync.tests.delivery;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.InvalidParameterException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands in front of the JDK's Ed25519 while it is open: knows on which threads the signatures of
 * HEADs are verified, and lets a test hold them up. One at a time in a JVM.
 */
final class HeldSignatures extends Provider implements AutoCloseable {
  private static final long serialVersionUID = 1L;
  private static final byte[] HEAD_LABEL = "hydra-sync/2 head".getBytes(StandardCharsets.US_ASCII);
  private static final int MANY = 1 << 30;

  private final transient Semaphore permits = new Semaphore(MANY);
  private final transient Set<String> threads = ConcurrentHashMap.newKeySet();
  private final transient AtomicInteger begun = new AtomicInteger();

  HeldSignatures() {
    super("HeldSignatures", "1", "the JDK's, watched");
    putService(
        new Service(this, "Signature", "Ed25519", Watched.class.getName(), List.of(), null) {
          @Override
          public Object newInstance(Object parameter) {
            return new Watched();
          }
        });
    Security.insertProviderAt(this, 1);
  }

  /** From now on HEADs are verified only when {@link #release} lets them. */
  void hold() {
    permits.drainPermits();
  }

  /** So many more may be verified. */
  void release(int heads) {
    permits.release(heads);
  }

  void releaseAll() {
    permits.drainPermits();
    permits.release(MANY);
  }

  /** Where HEADs were verified. */
  Set<String> threads() {
    return threads;
  }

  /** How many verifications have begun. */
  int begun() {
    return begun.get();
  }

  @Override
  public void close() {
    Security.removeProvider(getName());
    releaseAll();
  }

  /** The JDK's signature. */
  private final class Watched extends SignatureSpi {
    private final Signature real;
    private boolean isHead;

    Watched() {
      try {
        real = Signature.getInstance("Ed25519", "SunEC");
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    protected void engineInitVerify(PublicKey key) throws InvalidKeyException {
      real.initVerify(key);
    }

    @Override
    protected void engineInitSign(PrivateKey key) throws InvalidKeyException {
      real.initSign(key);
    }

    @Override
    protected void engineUpdate(byte b) throws SignatureException {
      real.update(b);
    }

    @Override
    protected void engineUpdate(byte[] bytes, int from, int length) throws SignatureException {
      isHead |=
          length > HEAD_LABEL.length
              && Arrays.equals(
                  bytes, from, from + HEAD_LABEL.length, HEAD_LABEL, 0, HEAD_LABEL.length);
      real.update(bytes, from, length);
    }

    @Override
    protected byte[] engineSign() throws SignatureException {
      return real.sign();
    }

    @Override
    protected boolean engineVerify(byte[] signature) throws SignatureException {
      if (isHead) {
        threads.add(Thread.currentThread().getName());
        begun.incrementAndGet();
        permits.acquireUninterruptibly();
      }
      return real.verify(signature);
    }

    @Override
    @Deprecated
    protected void engineSetParameter(String name, Object value) {
      throw new InvalidParameterException(name);
    }

    @Override
    @Deprecated
    protected Object engineGetParameter(String name) {
      throw new InvalidParameterException(name);
    }
  }
}
