package io.hydrasync.tests.library;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Fixture;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Future;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** The data path allocates per frame what the JDK's cipher does, and per message nothing. */
class AllocationIT {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int WARM_UP = 20_000;
  private static final int FRAMES = 50_000;
  private static final int SIZE = 200;
  private static final int SLACK = 64; // what the JIT leaves differs by some bytes

  @Test
  void allocatesPerFrameNoMoreThanTheBareCipher() throws Exception {
    double bare = bytesPerSeal();
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = // with a ring that the warm-up fills
            HydraProducer.builder(relay.address(), session)
                .ring(2 << 20)
                .coalesce(false)
                .connect();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      Future<Double> receiving = Fixture.async(() -> bytesPerReceive(consumer));
      double sending = bytesPerBroadcast(producer);
      double received = Fixture.join(receiving);
      System.out.printf(
          "allocated per frame: bare cipher %.0f, broadcast %.0f, receive %.0f bytes%n",
          bare, sending, received);

      assertThat(sending).isLessThanOrEqualTo(bare + SLACK);
      assertThat(received).isLessThanOrEqualTo(bare + SLACK);
    }
  }

  private static double bytesPerBroadcast(HydraProducer producer) {
    byte[] message = new byte[SIZE];
    for (int i = 0; i < WARM_UP; i++) {
      producer.broadcast(message);
    }
    long before = allocated();
    for (int i = 0; i < FRAMES; i++) {
      producer.broadcast(message);
    }
    return (allocated() - before) / (double) FRAMES;
  }

  private static double bytesPerReceive(HydraConsumer consumer) {
    for (int i = 0; i < WARM_UP; i++) {
      consumer.receive();
    }
    long before = allocated();
    for (int i = 0; i < FRAMES; i++) {
      consumer.receive();
    }
    return (allocated() - before) / (double) FRAMES;
  }

  /** What init, updateAAD and doFinal of the JDK allocate, whichever direction takes more. */
  private static double bytesPerSeal() throws Exception {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    SecretKeySpec key = new SecretKeySpec(new byte[32], "AES");
    byte[] nonce = new byte[12];
    byte[] plaintext = new byte[SIZE];
    byte[] sealed = new byte[SIZE + 16];
    byte[] ad = new byte[13];
    double most = 0;
    for (int round = 0; round < 2; round++) {
      long before = allocated();
      for (int i = 0; i < FRAMES; i++) {
        nonce[0] = (byte) round;
        nonce[9] = (byte) (i >>> 16);
        nonce[10] = (byte) (i >>> 8);
        nonce[11] = (byte) i;
        cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, nonce));
        cipher.updateAAD(ad, 0, 13);
        cipher.doFinal(plaintext, 0, SIZE, sealed, 0);
      }
      most = (allocated() - before) / (double) FRAMES;
    }
    long before = allocated();
    for (int i = 0; i < FRAMES; i++) {
      cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, nonce));
      cipher.updateAAD(ad, 0, 13);
      cipher.doFinal(sealed, 0, sealed.length, plaintext, 0);
    }
    return Math.max(most, (allocated() - before) / (double) FRAMES);
  }

  private static long allocated() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
