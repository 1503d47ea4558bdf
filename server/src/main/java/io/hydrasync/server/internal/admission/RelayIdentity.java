package io.hydrasync.server.internal.admission;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.check.PlainText;
import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/**
 * The relay's static X25519 key pair, and the public half of the other key that clients are told of
 * while keys are changed ({@code wire2.md} section 17). A key's file holds the private key as 64
 * hex digits and is readable by its owner only. Immutable until {@link #destroy()}, and
 * thread-safe.
 */
public final class RelayIdentity {
  /** Bytes in a private key. */
  public static final int LENGTH = X25519.LENGTH;

  private static final int MAX_BYTES = 4 << 10;
  private static final Set<PosixFilePermission> FOREIGN =
      PosixFilePermissions.fromString("---rwxrwx");

  private final byte[] privateKey;
  private final byte[] publicKey;
  private final RelayKeys keys;

  private RelayIdentity(byte[] privateKey, Optional<RelayKey> other) {
    this.privateKey = privateKey;
    publicKey = X25519.publicKey(privateKey);
    RelayKey own = RelayKey.of(publicKey);
    keys = other.map(second -> RelayKeys.of(own, second)).orElseGet(() -> RelayKeys.of(own));
  }

  static RelayIdentity of(byte[] privateKey) {
    return new RelayIdentity(privateKey.clone(), Optional.empty());
  }

  public static RelayIdentity generate() {
    return new RelayIdentity(X25519.newPrivateKey(new SecureRandom()), Optional.empty());
  }

  /**
   * Reads the key file, and of the file of the other key what clients are told.
   *
   * @param file as {@link #load(Path)}
   * @param other must be there, and is not needed afterwards
   * @throws UncheckedIOException if one cannot be read, or the first not made
   * @throws IllegalArgumentException if one does not hold a key, others may read it, or they hold
   *     the same key
   */
  public static RelayIdentity load(Path file, Optional<Path> other) {
    Optional<RelayKey> second = other.map(RelayIdentity::publicKeyIn);
    return load(file).beside(second, file);
  }

  /** Reads them as {@link #load(Path, Optional)} does, where both have to be there. */
  public static RelayIdentity read(Path file, Optional<Path> other) {
    Optional<RelayKey> second = other.map(RelayIdentity::publicKeyIn);
    try {
      return read(file).beside(second, file);
    } catch (IOException e) {
      throw unusable("the relay key file ", file, e);
    }
  }

  private static UncheckedIOException unusable(String what, Path file, IOException problem) {
    return new UncheckedIOException("cannot use " + what + Reasons.of(file, problem), problem);
  }

  private static RelayKey publicKeyIn(Path file) {
    try {
      RelayIdentity read = read(file);
      read.destroy();
      return read.publicKey();
    } catch (IOException e) {
      throw unusable("the other relay key file ", file, e);
    }
  }

  private RelayIdentity beside(Optional<RelayKey> other, Path file) {
    if (other.isPresent() && other.get().equals(publicKey())) {
      destroy();
      throw new IllegalArgumentException(
          "the relay key file " + file + " holds the same key as the other one");
    }
    return other.isEmpty() ? this : new RelayIdentity(privateKey, other);
  }

  /**
   * Reads the key file, or makes one with a fresh key if there is none.
   *
   * @throws UncheckedIOException if it cannot be read or made
   * @throws IllegalArgumentException if it does not hold a key, or others may read it
   */
  public static RelayIdentity load(Path file) {
    try {
      if (!Files.exists(file)) {
        create(file);
      }
      return read(file);
    } catch (IOException e) {
      throw unusable("the relay key file ", file, e);
    }
  }

  private static void create(Path file) throws IOException {
    byte[] key = X25519.newPrivateKey(new SecureRandom());
    String hex = HexFormat.of().formatHex(key);
    Arrays.fill(key, (byte) 0);
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    // Readable by its owner only, from the start; its name appears when it is complete.
    Path complete = Files.createTempFile(file.toAbsolutePath().getParent(), ".relay-key", ".new");
    try {
      Files.writeString(complete, hex + "\n", US_ASCII);
      Files.createLink(file, complete);
    } catch (FileAlreadyExistsException e) {
      // another relay was faster: its key is the one to read
    } finally {
      Files.delete(complete);
    }
  }

  private static RelayIdentity read(Path file) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")
        && Files.getPosixFilePermissions(file).stream().anyMatch(FOREIGN::contains)) {
      throw new IllegalArgumentException(
          "the relay key file " + file + " can be read by others; run: chmod 600 " + file);
    }
    String hex;
    try {
      hex = PlainText.read(file, MAX_BYTES).strip();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the relay key file " + e.getMessage(), e);
    }
    if (!hex.matches("[0-9a-fA-F]{64}")) {
      throw new IllegalArgumentException(
          "the relay key file " + file + " does not hold a key of 64 hex digits");
    }
    return new RelayIdentity(HexFormat.of().parseHex(hex), Optional.empty());
  }

  /** Zeroes the private key: no handshake succeeds any more. */
  public void destroy() {
    Arrays.fill(privateKey, (byte) 0);
  }

  public RelayKey publicKey() {
    return keys.first();
  }

  /** The public half of this key, and that of the other one if there is one. */
  public RelayKeys keys() {
    return keys;
  }

  public Handshake.Responder newResponder(byte[] prologue, byte[] ephemeralPrivate) {
    return new Handshake.Responder(prologue, privateKey, publicKey, ephemeralPrivate);
  }
}
