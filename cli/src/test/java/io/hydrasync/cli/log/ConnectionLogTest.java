package io.hydrasync.cli.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.hydrasync.cli.Eventually;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** What a relay logs of connections that have ended. */
class ConnectionLogTest {
  private final List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.hydrasync.relay.connections");
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event);
        }
      };
  private final HydraServer relay = HydraServer.bindDefault();

  @BeforeEach
  void listen() {
    appender.setContext(logger.getLoggerContext());
    appender.start();
    logger.addAppender(appender);
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
  }

  @AfterEach
  void close() {
    logger.detachAppender(appender);
    logger.setLevel(null);
    logger.setAdditive(true);
    relay.close();
  }

  private static Map<String, Object> keys(ILoggingEvent event) {
    return event.getKeyValuePairs().stream()
        .collect(Collectors.toMap(pair -> pair.key, pair -> pair.value));
  }

  private void awaitNobody() {
    while (relay.connections() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void tellsWhoWasThereAndWhyItEndedByTheSessionsLogNameOnly() {
    SessionSecrets session = SessionSecrets.generate();
    HydraProducer producer = HydraProducer.connect(relay.address(), session);
    producer.broadcast(new byte[1000]);
    producer.close();
    awaitNobody();
    relay.close(); // ends the loops: the line is behind the count

    assertThat(lines).hasSize(1);
    Map<String, Object> line = keys(lines.get(0));
    assertThat(line)
        .containsEntry("role", "producer")
        .containsEntry("reason", "bye")
        .containsEntry("session", session.id().logName())
        .containsEntry("lag", 0L)
        .containsKeys("connection", "peer", "ms", "sent");
    assertThat((long) line.get("received")).isGreaterThan(1000);
  }

  @Test
  void tellsOfThoseWhoNeverJoined() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", relay.address().getPort())) {
      socket.getOutputStream().write(0);
    }
    while (lines.isEmpty()) {
      Thread.onSpinWait();
    }

    assertThat(keys(lines.get(0))).containsEntry("role", "none").doesNotContainKey("session");
  }

  @ParameterizedTest
  @CsvSource({
    "'GET / HTTP/1.1\\r\\n\\r\\n', HTTP",
    "'SSH-2.0-OpenSSH_9.6\\r\\n', SSH",
    "'*1\\r\\n$4\\r\\nPING\\r\\n', Redis",
    "'CONNECT {}\\r\\n', NATS",
    "'\\26\\3\\1\\2\\0\\1\\0\\1\\374\\3\\3', TLS"
  })
  void namesAForeignProtocolAtOnce(String said, String name) throws IOException {
    try (HydraServer strict = HydraServer.builder().classic(false).bind()) {
      for (HydraServer each : List.of(relay, strict)) {
        lines.clear();
        try (Socket client = new Socket("127.0.0.1", each.address().getPort())) {
          client.getOutputStream().write(said.translateEscapes().getBytes(ISO_8859_1));
          assertThat(closes(client)).isTrue();
        }
        Eventually.await("a line", () -> !lines.isEmpty());
        assertThat(keys(lines.get(0)))
            .containsEntry("reason", "speaks " + name)
            .containsEntry("sent", 0L)
            .hasEntrySatisfying("ms", ms -> assertThat((long) ms).isLessThan(9_000));
      }
    }
  }

  private static boolean closes(Socket client) throws IOException {
    try {
      return client.getInputStream().read() < 0;
    } catch (SocketException e) {
      return true; // a reset
    }
  }
}
