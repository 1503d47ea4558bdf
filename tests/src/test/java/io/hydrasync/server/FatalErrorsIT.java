package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrasync.client.HydraAdmin;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.operator.OperatorHttp;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.session.ProducerStage;
import io.hydrasync.server.internal.session.SessionName;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An error after which a relay cannot serve reaches one place from each of its threads, whatever
 * Netty does with it on the way; and what is no such error ends neither a loop nor what is
 * repeated.
 */
@Timeout(120)
class FatalErrorsIT {
  private static final long SECONDS = 20;
  private static final String MADE = "as a test has it";

  private final LinkedBlockingQueue<Throwable> told = new LinkedBlockingQueue<>();
  private final HydraServer.Builder builder =
      HydraServer.builder().fatalErrorHandler(told::add).linger(Duration.ZERO);
  private HydraServer relay = HydraServer.bindDefault();

  @AfterEach
  void close() {
    relay.close();
  }

  /** Where something goes wrong. */
  enum Place {
    LOOP_TASK {
      @Override
      void fail(Connection connection, Error error) {
        connection.loop().execute(thrower(error));
      }
    },
    DELAYED_TASK {
      @Override
      void fail(Connection connection, Error error) {
        connection.loop().schedule(thrower(error), 1, TimeUnit.MILLISECONDS);
      }
    },
    REPEATED_TASK {
      @Override
      void fail(Connection connection, Error error) {
        connection.loop().scheduleAtFixedRate(thrower(error), 1, 1, TimeUnit.MILLISECONDS);
      }
    },
    STEP_OF_A_CONNECTION {
      @Override
      void fail(Connection connection, Error error) {
        connection.execute(thrower(error));
      }
    },
    MEMORY_FOR_A_READ {
      @Override
      void fail(Connection connection, Error error) {
        connection.channel().config().setAllocator(new NoMemory(error));
        connection.execute(() -> connection.receive().target(null)); // the next read is ordinary
      }
    },
    MEMORY_FOR_A_WRITE {
      @Override
      void fail(Connection connection, Error error) {
        connection.channel().config().setAllocator(new NoMemory(error));
        connection.execute(() -> connection.write(new PongMessage(1)));
      }
    },
    FAILED_WRITE {
      @Override
      void fail(Connection connection, Error error) {
        connection.execute(
            () ->
                connection
                    .services()
                    .fatalErrors()
                    .operationComplete(
                        connection.channel().newFailedFuture(new IllegalStateException(error))));
      }
    },
    HANDSHAKE_POOL {
      @Override
      void fail(Connection connection, Error error) {
        connection.onPool(thrower(error));
      }
    },
    POOL_THREAD {
      @Override
      void fail(Connection connection, Error error) {
        connection.services().pool().execute(thrower(error));
      }
    },
    SPILL_WRITER {
      @Override
      void fail(Connection connection, Error error) {
        RelayServices services = connection.services();
        services.spill().store().disk().execute(services.fatalErrors().guard(thrower(error)));
      }
    },
    ACCEPTING {
      @Override
      void fail(Connection connection, Error error) {
        connection.channel().parent().pipeline().fireExceptionCaught(error);
      }
    };

    abstract void fail(Connection connection, Error error);

    private static Runnable thrower(Error error) {
      return () -> {
        throw error;
      };
    }
  }

  /** An allocator that has nothing left. */
  private static final class NoMemory extends AbstractByteBufAllocator {
    private final Error error;

    NoMemory(Error error) {
      super(true);
      this.error = error;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initial, int max) {
      throw error;
    }

    @Override
    protected ByteBuf newDirectBuffer(int initial, int max) {
      throw error;
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  private void bind(Transport transport) {
    relay.close();
    try {
      relay = builder.transport(transport).bind();
    } catch (IllegalArgumentException e) {
      assumeTrue(false, transport + " is not available here");
    }
  }

  private Connection producersConnection(SessionSecrets session) {
    var found = relay.relay().sessions().find(new SessionName(Wire.WIRE_2, session.id()));
    ProducerStage stage = found == null ? null : found.producer();
    assertThat(stage).isNotNull();
    return stage.connection();
  }

  private HydraProducer produce(SessionSecrets session) {
    return HydraProducer.builder(relay.address(), session).relayKey(relay.relayKey()).connect();
  }

  private HydraConsumer consume(SessionSecrets session) {
    return HydraConsumer.builder(relay.address(), session).relayKey(relay.relayKey()).connect();
  }

  private Throwable told() throws InterruptedException {
    Throwable error = told.poll(SECONDS, TimeUnit.SECONDS);
    assertThat(error).as("what the handler was told").isNotNull();
    return error;
  }

  private void assertFailed(Throwable error) {
    RelayOperator operator = relay.operator();
    assertThat(operator.fatalError()).containsSame(error);
    assertThat(operator.status().state()).isEqualTo("failed");
    assertThat(operator.isReady()).isFalse();
    assertThat(operator.isAlive(Duration.ofSeconds(SECONDS))).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void anOutOfMemoryErrorIsToldOnceFromEachPlace(Place place) throws Exception {
    for (Transport transport : Transport.values()) {
      bind(transport);
      failAt(place);
      relay.close();
    }
  }

  private void failAt(Place place) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    HydraProducer producer = produce(session);
    try {
      Connection connection = producersConnection(session);
      Error error = new OutOfMemoryError(MADE + ": " + place);
      place.fail(connection, error);
      if (place == Place.MEMORY_FOR_A_READ) {
        producer.broadcast(new byte[10]);
      }
      Throwable first = told();
      assertThat(first)
          .satisfiesAnyOf(e -> assertThat(e).isSameAs(error), e -> assertThat(e).hasCause(error));
      assertFailed(first);
      connection
          .loop()
          .execute(
              () -> {
                throw new OutOfMemoryError(MADE + ", once more");
              });
      connection.loop().submit(() -> {}).await(SECONDS, TimeUnit.SECONDS);
      assertThat(told).as("told once").isEmpty();
    } finally {
      producer.abort();
    }
  }

  @Test
  void aListenerThatHasClosedByItselfIsTheEnd() throws Exception {
    bind(Transport.NIO);
    SessionSecrets session = SessionSecrets.generate();
    try (HydraProducer alive = produce(session)) {
      assertThat(alive).isNotNull();
      producersConnection(session).channel().parent().close();
      assertFailed(told());
    }
  }

  @Test
  void closingIsNoFailure() {
    bind(Transport.NIO);
    RelayOperator operator = relay.operator();
    relay.close();
    assertThat(told).isEmpty();
    assertThat(operator.fatalError()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"STACK", "LINK", "RUNTIME", "CHECKED"})
  void anyOtherThrowableEndsNeitherTheLoopNorWhatIsRepeated(String kind) throws Exception {
    Supplier<Throwable> thrown =
        switch (kind) {
          case "STACK" -> () -> new StackOverflowError(MADE);
          case "LINK" -> () -> new NoClassDefFoundError(MADE);
          case "RUNTIME" -> () -> new IllegalStateException(MADE);
          default -> () -> new Exception(MADE);
        };
    bind(Transport.NIO);
    SessionSecrets session = SessionSecrets.generate();
    try (HydraProducer producer = produce(session);
        HydraConsumer consumer = consume(session)) {
      EventLoop loop = producersConnection(session).loop();
      CountDownLatch repeated = new CountDownLatch(3);
      AtomicInteger ran = new AtomicInteger();
      loop.execute(
          () -> {
            ran.incrementAndGet();
            sneak(thrown.get());
          });
      var repeating =
          loop.scheduleAtFixedRate(
              () -> {
                repeated.countDown();
                sneak(thrown.get());
              },
              1,
              1,
              TimeUnit.MILLISECONDS);
      assertThat(repeated.await(SECONDS, TimeUnit.SECONDS)).isTrue();
      repeating.cancel(false);
      assertThat(ran).hasValue(1);
      producer.broadcast(new byte[] {7});
      assertThat(consumer.receive(Duration.ofSeconds(SECONDS)).get()).isEqualTo((byte) 7);
      assertThat(relay.operator().fatalError()).isEmpty();
      assertThat(relay.operator().isAlive(Duration.ofSeconds(SECONDS))).isTrue();
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable error) throws T {
    throw (T) error;
  }

  @Test
  void anAdminsRequestIsNoExceptionAndLivezSaysIt() throws Exception {
    Credential credential = Credential.generate(new SecureRandom());
    builder
        .credential(credential, Set.of(Role.ADMIN))
        .admin(
            (operator, request) -> {
              throw new OutOfMemoryError(MADE);
            });
    bind(Transport.NIO);
    try (OperatorHttp http =
            OperatorHttp.start(new InetSocketAddress("127.0.0.1", 0), relay.operator(), "test");
        HydraAdmin admin =
            HydraAdmin.builder(relay.address(), credential).relayKey(relay.relayKey()).connect()) {
      assertThat(livez(http).statusCode()).isEqualTo(200);
      try {
        admin.request("{\"op\":\"status\"}");
      } catch (HydraException e) {
        // there is no answer
      }
      assertFailed(told());
      HttpResponse<String> answer = livez(http);
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("the relay has failed");
    }
  }

  private static HttpResponse<String> livez(OperatorHttp http) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + http.address().getPort() + "/livez"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
