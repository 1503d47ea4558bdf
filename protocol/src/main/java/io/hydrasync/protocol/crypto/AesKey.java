package io.hydrasync.protocol.crypto;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * An AES-256 key that can be zeroed, which the JDK's own cannot. Thread-safe: whoever uses it while
 * it is being destroyed gets the whole key or an exception, never a key that is partly zero.
 */
public final class AesKey implements SecretKey {
  private static final long serialVersionUID = 1L;

  private final transient byte[] bytes;
  private transient volatile boolean destroyed;

  AesKey(byte[] source, int offset) {
    bytes = Arrays.copyOfRange(source, offset, offset + AesGcm.KEY_LENGTH);
  }

  @Override
  public String getAlgorithm() {
    return "AES";
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  /**
   * The key itself.
   *
   * @return 32 bytes, a copy
   * @throws IllegalStateException if the key has been destroyed
   */
  @Override
  public byte[] getEncoded() {
    byte[] copy = bytes.clone();
    VarHandle.acquireFence(); // a zero that was copied is seen after the flag in front of it
    if (destroyed) {
      Arrays.fill(copy, (byte) 0);
      throw new IllegalStateException("the key has been destroyed");
    }
    return copy;
  }

  /** Zeroes the key. Later uses fail with {@link IllegalStateException}. */
  @Override
  public void destroy() {
    destroyed = true;
    VarHandle.fullFence(); // no byte is zero before the flag says so
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public boolean isDestroyed() {
    return destroyed;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AesKey that && Hashes.constantTimeEquals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return AesKey.class.hashCode();
  }

  @Override
  public String toString() {
    return "AesKey[secret]";
  }

  /**
   * Refuses.
   *
   * @param out not written to
   * @throws NotSerializableException always
   * @serialData none: a key is not written anywhere
   */
  private void writeObject(ObjectOutputStream out) throws NotSerializableException {
    throw new NotSerializableException("a key is not written anywhere");
  }
}
