package io.hydrasync.cli.admin;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.check.Printable;
import java.util.function.Supplier;

/** What a relay has replied to an admin. Anything may stand in it: relays lie. */
public final class AdminReply {
  private static final int MAX_TEXT = 200;
  private static final int MAX_NUMBER = 25;

  private final JsonObject whole;

  private AdminReply(JsonObject whole) {
    this.whole = whole;
  }

  /**
   * Reads a reply.
   *
   * @throws ProtocolException PROTOCOL if it is none
   * @throws IllegalArgumentException with the relay's words if it says no
   */
  public static AdminReply parse(String json) {
    return reading(
        () -> {
          AdminReply reply = new AdminReply(JsonParser.parseString(json).getAsJsonObject());
          if (!reply.whole.get("ok").getAsBoolean()) {
            throw reply.refusal();
          }
          return reply;
        });
  }

  private IllegalArgumentException refusal() {
    String error = shown().get("error").getAsString();
    return whole.has("owner")
        ? new ElsewhereException(error, RelayAddress.parse(whole.get("owner").getAsString()))
        : new IllegalArgumentException(error);
  }

  /** Another relay is the one to be asked. */
  static final class ElsewhereException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final transient RelayAddress owner;

    private ElsewhereException(String message, RelayAddress owner) {
      super(message);
      this.owner = owner;
    }

    /** Where clients reach it. */
    RelayAddress owner() {
      return owner;
    }
  }

  /**
   * Takes something out of a reply.
   *
   * @throws ProtocolException PROTOCOL if it is not there, or something else
   */
  public static <T> T reading(Supplier<T> use) {
    try {
      return use.get();
    } catch (NumberFormatException
        | JsonParseException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | ArithmeticException
        | UnsupportedOperationException e) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL,
          "the relay's reply is not what a relay sends; is it of another version?",
          e);
    }
  }

  /** All of it, to be printed as JSON. */
  JsonObject whole() {
    return whole;
  }

  /** A copy for people: short texts of printable ASCII, each character of which is a column. */
  public JsonObject shown() {
    return reading(() -> (JsonObject) shown(whole));
  }

  private static JsonElement shown(JsonElement element) { // as deep as the parser permits, 255
    if (element instanceof JsonObject object) {
      JsonObject copy = new JsonObject();
      object.entrySet().forEach(entry -> copy.add(cell(entry.getKey()), shown(entry.getValue())));
      return copy;
    }
    if (element instanceof JsonArray array) {
      JsonArray copy = new JsonArray(array.size());
      array.forEach(value -> copy.add(shown(value)));
      return copy;
    }
    if (element instanceof JsonPrimitive primitive && primitive.isString()) {
      return new JsonPrimitive(cell(primitive.getAsString()));
    }
    if (element instanceof JsonPrimitive primitive && primitive.isNumber()) {
      if (primitive.getAsString().length() > MAX_NUMBER) {
        throw new NumberFormatException("a number of so many digits");
      }
    }
    return element;
  }

  private static String cell(String text) {
    return Printable.cell(text, MAX_TEXT);
  }
}
