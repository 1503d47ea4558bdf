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

  /** CPU seconds that a process has used so far, user and system, all of its threads. */
  public static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]))
        / TICKS_PER_SECOND;
  }
}
