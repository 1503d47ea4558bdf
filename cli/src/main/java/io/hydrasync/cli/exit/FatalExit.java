package io.hydrasync.cli.exit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.protocol.check.JvmErrors;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The end of a process that has no memory: one sentence on stderr and {@link ExitCode#INSIDE}, at
 * once, without allocating anything; what it needs is made beforehand. Neither hooks nor finally
 * blocks run, since they may need memory and wait for threads that have died. Thread-safe.
 */
public final class FatalExit {
  private static volatile @Nullable FatalExit installed;

  private final FileOutputStream stderr = new FileOutputStream(FileDescriptor.err);
  private final AtomicBoolean told = new AtomicBoolean();
  private final byte[] heap;
  private final byte[] direct;
  private final byte[] threads;
  private final byte[] other;

  private FatalExit(String command) {
    heap =
        line(
            command,
            "out of memory: the heap is full; give the JVM more (HYDRA_JAVA_OPTS=-Xmx...)");
    direct =
        line(
            command,
            "out of memory: no direct memory; give the JVM more"
                + " (HYDRA_JAVA_OPTS=-XX:MaxDirectMemorySize=...)");
    threads =
        line(
            command,
            "out of memory: the system has no more threads or memory for this process; raise its"
                + " limits (ulimit -u, pids.max)");
    other = line(command, "this process cannot go on after an error of the JVM");
  }

  /** The JVM allocates where something is run the first time: classes, constants, links. */
  private void rehearse() {
    for (String message : List.of("native thread", "direct memory", "")) {
      textOf(new IllegalStateException(new OutOfMemoryError(message)));
    }
    textOf(new InternalError());
    try {
      stderr.write(new byte[0]);
    } catch (IOException e) {
      // there is no stderr
    }
    new AtomicBoolean().compareAndSet(false, true);
    Thread hook = new Thread(); // makes the JVM initialize what halt needs, too
    Runtime.getRuntime().addShutdownHook(hook);
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  private static byte[] line(String command, String text) {
    return (command + ": " + text + System.lineSeparator()).getBytes(UTF_8);
  }

  /**
   * From now on a fatal error that ends any thread of this process ends the process.
   *
   * @param command as it is called, such as {@code hydra relay}
   */
  public static void install(String command) {
    FatalExit exit = new FatalExit(command);
    exit.rehearse();
    installed = exit;
    Thread.UncaughtExceptionHandler usual = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, error) -> {
          if (JvmErrors.isFatal(error)) {
            end(error);
          } else if (usual != null) {
            usual.uncaughtException(thread, error);
          } else {
            System.err.println("Exception in thread \"" + thread.getName() + "\"");
            error.printStackTrace();
          }
        });
  }

  /** Ends the process, if it is that of a command. */
  public static void end(Throwable error) {
    FatalExit exit = installed;
    if (exit != null) {
      try {
        exit.tell(error);
      } finally {
        Runtime.getRuntime().halt(ExitCode.INSIDE);
      }
    }
  }

  /** Says on stderr what has happened, for somebody who ends the process in order. */
  public static void say(Throwable error) {
    FatalExit exit = installed;
    if (exit != null) {
      exit.tell(error);
    }
  }

  private void tell(Throwable error) {
    try {
      if (told.compareAndSet(false, true)) { // others may meet it before this one has ended them
        stderr.write(textOf(error));
      }
    } catch (IOException | RuntimeException | Error e) {
      // the exit code says it
    }
  }

  private byte[] textOf(Throwable error) {
    OutOfMemoryError memory = JvmErrors.outOfMemory(error);
    if (memory == null) {
      return other;
    }
    String message = memory.getMessage();
    if (message != null && message.contains("native thread")) {
      return threads;
    }
    return JvmErrors.isOfDirectMemory(memory) ? direct : heap;
  }
}
