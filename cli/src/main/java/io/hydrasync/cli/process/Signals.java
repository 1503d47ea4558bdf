package io.hydrasync.cli.process;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Handlers for signals. The JDK has them in {@code sun.misc} only, of which the compiler warns
 * without a way to say that one knows; so they are found by name.
 */
public final class Signals {
  private Signals() {}

  /**
   * Runs an action at each signal of a name, such as {@code TERM}, on a thread of the JVM's.
   *
   * @return false where there is no such signal, or it is taken
   */
  public static boolean handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler calls =
          (proxy, method, args) ->
              switch (method.getName()) {
                case "handle" -> {
                  action.run();
                  yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == args[0];
                default -> "handler of SIG" + name;
              };
      Object ours =
          Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, calls);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
