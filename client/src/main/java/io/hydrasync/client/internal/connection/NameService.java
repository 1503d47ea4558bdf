package io.hydrasync.client.internal.connection;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Knows the addresses of hosts. Thread-safe. */
public interface NameService {
  /** The operating system's, behind the cache that the JVM has of it. */
  NameService SYSTEM = host -> List.of(InetAddress.getAllByName(host));

  /**
   * Looks up a name; may block for as long as it likes, and nothing ends that.
   *
   * @param host no address
   * @return its addresses, the preferred one first
   * @throws UnknownHostException if it has none, or nobody can be asked
   */
  List<InetAddress> addressesOf(String host) throws UnknownHostException;
}
