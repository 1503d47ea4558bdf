package io.hydrasync.cli.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialFileTest {
  private static final String ONE = "01".repeat(32);
  private static final String TWO = "02".repeat(32);

  @TempDir private Path directory = Path.of("");

  private Path file(String text, String mode) throws IOException {
    Path file = Files.writeString(directory.resolve("credentials"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private Path file(String text) throws IOException {
    return file(text, "rw-------");
  }

  private static Credential credential(String hex) {
    return Credential.of(HexFormat.of().parseHex(hex));
  }

  @Test
  void readsRolesAndCredentials() throws IOException {
    Path file = file("# mine\n\nproducer,CONSUMER " + ONE + " # east\nadmin\t" + TWO + "\n");

    assertThat(CredentialFile.read(file))
        .isEqualTo(
            Map.of(
                credential(ONE),
                Set.of(Role.PRODUCER, Role.CONSUMER),
                credential(TWO),
                Set.of(Role.ADMIN)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"admin", "%", "king %", "admin, producer %", "admin %0", "admin % %"})
  void quotesNothingOfAWrongLine(String line) throws IOException {
    Path file = file("admin " + TWO + "\n" + line.replace("%", ONE));

    assertThatThrownBy(() -> CredentialFile.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("line 2")
        .hasMessageNotContaining(ONE.substring(0, 16));
  }

  @Test
  void readsWhatEditorsWrite() throws IOException {
    String text = "# \u00fc\r\nadmin " + ONE + "\r\nproducer " + TWO;
    Path file = file("");
    for (byte[] bytes :
        List.of(("\uFEFF" + text).getBytes(UTF_8), text.getBytes(UTF_8), text.getBytes(UTF_16))) {
      Files.write(file, bytes);

      assertThat(CredentialFile.read(file)).containsOnlyKeys(credential(ONE), credential(TWO));
    }
    Files.write(file, ("\uFEFF" + ONE + "\r\n").getBytes(UTF_8));
    assertThat(CredentialFile.readAdmin(file)).isEqualTo(credential(ONE));
  }

  @Test
  void saysWhereItIsNoText() throws IOException {
    Path file = file("");
    Files.write(file, ("admin " + ONE + "\n# \u00fc\n").getBytes(ISO_8859_1));

    assertThatThrownBy(() -> CredentialFile.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file + ", line 2: not UTF-8");
  }

  @Test
  void refusesACredentialThatComesTwice() throws IOException {
    Path file = file("admin " + ONE + "\nproducer " + ONE);

    assertThatThrownBy(() -> CredentialFile.read(file)).hasMessageContaining("second time");
  }

  @Test
  void refusesAFileThatOthersCanRead() throws IOException {
    Path file = file("admin " + ONE, "rw-r-----");

    assertThatThrownBy(() -> CredentialFile.read(file)).hasMessageContaining("chmod 600");
  }

  @Test
  void makesTheAdminsFileOnce() throws IOException {
    Path file = directory.resolve("sub/admin.key");

    CredentialFile.createAdmin(file);
    Credential first = CredentialFile.readAdmin(file);
    CredentialFile.createAdmin(file);

    assertThat(CredentialFile.readAdmin(file)).isEqualTo(first);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(directory.resolve("sub"))) {
      assertThat(files).hasSize(1);
    }
  }
}
