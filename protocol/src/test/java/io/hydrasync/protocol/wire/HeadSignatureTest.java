package io.hydrasync.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Ed25519;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadSignatureTest {
  private static final SecureRandom SECURE = new SecureRandom();
  private static final OwnerKey OWNER = OwnerKey.generate(SECURE);
  private static final SessionId SESSION = SessionId.owned(OWNER, SECURE);
  private static final Ed25519.Verifier KEY = new Ed25519.Verifier(OWNER.publicKey());

  private final Random random = new Random(11);

  private byte[] head(int stanzas) {
    byte[] fields = Head.prefix(5, 4, 3, Head.FLAG_SIGNED, new byte[32], true);
    ByteBuffer head =
        ByteBuffer.allocate(fields.length + stanzas * Head.STANZA_LENGTH + Head.COMMIT_LENGTH + 64);
    byte[] middle = new byte[stanzas * Head.STANZA_LENGTH + Head.COMMIT_LENGTH];
    random.nextBytes(middle);
    head.put(fields).put(middle);
    head.putInt(0, head.capacity() - Frames.LEN_BYTES);
    head.putShort(Head.FIELDS_END - 2, (short) stanzas);
    byte[] prefix = new byte[head.position() - Head.COMMIT_LENGTH];
    head.get(0, prefix);
    byte[] commit = new byte[Head.COMMIT_LENGTH];
    head.get(prefix.length, commit);
    head.put(OWNER.sign(Head.signedMessage(Head.transcript(SESSION, prefix), commit)));
    return head.array();
  }

  /** In pieces, some of them empty, some in direct memory, none of which begins at index 0. */
  private List<ByteBuffer> cut(byte[] bytes, int pieces) {
    List<ByteBuffer> cut = new ArrayList<>();
    int at = 0;
    for (int i = 1; i <= pieces; i++) {
      int end = i == pieces ? bytes.length : at + random.nextInt(bytes.length - at + 1);
      ByteBuffer piece = random.nextBoolean() ? ByteBuffer.allocateDirect(end - at + 7) : null;
      piece = piece == null ? ByteBuffer.allocate(end - at + 7) : piece;
      cut.add(piece.position(3).put(bytes, at, end - at).flip().position(3));
      at = end;
    }
    return cut;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 512})
  void agreesWithTheWholeHeadHoweverItIsCut(int stanzas) {
    byte[] bytes = head(stanzas);
    Head whole = Head.parse(bytes, SESSION);
    assertThat(whole.isSignedBy(SESSION)).isTrue();
    for (int pieces = 1; pieces < 12; pieces++) {
      HeadSignature signature = new HeadSignature(SESSION, cut(bytes, pieces));
      assertThat(signature.digest()).isEqualTo(whole.digest());
      assertThat(signature.verifies(KEY)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void noBitOfItCanBeFlipped(int stanzas) {
    byte[] bytes = head(stanzas);
    for (int i = Frames.TYPE_OFFSET; i < bytes.length; i += 1 + random.nextInt(5)) {
      byte[] flipped = bytes.clone();
      flipped[i] ^= (byte) (1 << random.nextInt(8));
      assertThat(new HeadSignature(SESSION, cut(flipped, 4)).verifies(KEY))
          .as("byte %d", i)
          .isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 63, 65})
  void aKeyThatIsNoPointAndASignatureThatIsTooLongVerifyNothing(int length) {
    byte[] noPoint = new byte[32];
    noPoint[0] = 2;
    assertThat(new Ed25519.Verifier(noPoint).verify(new byte[64], new byte[1])).isFalse();
    assertThat(KEY.verify(new byte[length], new byte[1])).isFalse();
  }
}
