package io.hydrasync.client.internal.threads;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The threads that all clients of this library share, and on which nothing of an application's is
 * ever called: daemons that take nothing over from the thread that happened to need them first. A
 * thread that did would keep that application's classes in memory for as long as it runs for
 * another one. Stateless.
 */
public final class ClientThreads {
  private static final @Nullable Method IS_VIRTUAL = method("isVirtual");
  private static final @Nullable Method START_VIRTUAL =
      method("startVirtualThread", Runnable.class);

  private ClientThreads() {}

  private static @Nullable Method method(String name, Class<?>... parameters) {
    try {
      return Thread.class.getMethod(name, parameters);
    } catch (NoSuchMethodException e) {
      return null; // before Java 21
    }
  }

  /** Makes daemons of this name. */
  public static ThreadFactory daemon(String name) {
    return task -> privileged(task, name);
  }

  /** Without the caller's access control context, which refers to its classes. */
  @SuppressWarnings("removal")
  private static Thread privileged(Runnable task, String name) {
    return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> make(task, name));
  }

  private static Thread make(Runnable task, String name) {
    Thread thread = new Thread(rootGroup(), task, name, 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    return thread;
  }

  private static ThreadGroup rootGroup() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    return group;
  }

  /**
   * Starts something short that blocks: on a virtual thread if the caller is one, since there may
   * be very many of those.
   *
   * @throws OutOfMemoryError if the operating system has no more threads
   */
  public static void startLikeCaller(String name, Runnable task) {
    if (!isVirtual() || !startVirtual(task)) {
      daemon(name).newThread(task).start();
    }
  }

  private static boolean isVirtual() {
    return IS_VIRTUAL != null && Boolean.TRUE.equals(call(IS_VIRTUAL, Thread.currentThread()));
  }

  private static boolean startVirtual(Runnable task) {
    return START_VIRTUAL != null && call(START_VIRTUAL, null, task) != null;
  }

  private static @Nullable Object call(Method method, @Nullable Object on, Object... arguments) {
    try {
      return method.invoke(on, arguments);
    } catch (IllegalAccessException | InvocationTargetException e) {
      return null; // then on a thread of the platform
    }
  }
}
