package io.hydrasync.operator;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One request of an admin: a flat JSON object whose {@code op} says what is asked for. Every field
 * must be taken before {@link #end()}, so that a misspelt one is an error. Not thread-safe.
 */
final class AdminRequest {
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{8}");

  private final JsonObject fields;
  private final Set<String> taken = new HashSet<>();

  private AdminRequest(JsonObject fields) {
    this.fields = fields;
  }

  /**
   * Reads a request.
   *
   * @throws IllegalArgumentException if it is none
   */
  static AdminRequest parse(String json) {
    JsonObject fields = new JsonObject();
    try (JsonReader in = new JsonReader(new StringReader(json))) {
      in.setStrictness(Strictness.STRICT);
      in.beginObject();
      while (in.hasNext()) {
        String name = in.nextName();
        JsonElement value = value(in);
        if (fields.has(name)) {
          throw new IllegalArgumentException("a field comes twice");
        }
        fields.add(name, value);
      }
      in.endObject();
      if (in.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalArgumentException("more than one JSON object");
      }
      return new AdminRequest(fields);
    } catch (IOException | JsonParseException | IllegalStateException | NumberFormatException e) {
      throw new IllegalArgumentException("the request is not a flat JSON object", e);
    }
  }

  private static JsonElement value(JsonReader in) throws IOException {
    return switch (in.peek()) {
      case STRING -> new JsonPrimitive(in.nextString());
      case NUMBER -> new JsonPrimitive(in.nextLong());
      case BOOLEAN -> new JsonPrimitive(in.nextBoolean());
      default -> throw new IllegalArgumentException("the request is not a flat JSON object");
    };
  }

  private Optional<JsonPrimitive> field(String name) {
    taken.add(name);
    return Optional.ofNullable(fields.get(name)).map(JsonElement::getAsJsonPrimitive);
  }

  Optional<String> text(String name) {
    return field(name)
        .map(
            value -> {
              if (!value.isString()) {
                throw new IllegalArgumentException(name + " is a string");
              }
              return value.getAsString();
            });
  }

  Optional<Long> number(String name, long least, long most) {
    return field(name)
        .map(
            value -> {
              if (!value.isNumber() || value.getAsLong() < least || value.getAsLong() > most) {
                throw new IllegalArgumentException(
                    name + " is a number from " + least + " to " + most);
              }
              return value.getAsLong();
            });
  }

  Optional<Boolean> flag(String name) {
    return field(name)
        .map(
            value -> {
              if (!value.isBoolean()) {
                throw new IllegalArgumentException(name + " is true or false");
              }
              return value.getAsBoolean();
            });
  }

  Optional<Duration> millis(String name) {
    return number(name, 0, Duration.ofDays(1).toMillis()).map(Duration::ofMillis);
  }

  /** The log name of a session, which must be there. */
  String session() {
    String name = required("session", text("session"));
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("session is the 8 hex digits that logs show");
    }
    return name;
  }

  static <T> T required(String name, Optional<T> value) {
    return value.orElseThrow(() -> new IllegalArgumentException(name + " is missing"));
  }

  /** Nothing else is taken: what is left nobody knows. */
  void end() {
    for (String name : fields.keySet()) {
      if (!taken.contains(name)) {
        throw new IllegalArgumentException("this op has fewer fields: " + taken);
      }
    }
  }
}
