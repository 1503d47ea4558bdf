package io.hydrasync.tests.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraAdmin;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Fixture;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What remains of the client once all that used it is closed: nothing. */
@Timeout(90)
class UnloadingIT {
  /** An application's, as a container gives it: the library is loaded anew by it. */
  private static final class Container extends URLClassLoader {
    Container(List<URL> library) {
      super(library.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    }
  }

  private static URL library(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  @Test
  void letsTheClassesGoThatHaveUsedIt() throws Exception {
    try (HydraServer relay = HydraServer.bindDefault()) {
      WeakReference<ClassLoader> loader = use(relay.address());

      Await.until(
          "the container is gone",
          () -> {
            System.gc();
            return loader.get() == null;
          });
    }
  }

  private static WeakReference<ClassLoader> use(InetSocketAddress relay) throws Exception {
    Container container =
        new Container(List.of(library(HydraConsumer.class), library(SessionId.class)));
    // a thread of the application's, so that nothing of this one is left in a frame of its stack
    FutureTask<Void> using = new FutureTask<>(application(container, relay));
    Thread thread = new Thread(using, "test-application");
    thread.setContextClassLoader(container);
    thread.start();
    using.get();
    thread.join();
    container.close();
    return new WeakReference<>(container);
  }

  /** By reflection: these are other classes than the ones that this test sees. */
  private static Callable<Void> application(Container container, InetSocketAddress relay) {
    return () -> {
      Object session = call(container, "protocol.SessionSecrets", "generate", null);
      Object builder = call(container, "client.HydraConsumer", "builder", null, relay, session);
      AutoCloseable producer =
          (AutoCloseable) call(container, "client.HydraProducer", "connect", null, relay, session);
      AutoCloseable consumer = (AutoCloseable) call(builder, "connect");
      call(producer, "broadcast", new byte[] {1, 2, 3});
      assertThat(((ByteBuffer) call(consumer, "receive")).remaining()).isEqualTo(3);
      consumer.close();
      producer.close();
      return null;
    };
  }

  private static Object call(
      ClassLoader container, String type, String method, Object on, Object... arguments)
      throws Exception {
    return call(container.loadClass("io.hydrasync." + type), on, method, arguments);
  }

  private static Object call(Object on, String method, Object... arguments) throws Exception {
    return call(on.getClass(), on, method, arguments);
  }

  private static Object call(Class<?> type, Object on, String name, Object... arguments)
      throws Exception {
    for (Method method : type.getMethods()) {
      if (method.getName().equals(name) && fits(method, arguments)) {
        return method.invoke(on, arguments);
      }
    }
    throw new NoSuchMethodException(type + "." + name);
  }

  private static boolean fits(Method method, Object[] arguments) {
    Class<?>[] types = method.getParameterTypes();
    boolean fits = types.length == arguments.length;
    for (int i = 0; fits && i < types.length; i++) {
      fits = types[i].isInstance(arguments[i]);
    }
    return fits;
  }

  /** In a process of its own, since other tests' clients have threads here. */
  @Test
  void leavesNoThreadBehind() throws Exception {
    try (HydraServer relay = HydraServer.bindDefault();
        ChildJvm application =
            ChildJvm.start(Application.class, Integer.toString(relay.address().getPort()))) {
      application.awaitReady(); // fails where it ends before
    }
  }

  /** Uses all clients, closes them, and is ready once it has no thread of theirs any more. */
  static final class Application {
    private Application() {}

    public static void main(String[] args) throws Exception {
      InetSocketAddress relay =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
      SessionSecrets session = SessionSecrets.generate();
      try (HydraProducer producer = Fixture.produce(relay, session);
          HydraConsumer consumer = Fixture.consume(relay, session)) {
        producer.write(new byte[1]);
        consumer.receive();
        consumer.close();
      }
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> Fixture.consume(relay, session))
          .isInstanceOf(InterruptedOperationException.class);
      Thread.interrupted();
      assertThatThrownBy(() -> HydraAdmin.builder(relay, Credential.of(new byte[32])).connect())
          .isInstanceOf(HydraException.class);
      Await.until("no thread is left: " + ofClients(), () -> ofClients().isEmpty());
      System.out.println(ChildJvm.READY);
    }

    private static List<String> ofClients() {
      return Thread.getAllStackTraces().keySet().stream()
          .map(Thread::getName)
          .filter(name -> name.startsWith("hydra-"))
          .toList();
    }
  }
}
