package io.hydrasync.client.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.InterruptedOperationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastEpochTest {
  @TempDir Path directory;

  @Test
  void interruptIsToldAsOneAndTheNextCallGoesOn() {
    Optional<Path> file = Optional.of(directory.resolve("epoch"));
    LastEpoch epoch = new LastEpoch(file);
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> epoch.note(5)).isInstanceOf(InterruptedOperationException.class);
    } finally {
      assertThat(Thread.interrupted()).as("the flag stays set").isTrue();
    }
    epoch.note(6);
    assertThat(new LastEpoch(file).last()).isEqualTo(6);
  }

  @Test
  void theNumberInTheFileNeverFallsWhereTwoShareIt() throws Exception {
    Path link = directory.resolve("link");
    Files.createSymbolicLink(link, directory.resolve("epoch"));
    LastEpoch slow = new LastEpoch(Optional.of(link));
    new LastEpoch(Optional.of(directory.resolve("epoch"))).note(9);

    slow.note(7);

    assertThat(new LastEpoch(Optional.of(link)).last()).isEqualTo(9);
    assertThat(Files.isSymbolicLink(link)).isTrue();
  }

  @Test
  void refusesWhatIsNoNumberAlsoWhereItCameMeanwhile() throws Exception {
    Path file = directory.resolve("epoch");
    LastEpoch epoch = new LastEpoch(Optional.of(file));
    Files.writeString(file, "nonsense");

    assertThatThrownBy(() -> epoch.note(7))
        .isInstanceOfSatisfying(
            AuthenticationException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STALE_EPOCH));
    assertThat(file).content().isEqualTo("nonsense");
  }
}
