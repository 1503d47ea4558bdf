package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.control.JoinMessage;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class ProducerTokensTest {
  private static final byte[] NONE = new byte[JoinMessage.RESUME_LENGTH];

  private final ProducerTokens tokens = new ProducerTokens(new SecureRandom());

  @Test
  void acceptsNothingBeforeATokenWasIssued() {
    assertThat(tokens.accept(NONE)).isFalse();
  }

  @Test
  void acceptsTheLastTokenAndNoOther() {
    byte[] token = tokens.next(NONE);

    assertThat(tokens.accept(token)).isTrue();
    assertThat(tokens.accept(NONE)).isFalse();
    token[0] ^= 1;
    assertThat(tokens.accept(token)).isFalse();
  }

  @Test
  void acceptsTheTokenBeforeUntilAFrameHasCome() {
    byte[] first = tokens.next(NONE);
    byte[] second = tokens.next(first);
    assertThat(tokens.accept(first)).isTrue();
    assertThat(tokens.accept(second)).isTrue();

    tokens.confirm();

    assertThat(tokens.accept(first)).isFalse();
    assertThat(tokens.accept(second)).isTrue();
  }

  @Test
  void keepsTheOlderTokenWhileTheClientNeverSeesANewerOne() {
    byte[] first = tokens.next(NONE);
    tokens.next(first);
    tokens.next(first);
    byte[] fourth = tokens.next(first);

    assertThat(tokens.accept(first)).isTrue();
    assertThat(tokens.accept(fourth)).isTrue();
  }

  @Test
  void acceptsNothingAfterTheSessionWasForgotten() {
    byte[] first = tokens.next(NONE);
    byte[] second = tokens.next(first);

    tokens.forget();

    assertThat(tokens.accept(first)).isFalse();
    assertThat(tokens.accept(second)).isFalse();
  }
}
