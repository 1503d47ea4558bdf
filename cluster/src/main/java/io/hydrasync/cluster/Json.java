package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Reads JSON as etcd's gateway writes it (64-bit numbers are strings, what is zero or false is left
 * out, fields that are not known do not matter) and as the directory's values are. Whatever is
 * wrong is an {@link IllegalArgumentException} that does not quote it. Stateless.
 */
final class Json {
  private static final TypeAdapter<JsonObject> OBJECTS =
      new GsonBuilder().create().getAdapter(JsonObject.class);
  private static final int MAX_DIGITS = 20;

  private Json() {}

  static JsonObject parse(byte[] text) {
    return parse(new String(text, UTF_8));
  }

  static JsonObject parse(String text) {
    try {
      JsonReader reader = new JsonReader(new StringReader(text));
      reader.setStrictness(Strictness.STRICT);
      JsonObject object = OBJECTS.read(reader);
      if (object == null || reader.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalArgumentException("no JSON object, or more than one");
      }
      return object;
    } catch (IOException | JsonParseException e) {
      throw new IllegalArgumentException("no JSON object", e);
    }
  }

  /** An unsigned or a signed number, as a string of digits or as itself; 0 where it is absent. */
  static long number(JsonObject object, String name) {
    JsonElement value = object.get(name);
    if (value == null || value.isJsonNull()) {
      return 0;
    }
    String digits = primitive(value, name);
    try {
      if (digits.length() > MAX_DIGITS) {
        throw new NumberFormatException("too long");
      }
      return digits.startsWith("-") ? Long.parseLong(digits) : Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " is no number", e);
    }
  }

  /** A number that is a count: 0 to 2^31 - 1. */
  static int count(JsonObject object, String name) {
    long value = number(object, name);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(name + " is out of bounds");
    }
    return (int) value;
  }

  static boolean flag(JsonObject object, String name) {
    JsonElement value = object.get(name);
    return value != null && !value.isJsonNull() && Boolean.parseBoolean(primitive(value, name));
  }

  static Optional<String> text(JsonObject object, String name) {
    JsonElement value = object.get(name);
    return value == null || value.isJsonNull()
        ? Optional.empty()
        : Optional.of(primitive(value, name));
  }

  static String required(JsonObject object, String name) {
    return text(object, name).orElseThrow(() -> new IllegalArgumentException(name + " is missing"));
  }

  /** Bytes in base64, as etcd writes them: padded; none where they are absent. */
  static byte[] bytes(JsonObject object, String name) {
    return Base64.getDecoder().decode(text(object, name).orElse(""));
  }

  /** The object in an object; an empty one where it is absent. */
  static JsonObject object(JsonObject object, String name) {
    return object.get(name) instanceof JsonObject inner ? inner : new JsonObject();
  }

  /** What is in an array; nothing where it is absent. */
  static List<JsonElement> all(JsonObject object, String name) {
    return object.get(name) instanceof JsonArray array ? array.asList() : List.of();
  }

  /** The objects in an array; nothing where it is absent. */
  static List<JsonObject> objects(JsonObject object, String name) {
    return all(object, name).stream()
        .filter(JsonElement::isJsonObject)
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  private static String primitive(JsonElement value, String name) {
    if (!value.isJsonPrimitive()) {
      throw new IllegalArgumentException(name + " is no text and no number");
    }
    return value.getAsString();
  }
}
