package io.hydrasync.client;

import io.hydrasync.client.internal.connection.FrameReader;
import io.hydrasync.client.internal.stream.Beginning;
import io.hydrasync.client.internal.stream.FrameContent;
import io.hydrasync.client.internal.stream.FrameSealer;
import io.hydrasync.client.internal.stream.MessageCursor;
import io.hydrasync.client.internal.stream.StreamVerifier;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.GapMessage;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a client parses, for the fuzzer: a target each, and what must hold whatever comes. */
public final class ClientFuzz {
  private static final long NOW = 1_800_000_000_000L;

  /** Plain: a signature for each HEAD would leave time for little else. */
  private static final SessionSecrets SESSION =
      new SessionSecrets(SessionId.of(new byte[SessionId.LENGTH]), SessionSecrets.generate().key());

  private static final int COUNT = 12;
  private static final int CONTINUED_AT = 5;
  private static final List<List<byte[]>> EPOCHS =
      List.of(epoch(NOW, NOW, 0), epoch(NOW + 1, NOW, CONTINUED_AT), epoch(NOW + 2, NOW + 2, 0));

  private ClientFuzz() {}

  /** Outer frames of a socket: cut as their lengths say, or refused. */
  public static void frames(byte[] data) {
    FrameReader reader = new FrameReader(new ByteArrayInputStream(data));
    int at = 0;
    try {
      while (reader.next(0)) {
        byte[] frame =
            Arrays.copyOfRange(reader.buffer(), reader.offset(), reader.offset() + reader.length());
        require(
            Arrays.equals(data, at, at + frame.length, frame, 0, frame.length), "another frame");
        require(reader.type() == (data[at + Frames.TYPE_OFFSET] & 0xFF), "another type");
        at += frame.length;
      }
      require(at == data.length, "bytes are missing");
    } catch (AuthenticationException | EOFException e) {
      require(at < data.length, "refused nothing");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Packets of one length, which the first two bytes say: cut so, and the rest is refused. */
  public static void packets(byte[] data) {
    if (data.length < 2) {
      return;
    }
    int length = 1 + (data[0] & 0xFF) + ((data[1] & 0xFF) << 8);
    byte[] stream = Arrays.copyOfRange(data, 2, data.length);
    FrameReader reader = new FrameReader(new ByteArrayInputStream(stream));
    reader.fixedLength(length);
    int at = 0;
    try {
      while (reader.next(0)) {
        require(reader.length() == length, "another length");
        require(
            Arrays.equals(
                stream,
                at,
                at + length,
                reader.buffer(),
                reader.offset(),
                reader.offset() + length),
            "another packet");
        at += length;
        require(reader.isNextBuffered() == (stream.length - at >= length), "another next one");
      }
      require(at == stream.length, "bytes are missing");
    } catch (EOFException e) {
      require(stream.length % length != 0, "refused nothing");
      require(at == stream.length - stream.length % length, "a whole packet is missing");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The plaintext of a frame: its messages fill a BATCH exactly. */
  public static void content(byte[] data) {
    if (data.length == 0) {
      return;
    }
    int type = Frames.DATA + (data[0] & 3);
    byte[] plaintext = Arrays.copyOfRange(data, 1, data.length);
    MessageCursor messages = new MessageCursor();
    try {
      StreamVerifier.Outcome outcome = FrameContent.check(type, plaintext, plaintext.length);
      if (outcome != StreamVerifier.Outcome.BATCH) {
        return;
      }
      messages.take(plaintext, plaintext.length, true, 0);
    } catch (ProtocolException e) {
      return;
    }
    int filled = 0;
    while (messages.isPending()) {
      filled += Frames.BATCH_ITEM_PREFIX + messages.next().remaining();
    }
    require(filled == plaintext.length, "a BATCH that is not filled");
  }

  /** The text of a position: read back as it was, or refused. */
  public static void position(byte[] data) {
    try {
      Position position = Position.parse(new String(data, StandardCharsets.UTF_8));
      require(position.equals(Position.parse(position.format())), "another position");
    } catch (IllegalArgumentException e) {
      // malformed
    }
  }

  // ---- the consumer's rules ----

  private static List<byte[]> epoch(long epoch, long stream, long first) {
    FrameSealer sealer =
        FrameSealer.open(
            SESSION.id(), SESSION.key(), SESSION.owner(), epoch, stream, first, 0, new byte[32]);
    List<byte[]> frames = new ArrayList<>(List.of(sealer.head()));
    for (long seq = first; seq < COUNT; seq++) {
      byte[] plaintext = content(stream, seq);
      byte[] out = new byte[plaintext.length + Frames.OVERHEAD];
      sealer.seal(
          seq == COUNT - 1 ? Frames.END : Frames.DATA, plaintext, 0, plaintext.length, out, 0);
      frames.add(out);
    }
    return frames;
  }

  private static byte[] content(long stream, long seq) {
    byte[] plaintext = new byte[Frames.END_PLAINTEXT];
    Frames.putU64(plaintext, 0, stream + seq);
    plaintext[Frames.END_PLAINTEXT - 1] = Frames.END_FINAL;
    return plaintext;
  }

  /**
   * Three epochs of two streams, in whatever order, with whatever announced, damaged and repeated:
   * what is delivered is in order and once, and whatever is left out has been told before.
   */
  public static void verifier(byte[] data) {
    Model model = new Model();
    for (int i = 0; i + 1 < data.length; i += 2) {
      try {
        model.step(data[i] & 15, data[i + 1] & 0xFF);
      } catch (AuthenticationException e) {
        model.reconnect();
      } catch (ProtocolException e) {
        return; // fatal
      }
      model.takeEvents();
    }
  }

  private static final class Model {
    private final StreamVerifier verifier =
        new StreamVerifier(SESSION.id(), SESSION.key(), Beginning.From.BEGINNING, () -> NOW);
    private long stream;
    private long due = -1;

    Model() {
      verifier.connected(0, 0);
    }

    void step(int what, int which) {
      switch (what) {
        case 0 -> verifier.connected(NOW, which);
        case 1, 2, 3 -> verifier.head(EPOCHS.get(what - 1).get(0).clone());
        case 4 -> verifier.gapAnnounced(new GapMessage(NOW, which & 15, which >> 4));
        case 5 -> verifier.gapAnnounced(new GapMessage(NOW + 2, which & 15, which >> 4));
        case 6 -> damaged(which);
        default -> frame(what % 3, which, 0);
      }
    }

    private void damaged(int which) {
      frame(which % 3, which >> 2, 1);
    }

    private void frame(int epoch, int which, int flip) {
      List<byte[]> frames = EPOCHS.get(epoch);
      byte[] frame = frames.get(1 + which % (frames.size() - 1)).clone();
      frame[frame.length - 1] ^= (byte) flip;
      StreamVerifier.Outcome outcome = verifier.frame(frame, 0, frame.length);
      if (outcome == StreamVerifier.Outcome.NOTHING) {
        return;
      }
      takeEvents();
      long seq = verifier.next() - 1;
      require(flip == 0, "a damaged frame was delivered");
      require(verifier.stream() >= stream, "an older stream");
      require(due < 0 || verifier.stream() != stream || seq == due, "out of order, or untold");
      byte[] wanted = content(verifier.stream(), seq);
      require(
          Arrays.equals(verifier.plaintext(), 0, verifier.plaintextLength(), wanted, 0, 9),
          "another message");
      stream = verifier.stream();
      due = seq + 1;
    }

    void takeEvents() {
      for (HydraException told = verifier.pollEvent(); told != null; told = verifier.pollEvent()) {
        if (told instanceof GapException gap) {
          require(gap.from() < gap.to(), "an empty gap");
          require(due < 0 || gap.from() >= due || verifier.stream() != stream, "a gap goes back");
          stream = verifier.stream();
          due = gap.to();
        }
      }
    }

    void reconnect() {
      verifier.request();
      verifier.connected(verifier.stream(), verifier.next());
    }
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  /** A stream as it should be, and one with everything in it. */
  public static List<byte[]> verifierSeeds() {
    byte[] all = new byte[2 + 2 * COUNT];
    all[0] = 1;
    for (int i = 0; i < COUNT; i++) {
      all[2 + 2 * i] = 9;
      all[3 + 2 * i] = (byte) i;
    }
    return List.of(
        all, new byte[] {1, 0, 9, 0, 9, 1, 4, 0x51, 2, 0, 10, 0, 6, 4, 3, 0, 11, 0, 11, 1});
  }

  /** A position. */
  public static List<byte[]> positionSeeds() {
    return List.of(Position.of(NOW, 77).format().getBytes(StandardCharsets.UTF_8));
  }

  /** The frames of an epoch, joined. */
  public static List<byte[]> frameSeeds() {
    return List.of(EPOCHS.get(0).get(0), EPOCHS.get(0).get(1), new byte[] {-1, -1, -1, -1, 17});
  }

  /** Four packets, a part of one, none. */
  public static List<byte[]> packetSeeds() {
    byte[] four = new byte[2 + 4 * 44];
    four[0] = 43;
    return List.of(four, new byte[] {43, 0, 1, 2, 3}, new byte[2]);
  }

  /** Batches. */
  public static List<byte[]> contentSeeds() {
    return List.of(new byte[] {1, 0, 0, 0, 1, 65, 0, 0, 0, 0}, new byte[] {1}, new byte[10]);
  }
}
