package io.hydrasync.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 by the JDK's client, whose own timeouts end with the headers: deadlines are for who
 * calls. Never by a proxy of the system, never to where a redirect leads.
 */
final class HttpTransport implements Transport {
  private final Timeline timeline;
  private final ExecutorService workers;
  private final HttpClient client;

  HttpTransport(Timeline timeline, Duration connectTimeout, Optional<SSLContext> tls) {
    this.timeline = timeline;
    workers =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "hydra-directory-http");
              thread.setDaemon(true);
              return thread;
            });
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(connectTimeout)
            .executor(workers);
    tls.ifPresent(builder::sslContext);
    client = builder.build();
  }

  @Override
  public Exchange post(URI uri, Map<String, String> headers, byte[] body, Sink sink) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    headers.forEach(request::header);
    CompletableFuture<HttpResponse<Void>> answer =
        client.sendAsync(
            request.build(),
            info -> {
              timeline.execute(() -> sink.status(info.statusCode()));
              return new Pump(sink);
            });
    answer.whenComplete(
        (response, failure) -> {
          if (failure != null) {
            Throwable cause = unwrapped(failure);
            timeline.execute(() -> sink.failed(cause, isSent(cause)));
          } else {
            timeline.execute(sink::end);
          }
        });
    return () -> answer.cancel(true);
  }

  private static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException wrapper && wrapper.getCause() != null
        ? wrapper.getCause()
        : failure;
  }

  private static boolean isSent(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          || cause instanceof HttpConnectTimeoutException
          || cause instanceof UnresolvedAddressException
          || cause instanceof SSLHandshakeException) {
        return false;
      }
    }
    return true;
  }

  /**
   * The thread of JDK 17's client ends when the client has been collected; from JDK 21 on it can be
   * ended here.
   */
  @Override
  public void close() {
    if ((Object) client instanceof AutoCloseable) {
      try {
        HttpClient.class.getMethod("shutdownNow").invoke(client);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("this JDK's HTTP client cannot be ended", e);
      }
    }
    workers.shutdown();
  }

  /** Hands a body over, a piece at a time. */
  private final class Pump implements HttpResponse.BodySubscriber<Void> {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final Sink sink;
    private Flow.@Nullable Subscription subscription;

    Pump(Sink sink) {
      this.sink = sink;
    }

    @Override
    public CompletionStage<Void> getBody() {
      return done;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      byte[] bytes = new byte[buffers.stream().mapToInt(ByteBuffer::remaining).sum()];
      int at = 0;
      for (ByteBuffer buffer : buffers) {
        int length = buffer.remaining();
        buffer.get(bytes, at, length);
        at += length;
      }
      Flow.Subscription from = subscription;
      timeline.execute(
          () -> {
            sink.data(bytes);
            if (from != null) {
              from.request(1);
            }
          });
    }

    @Override
    public void onError(Throwable failure) {
      done.completeExceptionally(
          failure instanceof IOException ? failure : new IOException(failure));
    }

    @Override
    public void onComplete() {
      done.complete(null);
    }
  }
}
