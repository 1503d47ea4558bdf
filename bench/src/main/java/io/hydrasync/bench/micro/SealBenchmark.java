package io.hydrasync.bench.micro;

import io.hydrasync.client.internal.stream.FrameSealer;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Sealing and opening a frame, header, key schedule and nonce included, beside the JDK's cipher
 * used as directly as it can be: init, associated data, doFinal.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SealBenchmark {
  private static final int TAG_BITS = 128;

  /** Bytes of the message. */
  @Param({"64", "1024", "65536"})
  public int size;

  private byte[] plaintext = new byte[0];
  private byte[] frame = new byte[0];
  private byte[] opened = new byte[0];
  private FrameSealer sealer = newSealer();
  private byte[] bareFrame = new byte[0];
  private Cipher sealing = newCipher();
  private Cipher opening = newCipher();
  private SecretKeySpec key = new SecretKeySpec(new byte[32], "AES");
  private byte[] nonce = new byte[12];
  private long counter;

  private static Cipher newCipher() {
    try {
      return Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static FrameSealer newSealer() {
    return FrameSealer.open(
        SessionSecrets.generate().id(),
        SessionKey.of(new byte[32]),
        Optional.empty(),
        1,
        1,
        0,
        0,
        new byte[32]);
  }

  /** Makes one frame to open. */
  @Setup
  public void setUp() throws GeneralSecurityException {
    plaintext = new byte[size];
    frame = new byte[size + Frames.OVERHEAD];
    bareFrame = new byte[size + Frames.OVERHEAD];
    opened = new byte[size];
    seal();
    bareSeal();
    sealed = frame.clone();
    sealedBare = bareFrame.clone();
    openNonce = nonce.clone();
  }

  private byte[] sealed = new byte[0];
  private byte[] sealedBare = new byte[0];
  private byte[] openNonce = new byte[12];

  /** A frame as the producer seals it. */
  @Benchmark
  public int seal() {
    return sealer.seal(Frames.DATA, plaintext, 0, size, frame, 0);
  }

  /** The same with the bare cipher. */
  @Benchmark
  public int bareSeal() throws GeneralSecurityException {
    Frames.putU64(nonce, 4, counter++);
    Frames.putHeader(bareFrame, 0, Frames.DATA, counter, size);
    sealing.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
    sealing.updateAAD(bareFrame, 0, Frames.HEADER);
    return sealing.doFinal(plaintext, 0, size, bareFrame, Frames.HEADER);
  }

  /** A frame as the consumer opens it. */
  @Benchmark
  public byte[] open() {
    sealer.reopen(sealed, 0, sealed.length, opened);
    return opened;
  }

  /** The same with the bare cipher. */
  @Benchmark
  public int bareOpen() throws GeneralSecurityException {
    opening.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, openNonce));
    opening.updateAAD(sealedBare, 0, Frames.HEADER);
    return opening.doFinal(sealedBare, Frames.HEADER, sealedBare.length - Frames.HEADER, opened, 0);
  }
}
