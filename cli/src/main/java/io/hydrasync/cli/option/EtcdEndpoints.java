package io.hydrasync.cli.option;

import io.hydrasync.protocol.check.HostPort;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The members of etcd as text, {@code etcd://a.example:2379,b.example:2379}, or {@code etcds://}
 * with TLS. What is said first holds for all.
 *
 * @param uris where each is, {@code http://} or {@code https://}
 */
public record EtcdEndpoints(List<URI> uris) {
  /** How they are asked for. */
  public static final String LABEL = "etcd[s]://HOST:PORT[,...]";

  private static final String PLAIN = "etcd://";
  private static final String TLS = "etcds://";
  private static final int MOST = 16;

  public EtcdEndpoints {
    uris = List.copyOf(uris);
  }

  /**
   * Reads a list.
   *
   * @throws IllegalArgumentException if it is none; says which part is not
   */
  public static EtcdEndpoints parse(String text) {
    boolean tls = text.startsWith(TLS);
    if (!tls && !text.startsWith(PLAIN)) {
      throw new IllegalArgumentException(
          "it begins with " + PLAIN + " or, for TLS, " + TLS + ", such as etcd://10.0.0.9:2379");
    }
    String[] parts = text.substring((tls ? TLS : PLAIN).length()).split(",", -1);
    if (parts.length > MOST) {
      throw new IllegalArgumentException(
          "there are at most " + MOST + " members, not " + parts.length);
    }
    List<URI> uris = new ArrayList<>();
    for (String part : parts) {
      uris.add(uri(tls, member(part, tls)));
    }
    if (Set.copyOf(uris).size() < uris.size()) {
      throw new IllegalArgumentException("a member is named twice");
    }
    return new EtcdEndpoints(uris);
  }

  /** Each may say again what the first has said. */
  private static HostPort member(String part, boolean tls) {
    String said = tls ? TLS : PLAIN;
    HostPort where = HostPort.parse(part.startsWith(said) ? part.substring(said.length()) : part);
    if (where.port() == 0) {
      throw new IllegalArgumentException("a member's port is not 0");
    }
    return where;
  }

  /** A URI knows names of fewer characters than DNS. */
  private static URI uri(boolean tls, HostPort where) {
    URI uri = URI.create((tls ? "https://" : "http://") + where);
    if (uri.getHost() == null) {
      throw new IllegalArgumentException("'" + where.host() + "' cannot stand in a URL");
    }
    return uri;
  }
}
