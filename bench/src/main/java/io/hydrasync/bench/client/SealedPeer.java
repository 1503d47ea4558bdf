package io.hydrasync.bench.client;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A peer as an application would use it that wants its content sealed end to end: each message with
 * AES-256-GCM under a key that both sides have, behind a nonce that counts.
 */
public final class SealedPeer implements Peer {
  private static final int NONCE = 12;
  private static final int TAG = 16;
  private static final SecretKeySpec KEY = new SecretKeySpec(new byte[32], "AES");

  private final Peer peer;

  public SealedPeer(Peer peer) {
    this.peer = peer;
  }

  private static Cipher newCipher() throws GeneralSecurityException {
    return Cipher.getInstance("AES/GCM/NoPadding");
  }

  @Override
  public Sender sender() {
    return new Sealing(peer.sender());
  }

  @Override
  public Receiver receiver(int index) {
    Receiver receiver = peer.receiver(index);
    return sink -> receiver.receive(new Opening(sink));
  }

  @Override
  public boolean losesMessages() {
    return peer.losesMessages();
  }

  @Override
  public void close() {
    peer.close();
  }

  /** Seals what is sent. */
  private static final class Sealing implements Sender {
    private final Sender to;
    private final byte[] nonce = new byte[NONCE];
    private byte[] sealed = new byte[0];
    private final Cipher cipher;
    private long count;

    Sealing(Sender to) {
      this.to = to;
      try {
        cipher = newCipher();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void send(byte[] message, int length) throws Exception {
      ByteBuffer.wrap(nonce).putLong(NONCE - Long.BYTES, count++);
      int total = NONCE + length + TAG;
      if (sealed.length != total) {
        sealed = new byte[total];
      }
      System.arraycopy(nonce, 0, sealed, 0, NONCE);
      cipher.init(Cipher.ENCRYPT_MODE, KEY, new GCMParameterSpec(8 * TAG, nonce));
      cipher.doFinal(message, 0, length, sealed, NONCE);
      to.send(sealed, total);
    }

    @Override
    public void flush() throws Exception {
      to.flush();
    }
  }

  /** Opens what comes. */
  private static final class Opening implements Sink {
    private final Sink to;
    private final Cipher cipher;
    private byte[] opened = new byte[0];

    Opening(Sink to) throws GeneralSecurityException {
      this.to = to;
      cipher = newCipher();
    }

    @Override
    public boolean accept(byte[] bytes, int offset, int length) {
      int plain = length - NONCE - TAG;
      if (opened.length < plain) {
        opened = new byte[plain];
      }
      try {
        cipher.init(Cipher.DECRYPT_MODE, KEY, new GCMParameterSpec(8 * TAG, bytes, offset, NONCE));
        cipher.doFinal(bytes, offset + NONCE, length - NONCE, opened, 0);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("a message does not open", e);
      }
      return to.accept(opened, 0, plain);
    }

    @Override
    public boolean accept(ByteBuffer message) {
      byte[] bytes = new byte[message.remaining()];
      message.get(message.position(), bytes);
      return accept(bytes, 0, bytes.length);
    }
  }
}
