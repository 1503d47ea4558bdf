package io.hydrasync.cli.secret;

import io.hydrasync.cli.process.Inherited;
import io.hydrasync.protocol.Ticket;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** The secrets that may come from the environment, and tickets from anywhere. */
public final class Secrets {
  public static final String TICKET = "HYDRA_TICKET";
  public static final String SESSION_KEY = "HYDRA_SESSION_KEY";
  public static final String OWNER_KEY = "HYDRA_OWNER_KEY";
  public static final String CREDENTIAL = "HYDRA_CREDENTIAL";
  public static final String ADMIN_CREDENTIAL = "HYDRA_ADMIN_CREDENTIAL";

  private Secrets() {}

  /** A variable of the environment, empty if it is not set or set to nothing. */
  public static Optional<String> environment(String name) {
    return Optional.ofNullable(Inherited.variable(System.getenv(), name))
        .map(String::strip)
        .filter(text -> !text.isEmpty());
  }

  /** Takes the secrets out of the environment that a child is to get. */
  public static void hide(Map<String, String> environment) {
    environment.remove(TICKET);
    environment.remove(SESSION_KEY);
    environment.remove(OWNER_KEY);
    environment.remove(CREDENTIAL);
    environment.remove(ADMIN_CREDENTIAL);
  }

  /**
   * A ticket as it was given: itself, {@code @FILE}, {@code -} for stdin, or in the environment.
   *
   * @throws IllegalArgumentException if there is none, or it is malformed; it is never quoted
   */
  public static Ticket ticket(Optional<String> given) throws IOException {
    String text = given.map(String::strip).or(() -> environment(TICKET)).orElse("");
    if (text.isEmpty()) {
      throw new IllegalArgumentException(
          "a ticket is missing: as argument, @FILE, - for stdin, or in " + TICKET);
    }
    String ticket = SecretText.resolve(text, "the ticket");
    try {
      return Ticket.parse(ticket);
    } catch (IllegalArgumentException e) {
      String where = SecretText.where(text, "the ticket");
      throw where.equals("the ticket")
          ? e
          : new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }
}
