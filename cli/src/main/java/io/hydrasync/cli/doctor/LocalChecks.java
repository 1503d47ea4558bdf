package io.hydrasync.cli.doctor;

import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.protocol.crypto.AesGcm;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import io.hydrasync.server.UnusableClassPathException;
import java.security.Key;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What doctor looks at on this machine. */
final class LocalChecks {
  private static final int FASTEST_JDK = 25;
  private static final int BLOCK = 64 << 10;
  private static final int ROUNDS = 40;
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final double NANOS = 1e9;

  /** Bytes a second; with AES instructions it is several times that. */
  private static final double ENOUGH = 500 << 20;

  private LocalChecks() {}

  static Finding java() {
    int version = Runtime.version().feature();
    String name =
        Runtime.version() + " of " + System.getProperty("java.vendor", "an unknown vendor");
    return version >= FASTEST_JDK
        ? Finding.ok("java", name)
        : Finding.warn("java", name + "; works, but hydra is fastest on " + FASTEST_JDK);
  }

  /** Seals blocks as a producer does, on one thread. */
  static Finding crypto() {
    return crypto(ENOUGH);
  }

  /**
   * Whether it is fast enough. How fast it is depends on what the compiler has come to and on what
   * else the machine does, and cannot be told in a second; so there is a figure only where even the
   * best of all rounds is too slow.
   *
   * @param enough bytes a second
   */
  static Finding crypto(double enough) {
    AesGcm cipher = new AesGcm();
    Key key = AesGcm.key(new byte[AesGcm.KEY_LENGTH], 0);
    byte[] plaintext = new byte[BLOCK];
    byte[] sealed = new byte[BLOCK + AesGcm.TAG_LENGTH];
    long nonce = 0;
    double best = 0;
    for (int round = 0; round < ROUNDS && best < enough; round++) {
      long began = System.nanoTime();
      long end = seal(cipher, key, plaintext, sealed, nonce, ROUND_NANOS);
      best = Math.max(best, (end - nonce) * BLOCK / ((System.nanoTime() - began) / NANOS));
      nonce = end;
    }
    return best >= enough
        ? Finding.ok(
            "crypto", "AES-256-GCM is fast: more than " + Units.rate(enough) + " on one thread")
        : Finding.warn(
            "crypto",
            "AES-256-GCM is slow: "
                + Units.rate(best)
                + " on one thread; is the machine busy, or a JVM without AES instructions in use?");
  }

  private static long seal(
      AesGcm cipher, Key key, byte[] plaintext, byte[] sealed, long first, long nanos) {
    byte[] nonce = new byte[AesGcm.NONCE_LENGTH];
    long began = System.nanoTime();
    long number = first;
    while (System.nanoTime() - began < nanos) {
      for (int i = 0; i < Long.BYTES; i++) {
        nonce[i] = (byte) (number >>> (Byte.SIZE * i));
      }
      cipher.seal(key, nonce, new byte[0], 0, 0, plaintext, 0, plaintext.length, sealed, 0);
      number++;
    }
    return number;
  }

  /** Starts a relay with each transport. */
  static Finding transports() {
    List<String> usable = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Transport transport : EnumSet.complementOf(EnumSet.of(Transport.AUTO))) {
      String name = transport.name().toLowerCase(Locale.ROOT);
      try (HydraServer relay =
          HydraServer.builder().transport(transport).eventLoopThreads(1).bind()) {
        usable.add(relay.address().getPort() > 0 ? name : "");
      } catch (UnusableClassPathException e) {
        return Finding.fail("transport", Failures.describe(e));
      } catch (RuntimeException e) {
        missing.add(name);
      }
    }
    if (!usable.contains("nio")) {
      return Finding.fail("transport", "no relay can listen on 127.0.0.1");
    }
    return Finding.ok(
        "transport",
        "a relay here uses "
            + (usable.contains("epoll") ? "epoll" : "nio")
            + " unless told otherwise; it could use "
            + String.join(", ", usable)
            + (missing.isEmpty() ? "" : "; not " + String.join(", ", missing)));
  }
}
