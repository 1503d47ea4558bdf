package io.hydrasync.cli.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.cli.file.Destination;
import io.hydrasync.cli.file.WholeFile;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.check.PlainText;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The credentials that a relay's operator has issued. One a line: roles, separated by commas, and
 * 64 hex digits; what follows # is a remark.
 *
 * <pre>
 * producer,consumer  2f0d…  # the build farm
 * admin              91ab…
 * </pre>
 *
 * Readable by its owner only. What it holds is never quoted.
 */
public final class CredentialFile {
  private static final int MAX_BYTES = 16 << 20;
  private static final Set<PosixFilePermission> FOREIGN =
      PosixFilePermissions.fromString("---rwxrwx");
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");

  private CredentialFile() {}

  /**
   * Reads all credentials.
   *
   * @throws IllegalArgumentException if others may read the file, or a line is wrong
   */
  public static Map<Credential, Set<Role>> read(Path file) throws IOException {
    Map<Credential, Set<Role>> credentials = new HashMap<>();
    List<String> lines = privateText(file).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).replaceFirst("#.*", "").strip();
      if (!line.isEmpty()) {
        String[] parts = line.split("\\s+");
        if (parts.length != 2 || !HEX.matcher(parts[1]).matches()) {
          throw new IllegalArgumentException(
              "line " + (i + 1) + " of " + file + " is not 'ROLE[,ROLE] 64-HEX-DIGITS'");
        }
        Credential credential = credential(parts[1]);
        if (credentials.put(credential, roles(parts[0], file, i + 1)) != null) {
          throw new IllegalArgumentException(
              "line " + (i + 1) + " of " + file + " has a credential for the second time");
        }
      }
    }
    return credentials;
  }

  private static Set<Role> roles(String text, Path file, int line) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String name : text.split(",", -1)) {
      try {
        roles.add(Role.valueOf(name.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "line " + line + " of " + file + ": roles are producer, consumer and admin", e);
      }
    }
    return roles;
  }

  /**
   * The credential of the operator's own tools, alone in its file.
   *
   * @throws IllegalArgumentException if others may read the file, or it does not hold one
   */
  public static Credential readAdmin(Path file) throws IOException {
    String hex = privateText(file).strip();
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException(file + " does not hold a credential of 64 hex digits");
    }
    return credential(hex);
  }

  /** Makes the file with a fresh credential if there is none. */
  public static void createAdmin(Path file) throws IOException {
    create(file, CredentialFile::fresh);
  }

  /** Makes a file with a fresh secret if there is none. */
  static void create(Path file, Supplier<String> secret) throws IOException {
    if (!(Destination.of(file) instanceof Destination.Replaceable absent) || absent.exists()) {
      return;
    }
    Files.createDirectories(absent.target().getParent());
    absent.check(Destination.Writing.REPLACED);
    try {
      WholeFile.create(absent.target(), (secret.get() + "\n").getBytes(UTF_8));
    } catch (FileAlreadyExistsException e) {
      // another relay was faster: its secret is the one to read
    }
  }

  private static Credential credential(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    try {
      return Credential.of(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** A fresh credential in hex. */
  public static String fresh() {
    return fresh(Credential.LENGTH);
  }

  /** Fresh random bytes in hex. */
  static String fresh(int length) {
    byte[] bytes = new byte[length];
    new SecureRandom().nextBytes(bytes);
    try {
      return HexFormat.of().formatHex(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** What a file holds that is readable by its owner only. */
  static String privateText(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "is a directory");
    }
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")
        && Files.getPosixFilePermissions(file).stream().anyMatch(FOREIGN::contains)) {
      throw new IllegalArgumentException(file + " can be read by others; run: chmod 600 " + file);
    }
    return PlainText.read(file, MAX_BYTES);
  }
}
