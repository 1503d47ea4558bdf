package io.hydrasync.cli.doctor;

import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What doctor finds out about a relay on a classic wire: it joins a session that nobody has, as a
 * consumer.
 */
final class ClassicLook {
  /** After so long without a word a relay of the earlier wire counts as one that has let us in. */
  private static final Duration QUIET = Duration.ofMillis(700);

  private static final double MILLIS = 1e6;

  private final RelayAddress where;
  private final String version;
  private final Duration timeout;

  ClassicLook(RelayAddress where, String version, Duration timeout) {
    this.where = where;
    this.version = version;
    this.timeout = timeout;
  }

  /** Looks. */
  List<Finding> findings() {
    byte[] nobodys = new byte[SessionId.LENGTH];
    new SecureRandom().nextBytes(nobodys);
    HydraConsumer.Builder builder =
        HydraConsumer.builder(
                where,
                new SessionSecrets(SessionId.of(nobodys), SessionKey.generate(new SecureRandom())))
            .wire(Wire.CLASSIC)
            .classicVersion(version)
            .connectTimeout(timeout);
    long began = System.nanoTime();
    try (HydraConsumer consumer = builder.connect()) {
      double millis = (System.nanoTime() - began) / MILLIS;
      return consumer.packetBytes().isPresent()
          ? List.of(
              Finding.ok(
                  "relay",
                  text("%s serves %s; joined in %s", where, version, Units.time(millis / 1e3))),
              Finding.ok("packets", text("carry %d bytes each", consumer.packetBytes().getAsInt())))
          : List.of(silent(consumer));
    } catch (HydraException e) {
      return refused(e);
    }
  }

  /** On the earlier wires a relay says nothing but by closing the connection. */
  private Finding silent(HydraConsumer consumer) {
    try {
      consumer.receive(QUIET);
      return Finding.warn(
          "relay",
          text(
              "%s answers the hello of %s and closes the connection: for the version, or, as the Rust"
                  + " crate's relay does, because no producer is there",
              where, version));
    } catch (ReceiveTimeoutException e) {
      return Finding.ok("relay", text("%s serves %s", where, version));
    } catch (HydraException e) {
      return Finding.fail("relay", Failures.describe(e));
    }
  }

  private List<Finding> refused(HydraException problem) {
    if (problem.code() == ErrorCode.NO_SESSION) {
      return List.of(
          Finding.ok(
              "relay",
              text(
                  "%s serves %s, and takes no consumer before its producer, as the Rust crate's",
                  where, version)),
          Finding.note("packets", "not told before a session has a producer"));
    }
    return List.of(
        problem.code() == ErrorCode.INTERNAL
            ? Finding.warn("relay", Failures.describe(problem))
            : Finding.fail("relay", Failures.describe(problem)));
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
