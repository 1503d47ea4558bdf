package io.hydrasync.tests.tools;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A page of {@link Chromium}, over the DevTools protocol: questions in JSON, each with a number,
 * and answers and events in any order. Keeps every event from the beginning. For one thread.
 */
final class BrowserPage {
  private final Duration patience;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonObject>> open = new ConcurrentHashMap<>();
  private final List<JsonObject> events = new CopyOnWriteArrayList<>();
  private final WebSocket socket;

  private BrowserPage(HttpClient http, URI address, Duration patience) throws InterruptedException {
    this.patience = patience;
    socket = get(http.newWebSocketBuilder().buildAsync(address, new Messages()));
  }

  static BrowserPage connect(HttpClient http, URI address, Duration patience)
      throws InterruptedException {
    BrowserPage page = new BrowserPage(http, address, patience);
    for (String domain : List.of("Page", "Network", "Runtime", "Log")) {
      page.call(domain + ".enable", new JsonObject());
    }
    return page;
  }

  /** Puts the pieces of messages together. */
  private final class Messages implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      message.append(data);
      if (last) {
        take(JsonParser.parseString(message.toString()).getAsJsonObject());
        message.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private void take(JsonObject message) {
    if (!message.has("id")) {
      events.add(message);
      return;
    }
    CompletableFuture<JsonObject> answer = open.remove(message.get("id").getAsInt());
    if (answer == null) {
      return;
    }
    if (message.has("error")) {
      answer.completeExceptionally(new AssertionError(message.get("error").toString()));
    } else {
      answer.complete(message.getAsJsonObject("result"));
    }
  }

  private <T> T get(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("the browser does not do what it is told", e);
    }
  }

  private JsonObject call(String method, JsonObject parameters) throws InterruptedException {
    int number = numbers.incrementAndGet();
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    open.put(number, answer);
    JsonObject message = new JsonObject();
    message.addProperty("id", number);
    message.addProperty("method", method);
    message.add("params", parameters);
    get(socket.sendText(message.toString(), true));
    return get(answer);
  }

  void open(String address) throws InterruptedException {
    JsonObject parameters = new JsonObject();
    parameters.addProperty("url", address);
    call("Page.navigate", parameters);
    await("document.readyState === 'complete' && location.href === '" + address + "'");
  }

  /** The value of an expression, or of the promise that it is. */
  JsonElement evaluate(String expression) throws InterruptedException {
    JsonObject parameters = new JsonObject();
    parameters.addProperty("expression", expression);
    parameters.addProperty("awaitPromise", true);
    parameters.addProperty("returnByValue", true);
    JsonObject answer = call("Runtime.evaluate", parameters);
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
    }
    return answer.getAsJsonObject("result").get("value");
  }

  String text(String expression) throws InterruptedException {
    return evaluate(expression).getAsString();
  }

  /** Lets the page look until a condition holds; fails if it does not in time. */
  void await(String condition) throws InterruptedException {
    String look =
        """
        new Promise(done => {
          const end = Date.now() + %d;
          const look = () => {
            if (%s) done(true);
            else if (Date.now() > end) done(false);
            else setTimeout(look, 50);
          };
          look();
        })"""
            .formatted(patience.toMillis() * 3 / 4, condition);
    if (!evaluate(look).getAsBoolean()) {
      throw new AssertionError(
          condition + " does not come true in:\n" + text("document.body.innerText"));
    }
  }

  /** The parameters of all events of a name. */
  List<JsonObject> events(String method) {
    List<JsonObject> found = new ArrayList<>();
    for (JsonObject event : events) {
      if (event.get("method").getAsString().equals(method)) {
        found.add(event.getAsJsonObject("params"));
      }
    }
    return found;
  }

  /** What the page looks like, as PNG. */
  byte[] screenshot() throws InterruptedException {
    String data = call("Page.captureScreenshot", new JsonObject()).get("data").getAsString();
    return Base64.getDecoder().decode(data);
  }
}
