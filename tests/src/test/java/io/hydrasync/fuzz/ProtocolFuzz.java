package io.hydrasync.fuzz;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.check.ClassicVersions;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicJoin;
import io.hydrasync.protocol.classic.ClassicMetrics;
import io.hydrasync.protocol.classic.ClassicPackets;
import io.hydrasync.protocol.classic.ClassicRole;
import io.hydrasync.protocol.classic.ClassicStatus;
import io.hydrasync.protocol.classic.ClassicVersion;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.CountMessage;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.IgnorableMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.LinkedSession;
import io.hydrasync.protocol.wire.control.PeersMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** The layouts that both ends parse, for the fuzzer: what must hold whatever comes. */
final class ProtocolFuzz {
  /** A key, or so much of one that its refusal must not quote it. */
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]{12,}");

  private static final SessionSecrets OWNED = SessionSecrets.generate();
  private static final SessionId PLAIN = SessionId.of(new byte[SessionId.LENGTH]);
  private static final byte[] TRANSPORT = new byte[32];

  private ProtocolFuzz() {}

  /** A control message: what was read is written as it was, but for what trails it. */
  static void control(byte[] data) {
    if (data.length == 0) {
      return;
    }
    int type = data[0] & 0xFF;
    Control message;
    try {
      message = Control.read(type, ByteBuffer.wrap(data, 1, data.length - 1).slice());
    } catch (ProtocolException e) {
      return;
    }
    if (message instanceof IgnorableMessage) {
      return;
    }
    require(message.type() == type, "another type");
    byte[] written = message.toInnerFrame();
    Control again =
        Control.read(type, ByteBuffer.wrap(written, Frames.PREFIX, written.length - 5).slice());
    require(Arrays.equals(written, again.toInnerFrame()), "another message");
    require(!message.toString().isEmpty(), "no text");
  }

  /** A HEAD, of a plain or an owned session: what is taken is in bounds, and verifies nothing. */
  static void head(byte[] data) {
    for (SessionId session : List.of(PLAIN, OWNED.id())) {
      try {
        Head head = Head.parse(data, session);
        require(Arrays.equals(head.toBytes(), data), "other bytes");
        require(head.stream() > 0 && head.stream() <= head.epoch(), "a stream out of bounds");
        require(head.first() >= 0 && head.first() < Frames.SEQ_LIMIT, "a sequence out of bounds");
        require(head.length() <= Head.maxLength(session.isOwned()), "too long");
        require(!session.isOwned() || !head.isSignedBy(session), "a forged signature");
      } catch (ProtocolException e) {
        // malformed
      }
    }
  }

  /** A ticket: read back as it was, or refused without being quoted. */
  static void ticket(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    try {
      Ticket ticket = Ticket.parse(text);
      require(Ticket.parse(ticket.format()).equals(ticket), "another ticket");
      require(ticket.format().equals(text), "not canonical");
      String secret = text.substring(text.indexOf('#') + 1);
      boolean onlyThere = text.indexOf(secret) == text.length() - secret.length(); // not as a host
      require(!onlyThere || !ticket.toString().contains(secret), "a secret");
    } catch (IllegalArgumentException e) {
      String secret = text.substring(text.indexOf('#') + 1);
      boolean couldBeOne = text.indexOf('#') >= 0 && KEY.matcher(secret).matches();
      require(
          !couldBeOne || !String.valueOf(e.getMessage()).contains(secret),
          "the refusal quotes the secret");
    }
  }

  /**
   * A classic join of each form, sealed as it should be, and any bytes in its place; what answers
   * it on the later wire is opened the same way.
   */
  static void classicJoin(byte[] data) {
    ClassicCipher cipher = new ClassicCipher(TRANSPORT);
    byte[] plaintext = Arrays.copyOf(data, 1 + SessionId.LENGTH);
    byte[] id = Arrays.copyOfRange(plaintext, 1, plaintext.length);
    for (String name : ClassicVersions.KNOWN) {
      ClassicVersion version = ClassicVersion.of(name);
      require(ClassicJoin.open(cipher, version, data).isEmpty(), "a forged join");
      byte[] join = new byte[ClassicJoin.length(version)];
      cipher.sealPart(plaintext, 0, plaintext.length, join, join.length - ClassicJoin.LEN);
      ClassicJoin opened = ClassicJoin.open(cipher, version, join).orElseThrow();
      require(Arrays.equals(opened.session().toBytes(), id), "another session");
      boolean isRole = opened.role() != ClassicRole.OTHER;
      require(!isRole || version.number(opened.role()) == (plaintext[0] & 0xFF), "another role");
    }
  }

  /** A status, a packet length and metrics: forged ones, and any number sealed as it should be. */
  static void classicAnswers(byte[] data) {
    ClassicCipher cipher = new ClassicCipher(TRANSPORT);
    refuses(() -> ClassicStatus.open(cipher, data));
    refuses(() -> ClassicPackets.open(cipher, data));
    require(ClassicMetrics.open(cipher, data).isEmpty(), "forged metrics");
    byte[] numbers = Arrays.copyOf(data, 4 * Long.BYTES);
    int status = ClassicStatus.open(cipher, sealed(cipher, numbers, 1));
    require(status == (numbers[0] & 0xFF), "another status");
    for (String name : ClassicVersions.KNOWN) {
      ClassicVersion.of(name).status(status);
    }
    try {
      int payload = ClassicPackets.open(cipher, sealed(cipher, numbers, Long.BYTES));
      require(payload > 0 && payload <= ClassicPackets.MAX_PAYLOAD, "a length out of bounds");
    } catch (ProtocolException e) {
      // 0 or too long
    }
    byte[] again = new byte[ClassicMetrics.LENGTH];
    ClassicMetrics.open(cipher, sealed(cipher, numbers, numbers.length))
        .orElseThrow()
        .seal(cipher, again, 0);
    require(ClassicMetrics.open(cipher, again).isPresent(), "metrics that do not open");
  }

  private static byte[] sealed(ClassicCipher cipher, byte[] plaintext, int length) {
    byte[] sealed = new byte[length + ClassicCipher.PART_OVERHEAD];
    cipher.sealPart(plaintext, 0, length, sealed, 0);
    return sealed;
  }

  private static void refuses(Runnable opening) {
    try {
      opening.run();
    } catch (AuthenticationException e) {
      return;
    }
    throw new AssertionError("a forged answer");
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  static List<byte[]> controlSeeds() {
    return List.of(
        seed(new GapMessage(1, 2, 3)),
        seed(new PingMessage(7)),
        seed(new ByeMessage()),
        seed(new ErrorMessage(3, 1000, "text")),
        seed(new JoinedMessage(2, 1 << 26, 5, 6, new byte[16], 30)),
        seed(
            new JoinedMessage(2, 1 << 26, 5, 6, new byte[16], 30).with(new LinkedSession(1, 5, 9))),
        seed(new AckMessage(1, new byte[8], 2, 3)),
        seed(new CountMessage(1_000)),
        seed(new PeersMessage(List.of(new RelayAddress("a.b", 1), new RelayAddress("::1", 2)))),
        seed(new UnreadMessage(1, 2, 3)));
  }

  private static byte[] seed(Control message) {
    byte[] frame = message.toInnerFrame();
    return Arrays.copyOfRange(frame, Frames.TYPE_OFFSET, frame.length);
  }

  static List<byte[]> headSeeds() {
    byte[] plain = Head.prefix(9, 8, 1, 0, new byte[Head.SALT_LENGTH], false);
    byte[] owned = Head.prefix(9, 8, 1, 1, new byte[Head.SALT_LENGTH], true);
    return List.of(
        Arrays.copyOf(plain, plain.length + 32), Arrays.copyOf(owned, owned.length + 96));
  }

  static List<byte[]> ticketSeeds() {
    return List.of(
        Ticket.of(List.of(new RelayAddress("example.org", 4370)), OWNED.id(), OWNED.key())
            .format()
            .getBytes(StandardCharsets.UTF_8),
        OWNED
            .classicTicket(new RelayAddress("example.org", 4370), "1.0.0-beta.6")
            .format()
            .getBytes(StandardCharsets.UTF_8),
        "hydra+classic://a:1,[::1]:2/a?version=1#c".getBytes(StandardCharsets.UTF_8),
        "hydra://[::1]:1/a?relay=b#c".getBytes(StandardCharsets.UTF_8));
  }

  static List<byte[]> classicJoinSeeds() {
    return List.of(
        new byte[] {1, 2, 3}, new byte[ClassicJoin.FRAME_LENGTH], new byte[ClassicJoin.LEN]);
  }

  static List<byte[]> classicAnswerSeeds() {
    return List.of(
        new byte[ClassicStatus.LENGTH],
        new byte[] {0, 64, 0, 0, 0, 0, 0, 0},
        new byte[ClassicPackets.LENGTH],
        new byte[ClassicMetrics.LENGTH]);
  }
}
