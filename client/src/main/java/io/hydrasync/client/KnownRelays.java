package io.hydrasync.client;

import io.hydrasync.client.internal.connection.RelayTrust;
import io.hydrasync.client.internal.connection.Relays;
import io.hydrasync.client.internal.files.MemoryPins;
import io.hydrasync.client.internal.files.PinFile;
import io.hydrasync.client.internal.files.Pins;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.Reasons;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Trust on first use: a text file of lines {@code host:port key}, to which a relay is added when it
 * is joined for the first time ({@code wire2.md} section 1). Keys given by ticket or option go
 * before it and are not written to it. While a relay changes its key a line has two, {@code
 * host:port key,key}: the relay that was joined has named the second ({@code wire2.md} section 17),
 * and clients take either until it says that there is one only. Empty lines and those that begin
 * with {@code #} are kept; any other line, and two keys of one relay, make the whole file refused
 * until somebody has mended it.
 *
 * <p>Thread-safe, and safe for use by several processes: the file is replaced as a whole, in its
 * directory, which must be writable, behind a symbolic link if it is one; whoever reads sees the
 * old or the new one. A file that may only be read will do for relays that are in it. Beside it
 * stays an empty file {@code NAME.lock}. {@code /dev/null} remembers nothing, {@link #inMemory()}
 * as long as it lives.
 */
public final class KnownRelays {
  private final String place;
  private final Pins<RelayKeys> pins;

  /**
   * A file of known relays.
   *
   * @param file need not exist
   */
  public KnownRelays(Path file) {
    this(
        "in " + Arguments.given(file, "a file of known relays"),
        new PinFile<>(file, RelayKeys::parse));
  }

  private KnownRelays(String place, Pins<RelayKeys> pins) {
    this.place = place;
    this.pins = pins;
  }

  /**
   * Known relays without a file, for programs that have no place to keep one: a relay is trusted at
   * its first use, and what it showed then is expected of it as long as this object is used.
   *
   * @return nobody is known yet
   */
  public static KnownRelays inMemory() {
    return new KnownRelays("in memory", new MemoryPins<>());
  }

  /**
   * The name under which a relay is remembered.
   *
   * @param relay where it is
   * @return {@code host:port}, IPv6 without brackets
   */
  public static String nameOf(RelayAddress relay) {
    return Relays.nameOf(Arguments.given(relay, "a relay"));
  }

  /**
   * The key that a relay had when it was joined last, which is that of its first use unless the
   * relay has changed it in order.
   *
   * @param where as {@link #nameOf} says
   * @return the key, or empty if the relay is not known yet
   * @throws UncheckedIOException if the file cannot be read
   * @throws AuthenticationException RELAY_KEY_MISMATCH if a line of the file is malformed; the
   *     message names it
   */
  public Optional<RelayKey> find(String where) {
    return keys(where).map(RelayKeys::first);
  }

  /**
   * The key that a relay had when it was joined last, and the second one that it has named.
   *
   * @param where as {@link #nameOf} says
   * @return the keys, or empty if the relay is not known yet
   * @throws UncheckedIOException if the file cannot be read
   * @throws AuthenticationException RELAY_KEY_MISMATCH if a line of the file is malformed; the
   *     message names it
   */
  public Optional<RelayKeys> keys(String where) {
    Arguments.given(where, "a relay");
    return Optional.ofNullable(allKeys().get(where));
  }

  /**
   * All that are remembered, in the order of their first use.
   *
   * @return host:port and key, a copy
   * @throws UncheckedIOException if the file cannot be read
   * @throws AuthenticationException RELAY_KEY_MISMATCH if a line of the file is malformed; the
   *     message names it
   */
  public Map<String, RelayKey> all() {
    Map<String, RelayKey> first = new LinkedHashMap<>();
    allKeys().forEach((where, keys) -> first.put(where, keys.first()));
    return first;
  }

  /**
   * All that are remembered, in the order of their first use.
   *
   * @return host:port and one key or two, a copy
   * @throws UncheckedIOException if the file cannot be read
   * @throws AuthenticationException RELAY_KEY_MISMATCH if a line of the file is malformed; the
   *     message names it
   */
  public Map<String, RelayKeys> allKeys() {
    return use("read", pins::all);
  }

  /**
   * Forgets a relay: its next use counts as the first. All other lines stay as they are.
   *
   * @param where host:port
   * @return false if it was not known
   * @throws UncheckedIOException if the file cannot be read or written
   * @throws AuthenticationException RELAY_KEY_MISMATCH if a line of the file is malformed; the
   *     message names it
   */
  public boolean forget(String where) {
    Arguments.given(where, "a relay");
    return use("write", () -> pins.remove(where));
  }

  /**
   * Remembers the key of a relay that is not known yet. Writes nothing if it is known by this key,
   * be it the second one.
   *
   * @param where host:port
   * @param key the relay's key
   * @throws UncheckedIOException if the file cannot be read or written
   * @throws AuthenticationException RELAY_KEY_MISMATCH if the relay is known by another key, which
   *     stays; or if a line of the file is malformed
   * @throws IllegalArgumentException if this cannot be a relay's name: it is empty, longer than 512
   *     characters, begins with {@code #}, or holds spaces or invisible characters
   */
  public void pin(String where, RelayKey key) {
    Arguments.given(where, "a relay");
    Arguments.given(key, "a relay key");
    RelayKeys known = use("write", () -> pins.pin(where, RelayKeys.of(key)));
    if (!known.has(key)) {
      throw RelayTrust.mismatch(where, key, known);
    }
  }

  /**
   * Remembers the key of a relay, also in place of another one, in one step.
   *
   * @param where host:port
   * @param key the relay's key
   * @throws UncheckedIOException if the file cannot be read or written
   * @throws AuthenticationException RELAY_KEY_MISMATCH if a line of the file is malformed
   * @throws IllegalArgumentException if this cannot be a relay's name, as in {@link #pin}
   */
  public void replace(String where, RelayKey key) {
    replace(where, RelayKeys.of(key));
  }

  /**
   * Remembers the keys that a relay may have, also in place of others, in one step.
   *
   * @param where host:port
   * @param keys one key or two
   * @throws UncheckedIOException if the file cannot be read or written
   * @throws AuthenticationException RELAY_KEY_MISMATCH if a line of the file is malformed
   * @throws IllegalArgumentException if this cannot be a relay's name, as in {@link #pin}
   */
  public void replace(String where, RelayKeys keys) {
    Arguments.given(where, "a relay");
    Arguments.given(keys, "relay keys");
    use(
        "write",
        () -> {
          pins.replace(where, keys);
          return keys;
        });
  }

  /** Takes over what a relay has said, if it is known by the key that it has shown: the first. */
  void follow(String where, RelayKeys keys) {
    use(
        "write",
        () -> {
          pins.update(where, known -> known.has(keys.first()) ? keys : known);
          return keys;
        });
  }

  private interface Use<T> {
    T make() throws IOException;
  }

  private <T> T use(String verb, Use<T> use) {
    try {
      return use.make();
    } catch (PinFile.MalformedException e) {
      throw new AuthenticationException(
          ErrorCode.RELAY_KEY_MISMATCH, "the known relays cannot be used: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot " + verb + " the known relays " + place + ": " + Reasons.of(e) + hint(verb), e);
    }
  }

  private static String hint(String verb) {
    return verb.equals("write")
        ? " (file and directory must be writable; a relay whose key is given needs neither)"
        : "";
  }
}
