package io.hydrasync.tests.security;

import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.cli.secret.SecretText;
import io.hydrasync.protocol.Credential;
import java.io.IOException;
import java.nio.file.Path;

/** What the command line does with secrets, for a test that looks into memory. */
public final class SecretsRead {
  private SecretsRead() {}

  /** As {@code --credential @FILE} reads it. */
  public static Credential credential(Path file) throws IOException {
    return SecretText.hex("@" + file, Credential.LENGTH, "a credential", Credential::of);
  }

  /** As the relay reads the file of its operator. */
  public static Credential admin(Path file) throws IOException {
    return CredentialFile.readAdmin(file);
  }
}
