package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A fake etcd in virtual time, a millisecond away. Its members are http://m:1, http://m:2 … */
final class FakeTransport implements Transport {
  private static final Duration WAY = Duration.ofMillis(1);

  private final VirtualTimeline timeline;
  private final FakeEtcd etcd;
  final Set<Integer> down = new HashSet<>();
  boolean closed;

  FakeTransport(VirtualTimeline timeline, FakeEtcd etcd) {
    this.timeline = timeline;
    this.etcd = etcd;
  }

  static List<URI> members(int count) {
    return java.util.stream.IntStream.rangeClosed(1, count)
        .mapToObj(member -> URI.create("http://m:" + member))
        .toList();
  }

  @Override
  public Exchange post(URI uri, Map<String, String> headers, byte[] body, Sink sink) {
    int member = uri.getPort();
    Answer answer = new Answer(sink);
    timeline.schedule(
        WAY,
        () -> {
          if (down.contains(member)) {
            sink.failed(new ConnectException("refused"), false);
          } else {
            etcd.handle(
                new FakeEtcd.Request(member, uri.getPath(), headers, Json.parse(body)), answer);
          }
        });
    return () -> answer.cancelled = true;
  }

  @Override
  public void close() {
    closed = true;
  }

  private final class Answer implements FakeEtcd.Reply {
    private final Sink sink;
    boolean cancelled;

    Answer(Sink sink) {
      this.sink = sink;
    }

    private void later(Runnable what) {
      timeline.schedule(
          WAY,
          () -> {
            if (!cancelled) {
              what.run();
            }
          });
    }

    @Override
    public void begin(int status) {
      later(() -> sink.status(status));
    }

    @Override
    public void write(String text) {
      byte[] bytes = text.getBytes(UTF_8);
      // in two pieces, as a network may
      later(() -> sink.data(java.util.Arrays.copyOf(bytes, bytes.length / 2)));
      later(() -> sink.data(java.util.Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length)));
    }

    @Override
    public void end() {
      later(sink::end);
    }

    @Override
    public void cut() {
      later(() -> sink.failed(new IOException("closed"), true));
    }
  }
}
