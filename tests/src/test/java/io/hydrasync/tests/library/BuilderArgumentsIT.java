package io.hydrasync.tests.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.hydrasync.client.HydraAdmin;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.AdmissionLimits;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Fixture;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is wrong is said where it is given: every public method of every public builder is called
 * with every value at the edge of its type. It returns, or throws there and then, naming the thing;
 * and what it took, {@code connect} and {@code bind} can work with.
 */
class BuilderArgumentsIT {
  private static final Credential CREDENTIAL = Credential.generate(new SecureRandom());
  private static final int MANY_THREADS = 64;
  private static final long DEADLINE_SECONDS = 30;

  @TempDir private static Path directory = Path.of("");
  private static HydraServer relay;
  private static InetSocketAddress address;

  /** What is called: a way to make one, and the interface that is open to applications. */
  private record Subject(String name, Class<?> type, Supplier<Object> fresh) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final List<Subject> SUBJECTS =
      List.of(
          new Subject(
              "producer",
              HydraProducer.Builder.class,
              () -> HydraProducer.builder(address, SessionSecrets.generate())),
          new Subject(
              "consumer",
              HydraConsumer.Builder.class,
              () -> {
                SessionSecrets session = SessionSecrets.generate();
                return HydraConsumer.builder(address, session);
              }),
          new Subject(
              "admin", HydraAdmin.Builder.class, () -> HydraAdmin.builder(address, CREDENTIAL)),
          new Subject(
              "server",
              HydraServer.Builder.class,
              () ->
                  HydraServer.builder()
                      .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))),
          new Subject("limits", AdmissionLimits.class, () -> AdmissionLimits.DEFAULT));

  @BeforeAll
  static void bind() {
    relay =
        HydraServer.builder()
            .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .credential(CREDENTIAL, Set.of(Role.ADMIN))
            .bind();
    address = relay.address();
  }

  @AfterAll
  static void close() {
    relay.close();
  }

  // ---- values ----

  private static Stream<Arguments> calls() {
    List<Arguments> calls = new ArrayList<>();
    for (Subject subject : SUBJECTS) {
      for (Method method : subject.type.getMethods()) {
        if (isOption(subject, method)) {
          valuesOf(method).forEach(values -> calls.add(Arguments.of(subject, method, values)));
        }
      }
    }
    return calls.stream();
  }

  private static boolean isOption(Subject subject, Method method) {
    return !Modifier.isStatic(method.getModifiers())
        && !method.isBridge()
        && method.getParameterCount() > 0
        && method.getDeclaringClass() != Object.class
        && (method.getReturnType().isAssignableFrom(subject.type)
            && method.getReturnType() != Object.class);
  }

  /** Each parameter's values, the others being good ones. */
  private static List<Object[]> valuesOf(Method method) {
    Class<?>[] types = method.getParameterTypes();
    List<Object[]> all = new ArrayList<>();
    for (int i = 0; i < types.length; i++) {
      for (Object value : edges(types[i])) {
        Object[] arguments = new Object[types.length];
        for (int j = 0; j < types.length; j++) {
          arguments[j] = j == i ? value : good(types[j]);
        }
        all.add(arguments);
      }
    }
    return all;
  }

  private static Object good(Class<?> type) {
    List<Object> edges = edges(type);
    return edges.get(edges.size() - 1);
  }

  /** Null first where there may be one, a good value last. */
  private static List<Object> edges(Class<?> type) {
    if (type == boolean.class) {
      return List.of(false, true);
    }
    if (type == int.class) {
      return List.of(Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE, 1);
    }
    if (type == long.class) {
      return List.of(Long.MIN_VALUE, -1L, 0L, Long.MAX_VALUE, 1L);
    }
    List<Object> values = new ArrayList<>();
    values.add(null);
    values.addAll(objects(type));
    return values;
  }

  private static List<Object> objects(Class<?> type) {
    if (type == Duration.class) {
      return List.of(
          Duration.ofSeconds(Long.MIN_VALUE),
          Duration.ofNanos(-1),
          Duration.ZERO,
          Duration.ofNanos(1),
          Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
          ChronoUnit.FOREVER.getDuration(),
          Duration.ofDays(200_000),
          Duration.ofSeconds(1));
    }
    if (type.isEnum()) {
      return Arrays.asList(type.getEnumConstants());
    }
    if (type == String.class) {
      return List.of("", "\0", "x".repeat(1000), "1.0.0-beta.6");
    }
    if (type == Set.class || type == List.class) {
      return type == Set.class
          ? List.of(Collections.singleton(null), Set.of())
          : List.of(Collections.singletonList(null), List.of(""), List.of());
    }
    if (type == Path.class) {
      return List.of(directory.resolve("file"));
    }
    if (type == InetSocketAddress.class) {
      return List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }
    if (type == RelayKey.class) {
      return List.of(relay.relayKey());
    }
    if (type == Credential.class) {
      return List.of(CREDENTIAL);
    }
    if (type == AdmissionLimits.class) {
      return List.of(AdmissionLimits.DEFAULT);
    }
    return type.isInterface() ? List.of(listener(type)) : List.of();
  }

  private static Object listener(Class<?> type) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "hashCode" -> 1;
              case "equals" -> proxy == arguments[0];
              case "toString" -> "a listener";
              default -> null;
            });
  }

  // ---- the test ----

  @ParameterizedTest
  @MethodSource("calls")
  void isTakenOrRefusedThereAndThen(Subject subject, Method method, Object[] arguments)
      throws Exception {
    Object builder = subject.fresh.get();
    String call = subject + "." + method.getName() + Arrays.toString(arguments);
    try {
      builder = method.invoke(builder, arguments);
    } catch (InvocationTargetException e) {
      assertNamesTheThing(call, e.getCause());
      return;
    }
    assertThat(builder).as(call).isNotNull();
    if (Arrays.asList(arguments).contains(null)) {
      fail(call + " took null");
    }
    if (!isTooMuchForThisMachine(method, arguments)) {
      open(call, builder);
    }
  }

  /** Threads are made at once, so as many as a number can be would be none too good. */
  private static boolean isTooMuchForThisMachine(Method method, Object[] arguments) {
    return method.getName().equals("eventLoopThreads") && (int) arguments[0] > MANY_THREADS;
  }

  private static void assertNamesTheThing(String call, Throwable problem) {
    assertThat(problem)
        .as(call)
        .isInstanceOfAny(NullPointerException.class, IllegalArgumentException.class);
    assertThat(problem.getMessage())
        .as(call + " says what is wrong")
        .isNotNull()
        .contains(" ")
        .doesNotContain("Cannot invoke", "Cannot read", "because");
  }

  /** Connects or binds; what goes wrong then is typed. */
  private static void open(String call, Object builder) throws Exception {
    Future<Object> opening =
        Fixture.async(
            () -> {
              AutoCloseable opened = null;
              if (builder instanceof HydraProducer.Builder producer) {
                opened = producer.connect();
              } else if (builder instanceof HydraConsumer.Builder consumer) {
                opened = consumer.connect();
              } else if (builder instanceof HydraAdmin.Builder admin) {
                opened = admin.connect();
              } else if (builder instanceof HydraServer.Builder server) {
                opened = server.bind();
              } else if (builder instanceof AdmissionLimits limits) {
                opened = serverWith(limits);
              }
              if (opened != null) {
                opened.close();
              }
              return call;
            });
    try {
      opening.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      fail(call + ": neither connected nor failed");
    } catch (java.util.concurrent.ExecutionException e) {
      assertThat(e.getCause())
          .as(call + ", then connect or bind")
          .isInstanceOfAny(
              HydraException.class, UncheckedIOException.class, IllegalArgumentException.class);
      assertThat(e.getCause().getMessage()).as(call).isNotNull().contains(" ");
    }
  }

  private static AutoCloseable serverWith(AdmissionLimits limits) {
    return HydraServer.builder()
        .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .admission(limits)
        .bind();
  }

  /** A new option of a type that has no values here would not be tested at all. */
  @Test
  void knowsValuesForEveryOption() {
    for (Subject subject : SUBJECTS) {
      for (Method method : subject.type.getMethods()) {
        if (isOption(subject, method)) {
          for (Class<?> type : method.getParameterTypes()) {
            assertThat(edges(type)).as(subject + "." + method.getName()).isNotEmpty();
          }
        }
      }
    }
    assertThat(calls().count()).isGreaterThan(200);
  }

  @Test
  void namesWhatIsNullInFactories() {
    for (Class<?> type : List.of(HydraProducer.class, HydraConsumer.class, HydraAdmin.class)) {
      for (Method method : type.getMethods()) {
        if (Modifier.isStatic(method.getModifiers()) && method.getParameterCount() > 0) {
          assertNullsNamed(method);
        }
      }
    }
  }

  private static void assertNullsNamed(Method method) {
    for (int i = 0; i < method.getParameterCount(); i++) {
      Object[] arguments = new Object[method.getParameterCount()];
      for (int j = 0; j < arguments.length; j++) {
        arguments[j] = j == i ? null : factoryValue(method.getParameterTypes()[j]);
      }
      try {
        method.invoke(null, arguments);
        fail(method + " took null");
      } catch (InvocationTargetException e) {
        assertNamesTheThing(method + Arrays.toString(arguments), e.getCause());
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static Object factoryValue(Class<?> type) {
    SessionSecrets session = SessionSecrets.generate();
    if (type == InetSocketAddress.class) {
      return address;
    } else if (type == SessionSecrets.class) {
      return session;
    } else if (type == io.hydrasync.protocol.SessionId.class) {
      return session.id();
    } else if (type == io.hydrasync.protocol.SessionKey.class) {
      return session.key();
    } else if (type == Credential.class) {
      return CREDENTIAL;
    } else if (type == Ticket.class) {
      return session.ticket(
          new RelayAddress("relay.example", 1), RelayKey.of(new byte[RelayKey.LENGTH]));
    } else if (type == RelayAddress.class) {
      return RelayAddress.of(address);
    } else if (type == List.class) {
      return List.of(RelayAddress.of(address));
    } else if (type == OwnerKey.class) {
      return session.owner().orElseThrow();
    }
    return new byte[64];
  }
}
