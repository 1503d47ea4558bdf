package io.hydrasync.bench.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux says about a process. Stateless. */
public final class ProcStat {
  private static final double TICKS_PER_SECOND = 100; // USER_HZ, the same everywhere
  private static final int USER_TIME = 11; // proc(5): field 14, counted from behind the name
  private static final int SYSTEM_TIME = 12;

  private ProcStat() {}

  /**
   * A line of {@code /proc/PID/status} that is a size.
   *
   * @param line such as VmRSS, what is resident, or VmHWM, the most that was
   * @return KiB
   */
  public static long memoryKib(long pid, String line) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(found -> found.startsWith(line + ":"))
        .map(found -> found.replaceAll("[^0-9]", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow(() -> new IOException("no " + line + " of process " + pid));
  }

  /** CPU seconds that a process has used so far, user and system, all of its threads. */
  public static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]))
        / TICKS_PER_SECOND;
  }
}
