package io.hydrasync.tests.chaos;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A session of a run, as all of its processes know it.
 *
 * @param index from 0
 * @param shape what flows in it
 * @param ticket for consumers; the relays' addresses in it are those of proxies
 * @param ownerSeed of an owned session
 */
record ChaosSession(int index, Shape shape, Ticket ticket, Optional<byte[]> ownerSeed) {
  private static final String FILE = "sessions";
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);
  private static final HexFormat HEX = HexFormat.of();

  /** Longer than any run: nobody gives up. */
  private static final Duration PATIENCE = Duration.ofHours(6);

  /**
   * What flows. Where nothing may be lost, what the relays retain covers most of a minute. Where
   * something may, they hold three seconds, so that policies act.
   */
  enum Shape {
    OWNED_BACKPRESSURE(true, Overflow.BACKPRESSURE, 400, 20),
    PLAIN_SKIP(false, Overflow.SKIP, 16_000, 20),
    PLAIN_SPILL(false, Overflow.SPILL, 400, 20),
    OWNED_DROP(true, Overflow.DROP, 16_000, 20),
    PLAIN_BACKPRESSURE(false, Overflow.BACKPRESSURE, 400, 20),
    OWNED_GROW(true, Overflow.GROW, 400, 20);

    final boolean owned;
    final Overflow overflow;
    final int size;
    final Duration pace;

    Shape(boolean owned, Overflow overflow, int size, int paceMillis) {
      this.owned = owned;
      this.overflow = overflow;
      this.size = size;
      pace = Duration.ofMillis(paceMillis);
    }

    boolean isLossless() {
      return overflow != Overflow.DROP && overflow != Overflow.SKIP;
    }
  }

  /** A new one. */
  static ChaosSession of(int index, List<RelayAddress> relays, RelayKey key) {
    SecureRandom random = new SecureRandom();
    Shape shape = Shape.values()[index];
    byte[] seed = new byte[OwnerKey.LENGTH];
    random.nextBytes(seed);
    byte[] plain = new byte[SessionId.LENGTH];
    random.nextBytes(plain);
    SessionId id = shape.owned ? SessionId.owned(OwnerKey.of(seed), random) : SessionId.of(plain);
    return new ChaosSession(
        index,
        shape,
        Ticket.of(relays, id, key, SessionKey.generate(random)),
        shape.owned ? Optional.of(seed) : Optional.empty());
  }

  static void write(Path directory, List<ChaosSession> sessions) throws IOException {
    StringBuilder text = new StringBuilder();
    for (ChaosSession each : sessions) {
      String seed = each.ownerSeed.map(HEX::formatHex).orElse("-");
      text.append(each.ticket.format()).append(' ').append(seed).append('\n');
    }
    Files.writeString(directory.resolve(FILE), text, US_ASCII);
  }

  static List<ChaosSession> read(Path directory) throws IOException {
    List<ChaosSession> sessions = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve(FILE), US_ASCII)) {
      String[] fields = line.split(" ", 2);
      int index = sessions.size();
      sessions.add(
          new ChaosSession(
              index,
              Shape.values()[index],
              Ticket.parse(fields[0]),
              fields[1].equals("-") ? Optional.empty() : Optional.of(HEX.parseHex(fields[1]))));
    }
    return sessions;
  }

  SessionSecrets secrets() {
    return ownerSeed
        .map(seed -> new SessionSecrets(ticket.sessionId(), ticket.sessionKey(), OwnerKey.of(seed)))
        .orElseGet(() -> new SessionSecrets(ticket.sessionId(), ticket.sessionKey()));
  }

  RelayKey relayKey() {
    return ticket.relayKey().orElseThrow();
  }

  /** All relays, this one first. */
  List<RelayAddress> relaysFrom(int first) {
    List<RelayAddress> all = ticket.addresses();
    List<RelayAddress> turned = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      turned.add(all.get((first + i) % all.size()));
    }
    return turned;
  }

  static Duration heartbeat() {
    return HEARTBEAT;
  }

  static Duration patience() {
    return PATIENCE;
  }

  /** The name of its producer's log. */
  String producerLog() {
    return producer(index);
  }

  /** The name of its producer. */
  static String producer(int index) {
    return "producer" + index;
  }

  /** The name of the log of its consumer on a host. */
  String consumerLog(int host) {
    return "consumer" + index + "-at-" + (char) ('A' + host);
  }

  @Override
  public String toString() {
    return index + " (" + shape + ")";
  }
}
