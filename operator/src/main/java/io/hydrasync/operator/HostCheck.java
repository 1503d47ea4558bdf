package io.hydrasync.operator;

import java.net.InetAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may be asked for: on a loopback address only what can mean nothing else, so that a page in
 * the operator's browser cannot read the dashboard under a name of its own that it lets point here.
 * Immutable.
 */
final class HostCheck {
  private static final Pattern LOCAL =
      Pattern.compile("(?i)(localhost|\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+])(:\\d{1,5})?");

  private static final int MAX_LENGTH = 64;

  private final boolean loopback;

  HostCheck(InetAddress listening) {
    loopback = listening.isLoopbackAddress();
  }

  boolean accepts(@Nullable String host) {
    return !loopback
        || host != null && host.length() <= MAX_LENGTH && LOCAL.matcher(host).matches();
  }
}
