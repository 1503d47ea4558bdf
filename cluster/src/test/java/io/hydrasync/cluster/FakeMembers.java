package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

/** Members of a fake etcd, each an HTTP server on loopback. */
final class FakeMembers implements AutoCloseable {
  private static final Runnable END = () -> {};

  private final List<HttpServer> servers = new ArrayList<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "fake-etcd");
            thread.setDaemon(true);
            return thread;
          });
  private final FakeEtcd etcd;

  FakeMembers(FakeEtcd etcd, int count) throws IOException {
    this.etcd = etcd;
    for (int member = 1; member <= count; member++) {
      int number = member;
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(threads);
      server.createContext("/", exchange -> serve(number, exchange));
      server.start();
      servers.add(server);
    }
  }

  List<URI> endpoints() {
    return servers.stream()
        .map(server -> URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
        .toList();
  }

  void stop(int member) {
    servers.get(member - 1).stop(0);
  }

  private void serve(int member, HttpExchange exchange) throws IOException {
    Map<String, String> headers = new HashMap<>();
    exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
    byte[] body = exchange.getRequestBody().readAllBytes();
    Answer answer = new Answer(exchange);
    etcd.handle(
        new FakeEtcd.Request(member, exchange.getRequestURI().getPath(), headers, Json.parse(body)),
        answer);
    answer.run();
  }

  /** What is answered is written by the exchange's own thread. */
  private static final class Answer implements FakeEtcd.Reply {
    private final HttpExchange exchange;
    private final BlockingQueue<Runnable> work = new LinkedBlockingQueue<>();

    Answer(HttpExchange exchange) {
      this.exchange = exchange;
    }

    void run() {
      try {
        for (Runnable next = work.take(); next != END; next = work.take()) {
          next.run();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (UncheckedIOException e) {
        // the client has gone
      } finally {
        exchange.close();
      }
    }

    @Override
    public void begin(int status) {
      work.add(() -> io(() -> exchange.sendResponseHeaders(status, 0)));
    }

    @Override
    public void write(String text) {
      work.add(
          () ->
              io(
                  () -> {
                    exchange.getResponseBody().write(text.getBytes(UTF_8));
                    exchange.getResponseBody().flush();
                  }));
    }

    @Override
    public void end() {
      work.add(END);
    }

    @Override
    public void cut() {
      work.add(END);
    }

    private interface Io {
      void run() throws IOException;
    }

    private static void io(Io what) {
      try {
        what.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    threads.shutdownNow();
  }
}
