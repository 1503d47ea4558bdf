package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said where something else than a relay answers. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForeignServerTest {
  /** Says something, and then nothing: it does not even close. */
  private static CompletableFuture<Socket> answer(ServerSocket server, String said) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            Socket client = server.accept();
            client.getInputStream().read();
            client.getOutputStream().write(said.translateEscapes().getBytes(ISO_8859_1));
            return client;
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "WIRE_2 ~ HTTP ~ HTTP/1.1 400 Bad Request\\r\\n\\r\\n",
        "WIRE_2 ~ TLS ~ \\25\\3\\1\\0\\2\\2\\106",
        "WIRE_2 ~ SSH ~ SSH-2.0-Go\\r\\n",
        "WIRE_2 ~ Redis ~ -ERR unknown command 'HYDRA2'\\r\\n",
        "WIRE_2 ~ NATS ~ INFO {\\\"server_id\\\":\\\"NAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\\\"}\\r\\n",
        "CLASSIC ~ HTTP ~ HTTP/1.1 400 Bad Request\\r\\n\\r\\n",
        "CLASSIC ~ SSH ~ SSH-2.0-OpenSSH_9.6\\r\\n"
      })
  void namesWhatAnswers(Wire wire, String name, String said) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Socket> answered = answer(server, said);
      InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();

      ConnectionException problem =
          catchThrowableOfType(
              ConnectionException.class,
              () -> HydraProducer.builder(address, ConnectingClient.PLAIN).wire(wire).connect());

      answered.get(30, TimeUnit.SECONDS).close();
      assertThat(problem.code()).isEqualTo(ErrorCode.DISCONNECTED);
      assertThat(problem)
          .hasMessageEndingWith(
              ": what answers there speaks "
                  + name
                  + ", so it is no hydra relay; is the port right?");
    }
  }
}
