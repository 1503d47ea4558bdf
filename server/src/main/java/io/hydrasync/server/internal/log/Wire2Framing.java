package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The frames of wire 2: all that can be checked without a key ({@code wire2.md} sections 2 and 6,
 * "Relay").
 */
public final class Wire2Framing implements Framing {
  private final SessionLog log;
  private final SessionId session;
  private final int maxFrame;
  private final int maxHead;
  private final EpochRules rules;
  private boolean headDue;

  /** Of the frame checked last. */
  private int type;

  /** Of the HEAD that waits to be added. */
  private Head.@Nullable Fields head;

  private int headLength;

  /** Its digest, once its signature has been found to be right. */
  private byte @Nullable [] digest;

  /** Whether each HEAD is held up until {@link #permitHead}. */
  private final boolean asks;

  private boolean permitted;

  /** Of the HEAD that is permitted, sequence of its first frame in this log. */
  private long begins;

  /** What has been found out about those that come next, in order. */
  private final ArrayDeque<Checked> checked = new ArrayDeque<>();

  /** A HEAD in the log that its signature is to be checked of. */
  public record Unchecked(long epoch, long position, int length) {}

  /**
   * A HEAD whose signature has been checked.
   *
   * @param digest its name in ACK, or null if the owner has not signed it
   */
  public record Checked(long epoch, byte @Nullable [] digest) {}

  /** What a session says of its epochs. */
  public interface EpochRules {
    /**
     * Whether a HEAD may follow, as far as its signature does not matter.
     *
     * @throws ProtocolException if it may not
     */
    void check(Head.Fields head);

    /** It follows. */
    default void begins(Head.Fields head) {}
  }

  /**
   * The frames of one producer's connection.
   *
   * @param headDue whether a HEAD must come first, because the producer does not go on with the
   *     epoch that is there
   * @param rules which HEADs may follow here
   */
  public Wire2Framing(
      SessionLog log, SessionId session, int maxFrame, boolean headDue, EpochRules rules) {
    this(log, session, maxFrame, headDue, rules, false);
  }

  /**
   * The frames of a link, whose HEADs are looked at one by one before they may be added.
   *
   * @param rules which HEADs may follow here
   */
  public static Wire2Framing asking(
      SessionLog log, SessionId session, int maxFrame, EpochRules rules) {
    return new Wire2Framing(log, session, maxFrame, true, rules, true);
  }

  private Wire2Framing(
      SessionLog log,
      SessionId session,
      int maxFrame,
      boolean headDue,
      EpochRules rules,
      boolean asks) {
    this.asks = asks;
    this.log = log;
    this.session = session;
    this.maxFrame = maxFrame;
    this.headDue = headDue;
    this.rules = rules;
    maxHead = Head.maxLength(session.isOwned()) - Frames.LEN_BYTES;
  }

  @Override
  public long check(LogReader reader, long at, long available) {
    long len = reader.u32(at);
    if (len == 0) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "a frame of length 0");
    }
    if (len > maxFrame) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG, "a frame of " + len + " bytes, at most " + maxFrame + " allowed");
    }
    if (available < Frames.PREFIX) {
      return Frames.PREFIX;
    }
    type = reader.u8(at + Frames.TYPE_OFFSET);
    checkLength(len);
    if (Frames.isRelayed(type) && type != Frames.HEAD) {
      if (available < Frames.HEADER) {
        return Frames.HEADER;
      }
      checkSequence(reader.u64(at + Frames.SEQ_OFFSET));
    }
    return Frames.LEN_BYTES + len;
  }

  private void checkLength(long len) {
    boolean fits =
        switch (type) {
          case Frames.SEALED -> len >= Frames.MIN_SEALED_LEN && len <= Frames.MAX_SEALED_LEN;
          case Frames.HEAD -> len <= maxHead;
          case Frames.DATA, Frames.BATCH, Frames.TICK, Frames.END, Frames.CHECK ->
              len >= Frames.MIN_RELAYED_LEN;
          default ->
              throw new ProtocolException(
                  ErrorCode.PROTOCOL,
                  "a frame of type 0x" + Integer.toHexString(type) + " from a producer");
        };
    if (!fits) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL,
          "a frame of type 0x" + Integer.toHexString(type) + " with length " + len);
    }
  }

  private void checkSequence(long seq) {
    Epoch epoch = log.lastEpoch();
    if (epoch == null || headDue) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "a frame before the HEAD");
    }
    if (seq != epoch.next || seq >= Frames.SEQ_LIMIT) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL, "frame " + seq + " where frame " + epoch.next + " is due");
    }
  }

  @Override
  public boolean isRecord() {
    return type == Frames.SEALED;
  }

  /**
   * A HEAD waits for its signature, which takes long and is looked at elsewhere, and for heap. What
   * costs little is checked first.
   */
  @Override
  public boolean mayAdd(LogReader reader, long at, long end, long position) {
    if (type != Frames.HEAD) {
      return true;
    }
    if (head == null) {
      headLength = (int) (end - at);
      byte[] beginning = reader.copy(at, Math.min(headLength, Head.FIELDS_END));
      Head.Fields fields = Head.fields(beginning, headLength, session.isOwned());
      rules.check(fields);
      head = fields;
    }
    return isSigned(head) && (!asks || permitted) && log.reserveEpoch(position);
  }

  private boolean isSigned(Head.Fields next) {
    Checked found = digest == null && session.isOwned() ? checked.poll() : null;
    if (found != null) {
      if (found.epoch != next.epoch()) {
        throw new IllegalStateException("the signature of another HEAD was checked");
      }
      if (found.digest == null) {
        throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD without the owner's signature");
      }
      digest = found.digest;
    }
    return digest != null || !session.isOwned();
  }

  /** What the HEAD says that waits to be permitted, or null if none does. It is the owner's. */
  public Head.@Nullable Fields unpermitted() {
    return asks && !permitted ? head : null;
  }

  /** The name, as {@link Epoch#digest}, of the HEAD that the parser is held up by. */
  public byte[] nameOfHeldUp() {
    return Arrays.copyOf(
        Hashes.sha256(log.reader(log.published()).copy(log.published(), headLength)),
        Head.DIGEST_LENGTH);
  }

  /**
   * The HEAD that waits may be added.
   *
   * @param from sequence of its first frame to come
   */
  public void permitHead(long from) {
    permitted = true;
    begins = from;
  }

  /**
   * The HEAD that waits is the last epoch's, which goes on: it is not to be added again.
   *
   * @param heldUp to take it out
   */
  public void dropHead(LogParser heldUp) {
    head = null;
    digest = null;
    headDue = false;
    heldUp.dropHeldUp();
  }

  /** Whether a HEAD waits for its signature to be checked. */
  public boolean isUnchecked() {
    return head != null && digest == null && session.isOwned();
  }

  /**
   * Where the HEADs are whose signatures can be checked together: the one that waits, and those
   * that have come behind it, as far as they are well-formed and newer each.
   *
   * @param behind where the bytes begin that follow the one that waits
   * @param most how many at the most
   */
  public List<Unchecked> unchecked(long behind, int most) {
    List<Unchecked> heads = new ArrayList<>();
    long epoch = Objects.requireNonNull(head).epoch();
    heads.add(new Unchecked(epoch, log.published(), headLength));
    LogReader reader = log.reader(log.published());
    long at = behind;
    while (heads.size() < most && log.received() - at >= Frames.PREFIX) {
      reader.moveTo(at);
      long length = Frames.LEN_BYTES + reader.u32(at);
      if (length > log.received() - at) {
        break;
      }
      if (reader.u8(at + Frames.TYPE_OFFSET) == Frames.HEAD) {
        long next = epochAt(reader, at, length);
        if (next <= epoch) {
          break; // the connection will end there
        }
        epoch = next;
        heads.add(new Unchecked(epoch, at, (int) length));
      }
      at += length;
    }
    return heads;
  }

  /** Of a whole HEAD; 0 if it is malformed. */
  private static long epochAt(LogReader reader, long at, long length) {
    try {
      byte[] beginning = reader.copy(at, (int) Math.min(length, Head.FIELDS_END));
      return Head.fields(beginning, length, true).epoch();
    } catch (ProtocolException e) {
      return 0;
    }
  }

  /** The signatures of the HEADs that come next have been checked, in this order. */
  public void headsChecked(List<Checked> heads) {
    checked.addAll(heads);
  }

  @Override
  public void add(LogReader reader, long at, long end, long position) {
    if (type == Frames.HEAD) {
      addEpoch(reader, at, position);
    } else {
      log.addFrame(position, type, position + (end - at));
    }
  }

  private void addEpoch(LogReader reader, long at, long position) {
    Head.Fields fields = Objects.requireNonNull(head);
    byte[] name = digest != null ? digest : Hashes.sha256(reader.copy(at, headLength));
    rules.begins(fields);
    log.addEpoch(
        new Epoch(fields, headLength, name, position, permitted ? begins : fields.first()));
    permitted = false;
    headDue = false;
    head = null;
    digest = null;
  }
}
