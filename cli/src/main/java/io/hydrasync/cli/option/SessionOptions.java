package io.hydrasync.cli.option;

import io.hydrasync.cli.secret.SecretText;
import io.hydrasync.cli.secret.Secrets;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Option;

/** A session that both ends know already. */
public final class SessionOptions {
  @Option(
      names = "--session-id",
      paramLabel = "HEX",
      description = "The session's id, 128 hex digits.")
  private Optional<String> id = Optional.empty();

  @Option(
      names = "--session-key",
      paramLabel = "HEX|@FILE|-",
      description =
          "The session's key, 64 hex digits. Others on this machine can see a command line:"
              + " @FILE, - for the first line of stdin, or "
              + Secrets.SESSION_KEY
              + " in the environment keep the key out of it.")
  private Optional<String> key = Optional.empty();

  /** Whether a session is given. */
  public boolean isGiven() {
    if (id.isPresent() ? key().isEmpty() : key.isPresent()) {
      throw new IllegalArgumentException("--session-id and --session-key belong together");
    }
    return id.isPresent();
  }

  private Optional<String> key() {
    return key.or(() -> Secrets.environment(Secrets.SESSION_KEY));
  }

  public SessionId sessionId() throws IOException {
    return SecretText.hex(id.orElseThrow(), SessionId.LENGTH, "a session id", SessionId::of);
  }

  public SessionKey sessionKey() throws IOException {
    return SecretText.hex(key().orElseThrow(), SessionKey.LENGTH, "a session key", SessionKey::of);
  }
}
