package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.protocol.RelayKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
