package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.InterruptedOperationException;
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
    assertThat(new LastEpoch(file).number()).isEqualTo(6);
  }
}
