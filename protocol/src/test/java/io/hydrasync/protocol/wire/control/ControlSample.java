package io.hydrasync.protocol.wire.control;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import java.util.List;

/** One message of every type, and the body that section 2 of {@code wire2.md} prescribes for it. */
public enum ControlSample {
  JOIN(
      0x80,
      204,
      new JoinMessage(
          1,
          2,
          2,
          5,
          hex("51".repeat(64)),
          0x0102030405060708L,
          0x1112131415161718L,
          hex("52".repeat(16)),
          hex("53".repeat(64)),
          hex("54".repeat(8)),
          hex("55".repeat(32))),
      "01020205"
          + "51".repeat(64)
          + "0102030405060708"
          + "1112131415161718"
          + "52".repeat(16)
          + "53".repeat(64)
          + "54".repeat(8)
          + "55".repeat(32)),
  JOINED(
      0x81,
      39,
      new JoinedMessage(
          6, 0x04000400, 0x0102030405060708L, 0x1112131415161718L, hex("52".repeat(16)), 0xfffe),
      "06" + "04000400" + "0102030405060708" + "1112131415161718" + "52".repeat(16) + "fffe"),
  ACK(
      0x82,
      28,
      new AckMessage(0x0102030405060708L, hex("56".repeat(8)), 0x1112131415161718L, 0x21222324),
      "0102030405060708" + "56".repeat(8) + "1112131415161718" + "21222324"),
  GAP(
      0x83,
      24,
      new GapMessage(0x0102030405060708L, 0x1112131415161718L, -1),
      "0102030405060708" + "1112131415161718" + "ffffffffffffffff"),
  STATE(0x84, 1, new StateMessage(StateMessage.ENDED), "02"),
  ERROR(
      0x85,
      6,
      new ErrorMessage(12, 0xfffffffeL, "bye, relée"),
      "000c" + "fffffffe" + "6279652c2072656cc3a965"),
  BYE(0x86, 0, new ByeMessage(), ""),
  PING(0x87, 8, new PingMessage(0xf102030405060708L), "f102030405060708"),
  PONG(0x88, 8, new PongMessage(0xf102030405060708L), "f102030405060708"),
  ADMIN(0x89, 4, new AdminMessage(0x21222324, "{\"a\":1}".getBytes(UTF_8)), "21222324" + json()),
  REPLY(0x8A, 4, new ReplyMessage(0x21222324, "{\"a\":1}".getBytes(UTF_8)), "21222324" + json()),
  COUNT(0xC0, 4, new CountMessage(0xf1222324), "f1222324"),
  PEERS(
      0xC1,
      19,
      new PeersMessage(List.of(new RelayAddress("a.b", 1), new RelayAddress("::1", 65_535))),
      "02" + "05" + "612e623a31" + "0b" + "5b3a3a315d3a3635353335"),
  UNREAD(
      0xC5,
      24,
      new UnreadMessage(0x0102030405060708L, 0x1112131415161718L, 0xff0),
      "0102030405060708" + "1112131415161718" + "0000000000000ff0"),
  NEXT_KEY(0xC8, 32, new NextKeyMessage(RelayKey.of(hex("c8".repeat(32)))), "c8".repeat(32)),
  IGNORABLE(0xC9, 0, new IgnorableMessage(0xC9), "");

  public final int type;

  /** Bytes of the shortest body that is whole. */
  final int shortest;

  public final Control message;

  /** The message's body in hex. */
  final String body;

  ControlSample(int type, int shortest, Control message, String body) {
    this.type = type;
    this.shortest = shortest;
    this.message = message;
    this.body = body;
  }

  private static String json() {
    return "7b2261223a317d";
  }

  /** The whole inner frame in hex. */
  public String frame() {
    return frame(body);
  }

  private String frame(String ofBody) {
    return "%08x%02x".formatted(1 + ofBody.length() / 2, type) + ofBody;
  }

  /** Whether nothing can trail the body, because its last field has no length of its own. */
  public boolean takesAllThatIsLeft() {
    return this == ADMIN || this == REPLY;
  }

  /** The body, of ERROR with as much text as it takes. */
  public String longestBody() {
    return this == ERROR ? "000c" + "fffffffe" + "78".repeat(256) : body;
  }

  public String longestFrame() {
    return frame(longestBody());
  }
}
