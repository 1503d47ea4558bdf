package io.hydrasync.cli.secret;

import java.io.IOException;
import java.nio.file.Path;

/** A password, alone in a file that its owner only can read. */
public final class PasswordFile {
  private static final int LONGEST = 1_000;

  private PasswordFile() {}

  /**
   * Reads it, without the end of its line.
   *
   * @throws IllegalArgumentException if others may read the file, or it holds none
   */
  public static String read(Path file) throws IOException {
    String text = CredentialFile.privateText(file);
    String password = text.lines().findFirst().orElse("");
    if (password.isEmpty() || text.lines().skip(1).anyMatch(line -> !line.isBlank())) {
      throw new IllegalArgumentException(file + " does not hold a password in one line");
    }
    if (password.length() > LONGEST) {
      throw new IllegalArgumentException(file + " holds a line that is too long for a password");
    }
    return password;
  }
}
