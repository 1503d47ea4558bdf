package io.hydrasync.cli.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrasync.cli.exit.BrokenPipeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PayloadOutputTest {
  @TempDir private Path directory = Path.of("");

  /** Takes at most so many bytes at a time, and counts. */
  private static final class Sink implements WritableByteChannel {
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final int most;
    private int writes;
    private boolean open = true;
    private String failure = "";

    Sink(int most) {
      this.most = most;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      if (!failure.isEmpty()) {
        throw new IOException(failure);
      }
      byte[] bytes = new byte[Math.min(most, source.remaining())];
      source.get(bytes);
      taken.writeBytes(bytes);
      writes++;
      return bytes.length;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }

  @Test
  void keepsTheOrderOfSmallAndLargePieces() throws IOException {
    Random random = new Random(1);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    Sink sink = new Sink(10_000);
    try (PayloadOutput output = new PayloadOutput(sink)) {
      for (int i = 0; i < 300; i++) {
        byte[] piece = new byte[random.nextInt(i % 10 == 0 ? 600_000 : 40_000)];
        random.nextBytes(piece);
        expected.writeBytes(piece);
        ByteBuffer view = ByteBuffer.wrap(piece).asReadOnlyBuffer();
        output.write(view);
        assertThat(view.hasRemaining()).isFalse();
        if (i % 3 == 0) {
          expected.write('\n');
          output.newline();
        }
      }
    }

    assertThat(sink.taken.toByteArray()).isEqualTo(expected.toByteArray());
    assertThat(sink.open).isFalse();
  }

  @Test
  void gathersSmallPiecesUntilTheyAreFlushed() throws IOException {
    Sink sink = new Sink(Integer.MAX_VALUE);
    PayloadOutput output = new PayloadOutput(sink);
    for (int i = 0; i < 100; i++) {
      output.write(ByteBuffer.wrap(new byte[100]));
    }
    assertThat(sink.writes).isZero();

    output.flush();
    output.flush();

    assertThat(sink.writes).isEqualTo(1);
    assertThat(sink.taken.size()).isEqualTo(10_000);
  }

  @Test
  void handsALargePieceOnAtOnce() throws IOException {
    Sink sink = new Sink(Integer.MAX_VALUE);
    PayloadOutput output = new PayloadOutput(sink);

    output.write(ByteBuffer.wrap(new byte[64 << 10]));

    assertThat(sink.taken.size()).isEqualTo(64 << 10);
  }

  @Test
  void tellsABrokenPipeFromOtherFailures() throws IOException {
    Sink sink = new Sink(Integer.MAX_VALUE);
    sink.failure = "Broken pipe";
    PayloadOutput output = new PayloadOutput(sink);
    output.write(ByteBuffer.wrap(new byte[1]));

    assertThatThrownBy(output::flush).isInstanceOf(BrokenPipeException.class);
    output.close(); // has nothing left that it could fail with

    sink.failure = "No space left on device";
    assertThatThrownBy(() -> output.write(ByteBuffer.wrap(new byte[64 << 10])))
        .isExactlyInstanceOf(IOException.class);
  }

  @Test
  void touchesNoFileBeforeThereIsSomethingForIt() throws IOException {
    Path old = Files.writeString(directory.resolve("old"), "0123456789");
    Path absent = directory.resolve("absent");

    PayloadOutput.to(Optional.of(old), 4, false).close();
    PayloadOutput.to(Optional.of(absent), 0, false).close();
    assertThat(old).hasContent("0123456789");
    assertThat(absent).doesNotExist();

    try (PayloadOutput first = PayloadOutput.to(Optional.of(old), 4, false);
        PayloadOutput second = PayloadOutput.to(Optional.of(absent), 0, false)) {
      first.open();
      second.open();
      first.open(); // is open
    }
    assertThat(old).hasContent("0123");
    assertThat(absent).isEmptyFile();
  }

  @Test
  void tellsAtOnceWhatCannotBeWritten() {
    assertThatThrownBy(() -> PayloadOutput.to(Optional.of(directory), 0, false))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("is a directory");
    assertThatThrownBy(() -> PayloadOutput.to(Optional.of(directory.resolve("a/b")), 0, false))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> PayloadOutput.to(Optional.of(directory.resolve("absent")), 1, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is shorter than the position file says");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void writesIntoWhatHasNoPlaceToGoTo() throws IOException, InterruptedException {
    Path pipe = directory.resolve("pipe");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")), "no mkfifo");
    assertThat(new ProcessBuilder("/usr/bin/mkfifo", pipe.toString()).start().waitFor()).isZero();
    Process reader = new ProcessBuilder("cat", pipe.toString()).start();

    try (PayloadOutput output = PayloadOutput.to(Optional.of(pipe), 0, false)) {
      output.write(ByteBuffer.wrap("hello".getBytes(UTF_8)));
    }

    assertThat(reader.getInputStream().readAllBytes()).asString(UTF_8).isEqualTo("hello");
    assertThat(reader.waitFor()).isZero();
  }
}
