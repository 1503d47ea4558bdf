package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.hydrasync.protocol.RelayKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trust on first use: a text file of lines {@code host:port key}, appended to when a relay is
 * joined for the first time ({@code wire2.md} section 1). Keys given by ticket or option go before
 * it and are not written to it. Safe for use by several processes.
 */
public final class KnownRelays {
  private final Path file;

  /**
   * A file of known relays.
   *
   * @param file need not exist
   */
  public KnownRelays(Path file) {
    this.file = file;
  }

  /**
   * The key that a relay had at its first use.
   *
   * @param where host:port
   * @return the key, or empty if the relay is not known yet
   * @throws UncheckedIOException if the file cannot be read
   * @throws IllegalArgumentException if the relay's line holds no key
   */
  public Optional<RelayKey> find(String where) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (var lines = Files.lines(file)) {
      return lines
          .map(line -> line.strip().split("\\s+"))
          .filter(parts -> parts.length == 2 && parts[0].equals(where))
          .findFirst()
          .map(parts -> RelayKey.parse(parts[1]));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the known relays in " + file + ": " + e, e);
    }
  }

  /**
   * All that are remembered, in the order of their first use. Lines that hold no key are left out.
   *
   * @return host:port and key, a copy
   * @throws UncheckedIOException if the file cannot be read
   */
  public Map<String, RelayKey> all() {
    Map<String, RelayKey> found = new LinkedHashMap<>();
    for (String line : lines()) {
      String[] parts = line.strip().split("\\s+");
      if (parts.length == 2) {
        try {
          found.putIfAbsent(parts[0], RelayKey.parse(parts[1]));
        } catch (IllegalArgumentException e) {
          // somebody's remark
        }
      }
    }
    return found;
  }

  private List<String> lines() {
    try {
      return Files.exists(file) ? Files.readAllLines(file, UTF_8) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the known relays in " + file + ": " + e, e);
    }
  }

  /**
   * Forgets a relay: its next use counts as the first. All other lines stay as they are.
   *
   * @param where host:port
   * @return false if it was not known
   * @throws UncheckedIOException if the file cannot be read or written
   */
  public boolean forget(String where) {
    if (!Files.exists(file)) {
      return false;
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var lock = channel.lock();
      List<String> all = lines();
      List<String> kept = all.stream().filter(line -> !isOf(where, line)).toList();
      if (kept.size() < all.size()) {
        byte[] text = kept.stream().map(line -> line + "\n").collect(joining()).getBytes(UTF_8);
        channel.write(ByteBuffer.wrap(text));
        channel.truncate(text.length);
      }
      lock.release();
      return kept.size() < all.size();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the known relays in " + file + ": " + e, e);
    }
  }

  private static boolean isOf(String where, String line) {
    String[] parts = line.strip().split("\\s+");
    return parts.length == 2 && parts[0].equals(where);
  }

  /**
   * Remembers the key of a relay that is not known yet.
   *
   * @param where host:port
   * @param key the relay's key
   * @throws UncheckedIOException if the file cannot be written
   */
  public void pin(String where, RelayKey key) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
        var lock = channel.lock();
        if (find(where).isEmpty()) {
          channel.write(ByteBuffer.wrap((where + " " + key + "\n").getBytes(UTF_8)));
        }
        lock.release();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the known relays in " + file + ": " + e, e);
    }
  }
}
