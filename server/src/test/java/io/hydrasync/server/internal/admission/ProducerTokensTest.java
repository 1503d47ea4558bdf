package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.control.JoinMessage;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class ProducerTokensTest {
  private static final byte[] NONE = new byte[JoinMessage.RESUME_LENGTH];

  private final ProducerTokens tokens = new ProducerTokens(new SecureRandom());

  private byte[] next(byte[] shown) {
    byte[] token = tokens.fresh();
    tokens.issued(token, shown);
    return token;
  }

  @Test
  void acceptsNothingBeforeATokenWasIssued() {
    assertThat(tokens.accept(NONE)).isFalse();
  }

  @Test
  void acceptsTheLastTokenAndNoOther() {
    byte[] token = next(NONE);

    assertThat(tokens.accept(token)).isTrue();
    assertThat(tokens.accept(NONE)).isFalse();
    token[0] ^= 1;
    assertThat(tokens.accept(token)).isFalse();
  }

  @Test
  void acceptsTheTokenBeforeUntilAFrameHasCome() {
    byte[] first = next(NONE);
    byte[] second = next(first);
    assertThat(tokens.accept(first)).isTrue();
    assertThat(tokens.accept(second)).isTrue();

    tokens.confirm();

    assertThat(tokens.accept(first)).isFalse();
    assertThat(tokens.accept(second)).isTrue();
  }

  @Test
  void keepsTheOlderTokenWhileTheClientNeverSeesANewerOne() {
    byte[] first = next(NONE);
    next(first);
    next(first);
    byte[] fourth = next(first);

    assertThat(tokens.accept(first)).isTrue();
    assertThat(tokens.accept(fourth)).isTrue();
  }

  @Test
  void acceptsNothingAfterTheSessionWasForgotten() {
    byte[] first = next(NONE);
    byte[] second = next(first);

    tokens.forget();

    assertThat(tokens.accept(first)).isFalse();
    assertThat(tokens.accept(second)).isFalse();
  }
}
