package io.hydrasync.tests.support;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Linux holds for the TCP sockets of the whole machine. */
public final class KernelMemory {
  private static final Path SOCKSTAT = Path.of("/proc/net/sockstat");
  private static final Pattern TCP_PAGES = Pattern.compile("TCP: .* mem ([0-9]+)");

  private final long pageBytes;

  public KernelMemory() throws IOException {
    Process getconf = new ProcessBuilder("getconf", "PAGESIZE").start();
    String answer = new String(getconf.getInputStream().readAllBytes(), US_ASCII);
    pageBytes = Long.parseLong(answer.strip());
  }

  /** Bytes in all TCP sockets, or 0 where the operating system does not say. */
  public long tcpBytes() throws IOException {
    if (!Files.isReadable(SOCKSTAT)) {
      return 0;
    }
    Matcher pages = TCP_PAGES.matcher(Files.readString(SOCKSTAT, US_ASCII));
    return pages.find() ? Long.parseLong(pages.group(1)) * pageBytes : 0;
  }
}
