package io.hydrasync.cluster;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.PlainText;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.server.cluster.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * 32 secret bytes that all relays of a cluster know, and nobody else: what one of them writes of
 * itself into the directory has a MAC under this key, and the links between them a credential made
 * of it. Immutable and thread-safe; never shown.
 */
public final class ClusterKey {
  /** Bytes in a key. */
  public static final int LENGTH = 32;

  private static final int MAX_FILE = 4 << 10;
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");
  private static final Set<PosixFilePermission> FOREIGN =
      PosixFilePermissions.fromString("---rwxrwx");
  private static final byte[] NODE = Hashes.label("node");
  private static final byte[] LINK = Hashes.label("link");

  private final byte[] bytes;

  private ClusterKey(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a cluster key has 32 bytes, not " + bytes.length);
    }
    this.bytes = bytes;
  }

  /**
   * A key from its bytes.
   *
   * @param bytes 32 bytes, copied
   * @return the key
   * @throws IllegalArgumentException if there are not 32 bytes
   */
  public static ClusterKey of(byte[] bytes) {
    return new ClusterKey(Arguments.given(bytes, "a cluster key").clone());
  }

  /**
   * Reads a key from its file: 64 hex digits, readable by its owner only, as {@code hydra key new
   * cluster} makes it.
   *
   * @param file where it is
   * @return the key
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if others may read it, or it holds something else, which is
   *     not quoted
   */
  public static ClusterKey read(Path file) throws IOException {
    Arguments.given(file, "a file");
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")
        && Files.getPosixFilePermissions(file).stream().anyMatch(FOREIGN::contains)) {
      throw new IllegalArgumentException(file + " can be read by others; run: chmod 600 " + file);
    }
    String hex = PlainText.read(file, MAX_FILE).strip();
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException(file + " does not hold a cluster key of 64 hex digits");
    }
    return new ClusterKey(HexFormat.of().parseHex(hex));
  }

  /**
   * What a relay shows to another one where it links to it: {@code HMAC(cluster key, L("link"))}.
   *
   * @return the credential
   */
  public Credential linkCredential() {
    byte[] derived = Hashes.hmac(bytes, LINK);
    try {
      return Credential.of(derived);
    } finally {
      Arrays.fill(derived, (byte) 0);
    }
  }

  /** The MAC over what a node says of itself. */
  byte[] nodeMac(NodeId id, byte[] said) {
    return Hashes.hmac(bytes, NODE, id.toBytes(), said);
  }

  /** In constant time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof ClusterKey that && Hashes.constantTimeEquals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return ClusterKey.class.hashCode();
  }

  @Override
  public String toString() {
    return "ClusterKey[secret]";
  }
}
