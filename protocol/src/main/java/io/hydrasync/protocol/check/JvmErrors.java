package io.hydrasync.protocol.check;

import org.jspecify.annotations.Nullable;

/** What an Error of the JVM means for a program. Allocates nothing. Stateless. */
public final class JvmErrors {
  /** How far causes are followed: an error may be wrapped, and causes may go in a circle. */
  private static final int MOST_CAUSES = 16;

  private JvmErrors() {}

  /**
   * Whether a program that has met this cannot be relied on any more: an OutOfMemoryError or
   * another VirtualMachineError, or anything that one has led to. Not a StackOverflowError, which
   * has unwound the one task that was too deep; and not a class that cannot be linked, which is
   * missing on one path only: both end what met them, as any other fault does, and a stranger who
   * finds the way there ends no relay by it.
   *
   * @param error what was met
   * @return whether it is the end
   */
  public static boolean isFatal(Throwable error) {
    Throwable cause = error;
    for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
      if (cause instanceof VirtualMachineError && !(cause instanceof StackOverflowError)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /**
   * The lack of memory that has led to something.
   *
   * @param error what was met
   * @return its cause, or null if it is something else
   */
  public static @Nullable OutOfMemoryError outOfMemory(Throwable error) {
    Throwable cause = error;
    for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
      if (cause instanceof OutOfMemoryError e) {
        return e;
      }
      cause = cause.getCause();
    }
    return null;
  }

  /**
   * Whether it was direct memory that could not be had, by the words of the JDK and of Netty.
   *
   * @param error what was met
   * @return false if it was the heap, a thread or a class
   */
  public static boolean isOfDirectMemory(OutOfMemoryError error) {
    String message = error.getMessage();
    return message != null
        && (message.contains("direct memory")
            || message.contains("direct buffer memory")
            || message.startsWith("Unable to allocate"));
  }
}
