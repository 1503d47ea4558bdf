package io.hydrasync.cluster;

import com.google.gson.JsonObject;
import io.hydrasync.cluster.GatewayException.Reason;
import io.hydrasync.protocol.check.Printable;
import java.nio.charset.StandardCharsets;

/**
 * What the answers of the gateways of etcd 3.4 to 3.7 mean, by status and code and never by text.
 * Stateless.
 */
final class Answers {
  static final int OK = 200;

  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NO_SUCH_PATH = 404;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERROR = 500;
  private static final int MAX_TEXT = 200;

  // google.rpc.Code
  private static final int CODE_UNKNOWN = 2;
  private static final int CODE_DEADLINE_EXCEEDED = 4;
  private static final int CODE_NOT_FOUND = 5;
  private static final int CODE_PERMISSION_DENIED = 7;
  private static final int CODE_RESOURCE_EXHAUSTED = 8;
  private static final int CODE_OUT_OF_RANGE = 11;
  private static final int CODE_UNAVAILABLE = 14;
  private static final int CODE_UNAUTHENTICATED = 16;

  private Answers() {}

  /** Whether to authenticate and to ask again. */
  static boolean isUnauthenticated(int status, JsonObject body) {
    return status == UNAUTHORIZED || code(body) == CODE_UNAUTHENTICATED;
  }

  /** Whether this endpoint cannot do it, and another one may. */
  static boolean isEndpointsFault(int status, JsonObject body) {
    int code = code(body);
    return status >= SERVER_ERROR
        || (isError(status, body)
            && (code == CODE_UNKNOWN
                || code == CODE_DEADLINE_EXCEEDED
                || code == CODE_UNAVAILABLE));
  }

  static boolean isError(int status, JsonObject body) {
    return status != OK || body.has("error");
  }

  static GatewayException failure(int status, JsonObject body) {
    int code = code(body);
    Reason reason = Reason.REFUSED;
    if (isEndpointsFault(status, body)) {
      reason = Reason.UNKNOWN;
    } else if (code == CODE_RESOURCE_EXHAUSTED || status == TOO_MANY_REQUESTS) {
      reason = Reason.FULL;
    } else if (code == CODE_NOT_FOUND) {
      reason = Reason.NOT_FOUND;
    } else if (code == CODE_OUT_OF_RANGE) {
      reason = Reason.OUT_OF_RANGE;
    }
    return new GatewayException(reason, explained(status, code) + quoted(body));
  }

  private static String explained(int status, int code) {
    if (status == NO_SUCH_PATH && code == 0) {
      return "etcd answers 404: it has no JSON gateway (enable-grpc-gateway)";
    }
    if (status == FORBIDDEN || code == CODE_PERMISSION_DENIED) {
      return "etcd gives its user no right to the cluster's keys";
    }
    return "etcd answers " + status + (code == 0 ? "" : ", code " + code);
  }

  private static String quoted(JsonObject body) {
    JsonObject holder = body.get("error") instanceof JsonObject inner ? inner : body;
    String text = message(holder);
    return text.isEmpty() ? "" : ": " + text;
  }

  private static String message(JsonObject holder) {
    try {
      String text = Printable.line(Json.text(holder, "message").orElse(""));
      return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /** In streams below {@code error}, there called {@code grpc_code} by some. */
  private static int code(JsonObject body) {
    JsonObject holder = body.get("error") instanceof JsonObject inner ? inner : body;
    try {
      return Json.count(holder, holder.has("grpc_code") ? "grpc_code" : "code");
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }

  /**
   * A body as an object; what is none, as the text of an error, is an object with that as its
   * message.
   */
  static JsonObject body(int status, byte[] bytes) {
    try {
      return Json.parse(bytes);
    } catch (IllegalArgumentException e) {
      if (status == OK) {
        throw e;
      }
      JsonObject text = new JsonObject();
      text.addProperty("message", new String(bytes, StandardCharsets.UTF_8).strip());
      return text;
    }
  }
}
