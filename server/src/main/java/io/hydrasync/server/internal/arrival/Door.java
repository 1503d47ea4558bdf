package io.hydrasync.server.internal.arrival;

/** At which of a relay's ports somebody has come. */
public enum Door {
  /** Producers, consumers, admins, observers. */
  CLIENTS,
  /** Other nodes of the cluster, and nobody else. */
  LINKS
}
