package io.hydrasync.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class AesKeyTest {
  private static final byte[] BYTES = new byte[AesGcm.KEY_LENGTH];

  static {
    Arrays.fill(BYTES, (byte) 0x5A);
  }

  @Test
  void givesNothingAwayOnceDestroyed() {
    AesKey key = AesGcm.key(BYTES, 0);
    assertThat(key.getEncoded()).isEqualTo(BYTES);

    key.destroy();

    assertThat(key.isDestroyed()).isTrue();
    assertThatThrownBy(key::getEncoded).isInstanceOf(IllegalStateException.class);
    assertThat(key).isNotEqualTo(AesGcm.key(BYTES, 0)).isEqualTo(AesGcm.key(new byte[32], 0));
  }

  @Test
  void sealsAndOpensNothingOnceDestroyed() {
    AesKey key = AesGcm.key(BYTES, 0);
    key.destroy();
    byte[] out = new byte[32];

    assertThatThrownBy(
            () -> new AesGcm().seal(key, new byte[12], BYTES, 0, 0, BYTES, 0, 16, out, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () -> new AesGcm().open(key, new byte[12], BYTES, 0, 0, BYTES, 0, 32, out, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThat(out).containsOnly(0);
  }

  @Test
  void isNeverSeenPartlyZeroed() throws Exception {
    for (int round = 0; round < 500; round++) {
      AesKey key = AesGcm.key(BYTES, 0);
      CountDownLatch reading = new CountDownLatch(1);
      Thread destroyer =
          new Thread(
              () -> {
                try {
                  reading.await();
                } catch (InterruptedException e) {
                  return;
                }
                key.destroy();
              });
      destroyer.start();
      while (true) {
        try {
          reading.countDown();
          assertThat(Arrays.equals(key.getEncoded(), BYTES)).isTrue();
        } catch (IllegalStateException e) {
          break;
        }
      }
      destroyer.join();
    }
  }

  @Test
  void showsAndSerializesNothing() {
    AesKey key = AesGcm.key(BYTES, 0);

    assertThat(key.toString()).doesNotContain("5a").doesNotContain(HexFormat.of().formatHex(BYTES));
    assertThatThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(key))
        .isInstanceOf(NotSerializableException.class);
  }
}
