package io.hydrasync.cli.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretTextTest {
  private static final String KEY = "0123456789abcdef".repeat(4);

  @TempDir private Path directory = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void name() {
    file = directory.resolve("secret");
  }

  private static List<byte[]> asEditorsWrite(String line) {
    return List.of(
        line.getBytes(UTF_8),
        (" " + line + "\r\n\r\n").getBytes(UTF_8),
        ("\uFEFF" + line + "\r\n").getBytes(UTF_8),
        (line + "\r\nmore\n").getBytes(UTF_16), // big-endian, with its mark
        ("\uFEFF" + line + "\n").getBytes(UTF_16LE),
        ("\uFEFF" + line + "\r\n").getBytes(UTF_16LE),
        ("\uFEFF" + line).getBytes(UTF_16LE));
  }

  private String key() throws IOException {
    return SecretText.hex("@" + file, 32, "a key", bytes -> "a key of " + bytes.length);
  }

  @Test
  void readsKeysAndTicketsAsEditorsWriteThem() throws IOException {
    Ticket ticket =
        SessionSecrets.generate()
            .ticket(
                new RelayAddress("relay.example", 4370), RelayKey.of(new byte[RelayKey.LENGTH]));
    for (byte[] bytes : asEditorsWrite(KEY)) {
      Files.write(file, bytes);

      assertThat(key()).isEqualTo("a key of 32");
      assertThat(SecretText.read(new ByteArrayInputStream(bytes), "stdin")).isEqualTo(KEY);
    }
    for (byte[] bytes : asEditorsWrite(ticket.format())) {
      Files.write(file, bytes);

      assertThat(Secrets.ticket(Optional.of("@" + file))).isEqualTo(ticket);
    }
  }

  @Test
  void saysWhereSomethingElseStandsAndQuotesNothing() throws IOException {
    refuses((KEY + "\u00e9").getBytes(ISO_8859_1), ", line 1: not UTF-8");
    refuses(KEY.getBytes(UTF_16LE), ", line 1: a NUL byte");
    refuses((KEY + "\0").getBytes(UTF_8), ", line 1: a NUL byte");
    refuses((KEY + "\u00e9").getBytes(UTF_8), " has 64 hex digits, not 65 characters");
    refuses(KEY.replace('0', 'g').getBytes(UTF_8), " has other characters than hex digits");
    refuses("\uFEFF\r\n".getBytes(UTF_8), ": nothing there");
    refuses(new byte[5_000], ": too long, this is something else");
  }

  private void refuses(byte[] bytes, String what) throws IOException {
    Files.write(file, bytes);

    assertThatIllegalArgumentException()
        .isThrownBy(this::key)
        .withMessageStartingWith("a key in " + file + what)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain(KEY.substring(40)));
  }

  @Test
  void saysWhichFileHoldsNoTicket() throws IOException {
    Files.writeString(file, "hello");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Secrets.ticket(Optional.of("@" + file)))
        .withMessageStartingWith(
            "the ticket in " + file + ": not a ticket: it does not begin with hydra://");
    assertThatThrownBy(() -> Secrets.ticket(Optional.of("@" + directory)))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(directory.toString());
  }
}
