package io.hydrasync.bench.relay;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.noise.NoiseException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.inner.SealedReader;
import io.hydrasync.protocol.wire.inner.SealedWriter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Wire 2 with frames of random bytes in place of ciphertext: a relay, which has no key, cannot tell
 * the difference, and the driver spends nothing on sealing. One message is one DATA frame, or one
 * BATCH of many messages where that is said.
 */
public final class HydraWire implements Wire {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final InetSocketAddress relay;
  private final byte[] salt = bytes(Head.SALT_LENGTH);
  private final byte[] opening;

  public HydraWire(InetSocketAddress relay) {
    this.relay = relay;
    long epoch = System.currentTimeMillis();
    byte[] prefix = Head.prefix(epoch, epoch, 0, 0, bytes(Head.SALT_LENGTH), false);
    opening = Arrays.copyOf(prefix, prefix.length + Head.COMMIT_LENGTH);
  }

  @Override
  public Traffic.Layout layout(int session, int messageBytes) {
    byte[] header = new byte[Frames.HEADER];
    Frames.putHeader(header, 0, Frames.DATA, 0, messageBytes);
    return new Traffic.Layout(
        header, header, messageBytes, bytes(Frames.TAG), Frames.SEQ_OFFSET, Frames.SEQ_OFFSET);
  }

  @Override
  public boolean isAlikeInAllSessions() {
    return true;
  }

  @Override
  public InetSocketAddress address(int session) {
    return relay;
  }

  @Override
  public void producer(Link link, int session) throws IOException {
    join(link, Role.PRODUCER, id(session));
  }

  @Override
  public void consumer(Link link, int session) throws IOException {
    joinAsConsumer(link, session);
  }

  JoinedMessage joinAsConsumer(Link link, int session) throws IOException {
    return join(link, Role.CONSUMER, id(session));
  }

  @Override
  public ByteBuffer opening() {
    return ByteBuffer.wrap(opening).asReadOnlyBuffer();
  }

  private byte[] id(int session) {
    byte[] id = Arrays.copyOf(salt, SessionId.LENGTH);
    ByteBuffer.wrap(id).putInt(id.length - Integer.BYTES, session);
    return id;
  }

  /** Shakes hands and joins, over a connection; gives what the relay says to that. */
  public static JoinedMessage join(Link link, Role role, byte[] id) throws IOException {
    Handshake.Initiator initiator =
        new Handshake.Initiator(Magic.bytes(), X25519.newPrivateKey(RANDOM));
    byte[] message1 = initiator.writeMessage1(new byte[0]);
    byte[] first = Arrays.copyOf(Magic.bytes(), Magic.LENGTH + message1.length);
    System.arraycopy(message1, 0, first, Magic.LENGTH, message1.length);
    link.write(first);
    Handshake.Result keys;
    try {
      keys = initiator.readMessage2(link.read(Handshake.MESSAGE_2_LENGTH)).result();
    } catch (NoiseException e) {
      throw new IOException(e);
    }
    link.write(new SealedWriter(keys.sender()).seal(request(role, id)));
    byte[] length = link.read(Frames.LEN_BYTES);
    byte[] record = link.read((int) Frames.u32(length, 0));
    SealedReader reader = new SealedReader(keys.receiver());
    if (!reader.open(record, 1, record.length - 1)) {
      throw new IOException("a record of the relay does not open");
    }
    Control answer = reader.next();
    if (answer instanceof JoinedMessage joined) {
      return joined;
    }
    throw new IOException("the relay did not say JOINED but " + answer);
  }

  private static JoinMessage request(Role role, byte[] id) {
    return JoinMessage.of(role, SessionId.of(id)).waiting().from(JoinMessage.START_OLDEST);
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
