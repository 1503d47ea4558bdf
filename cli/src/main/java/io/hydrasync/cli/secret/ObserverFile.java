package io.hydrasync.cli.secret;

import io.hydrasync.protocol.SessionId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The token of observers of the Rust crate, alone in its file: 128 hex digits. Readable by its
 * owner only. What it holds is never quoted.
 */
public final class ObserverFile {
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{128}");

  private ObserverFile() {}

  /** Makes the file with a fresh token if there is none. */
  public static void create(Path file) throws IOException {
    CredentialFile.create(file, () -> CredentialFile.fresh(SessionId.LENGTH));
  }

  /**
   * The token.
   *
   * @return 64 bytes
   * @throws IllegalArgumentException if others may read the file, or it does not hold one
   */
  public static byte[] read(Path file) throws IOException {
    String hex = CredentialFile.privateText(file).strip();
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException(file + " does not hold a token of 128 hex digits");
    }
    return HexFormat.of().parseHex(hex);
  }
}
