package io.hydrasync.client.internal.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The known answers of the appendix of {@code wire2.md} that need the session key: the epoch's keys
 * and the frames. They were computed by another implementation.
 */
class KnownAnswersTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final long EPOCH = 1_735_689_600_000L;
  private static final OwnerKey OWNER =
      OwnerKey.of(HEX.parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  private static final SessionId SESSION = SessionId.owned(OWNER, ascending(0x40, 16));
  private static final SessionKey KEY = SessionKey.of(ascending(0, 32));
  private static final byte[] SALT = ascending(0x20, 32);
  private static final byte[] T =
      HEX.parseHex("30c5eddd1ed3aaa6c6da3489b1e2c584f7e423af4b978e6339752f25c4c0ea6e");
  private static final String HEAD =
      "0000009c10000001941f297c00000001941f297c000000000000000000012021222324252627"
          + "28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f000094a520cefb7699dfc6dc19c898"
          + "c16a89fd2b9b48c5e5a6cd54cb25cf44a0641ddac10c160860fbe944b9f0afe33128dea13e2b4c"
          + "d6c15f1cd3c826b8a57c351f74cc8403b1f5e2a1f68444c1b118202f85dd9dca7e808aec28683f"
          + "0e2f4cee0f";
  private static final String HEAD_2 =
      "0000009c10000001941f298f88000001941f297c000000000000000002006061626364656667"
          + "68696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f00008fea2c13696468b84f664a6e13"
          + "078bde5daa88d81ca7dac222c791d268f51b2ae6d5f82d7ab12829c7b76254b774b6b8f65a66b0"
          + "9158044bd563985a82a978211e91d433d50d6a179bb0278da781f1192b04cd69b65e8a0f630952"
          + "8c51e51707";
  private static final String DATA_0 =
      "0000001e110000000000000000842c32575dbf204598a6f31173686ce4d7ba34a97e";
  private static final String BATCH_1 =
      "00000028120000000000000001dbd0f15c13dc977bc064dcf699d44dac4e288797242ec80cf4ba6a6fb16b"
          + "b1";
  private static final String CHECK_2 =
      "000000a11500000000000000021da89a39700462b40a661a589f1aec6b7280aa53cedc16211b8826d6ef57"
          + "d6ae124121c42db353f16c02993b69293419dcc188844d280b09f07aaf93a1fa081d7caa595dad4ba9"
          + "6533297334b838957a05e6c50a046cc212d93f3ddd7b8dd9f5f7a0c8ba3e23aec899c40a8078bca674"
          + "543650f8b20cf23486dd6083f40e65dd71172ae9ba4c34e0de8176e94293386fd706e1c2a5dee52f";

  private static byte[] ascending(int from, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (from + i);
    }
    return bytes;
  }

  private static FrameSealer epoch1() {
    return FrameSealer.open(
        SESSION, KEY, Optional.of(OWNER), EPOCH, EPOCH, 0, Head.FLAG_SIGNED, SALT);
  }

  private static String seal(FrameSealer sealer, int type, byte[] plaintext) {
    byte[] out = new byte[plaintext.length + Frames.OVERHEAD];
    assertThat(sealer.seal(type, plaintext, 0, plaintext.length, out, 0)).isEqualTo(out.length);
    return HEX.formatHex(out);
  }

  @Test
  void derivesTheKeysOfAnEpoch() {
    EpochKeys keys = new EpochKeys(KEY, SALT, T);

    assertThat(HEX.formatHex(keys.prk()))
        .isEqualTo("a27b86e7a70a029cba778d6f738d952696d6d8361b95103dd84ae9df6af063af");
    assertThat(HEX.formatHex(keys.commit()))
        .isEqualTo("94a520cefb7699dfc6dc19c898c16a89fd2b9b48c5e5a6cd54cb25cf44a0641d");
    assertThat(HEX.formatHex(keys.key(4095).getEncoded()))
        .isEqualTo("851b4096dbe0c0fcf61b3a2d8a08a75cdf374f1759a39c389265332f28afb5b7");
    assertThat(HEX.formatHex(keys.nonce(0))).isEqualTo("996768fdeda695cc1e9ae951");
    assertThat(HEX.formatHex(keys.key(4096).getEncoded()))
        .isEqualTo("eba8c964fbb05532e0051e19df0483277f01ec33b32359f8df3cde5212b8da4f");
    byte[] iv1 = keys.nonce(4096);
    iv1[10] ^= 0x10;
    assertThat(HEX.formatHex(iv1)).isEqualTo("407e20992849813507787f7a");
  }

  @Test
  void makesTheHeadOfAnEpoch() {
    assertThat(HEX.formatHex(epoch1().head())).isEqualTo(HEAD);
  }

  @Test
  void sealsTheFramesOfAnEpoch() {
    FrameSealer sealer = epoch1();

    assertThat(seal(sealer, Frames.DATA, "hello".getBytes(UTF_8))).isEqualTo(DATA_0);
    assertThat(seal(sealer, Frames.BATCH, HEX.parseHex("000000016100000000000000026263")))
        .isEqualTo(BATCH_1);
    assertThat(seal(sealer, Frames.CHECK, check())).isEqualTo(CHECK_2);
    byte[] end = ByteBuffer.allocate(9).putLong(EPOCH + 1000).put((byte) 1).array();
    assertThat(seal(sealer, Frames.END, end))
        .isEqualTo("000000221400000000000000035704e73df31c24ff81bd3751b12c31741a146ae70ce4e6b0d5");
  }

  /** from u64, H(frame) of frames 0 and 1, the owner's signature. */
  private static byte[] check() {
    byte[] digests =
        ByteBuffer.allocate(64)
            .put(Hashes.sha256(HEX.parseHex(DATA_0)))
            .put(Hashes.sha256(HEX.parseHex(BATCH_1)))
            .array();
    byte[] commit = new EpochKeys(KEY, SALT, T).commit();
    byte[] header = Arrays.copyOf(HEX.parseHex(CHECK_2), Frames.HEADER);
    byte[] from = new byte[8];
    byte[] signature = OWNER.sign(Hashes.label("check"), commit, header, from, digests);
    return ByteBuffer.allocate(8 + 64 + 64).put(from).put(digests).put(signature).array();
  }

  @Test
  void changesTheKeyWithTheGeneration() {
    FrameSealer sealer = new FrameSealer(new EpochKeys(KEY, SALT, T), new byte[0], 4096);

    assertThat(seal(sealer, Frames.DATA, "gen1".getBytes(UTF_8)))
        .isEqualTo("0000001d110000000000001000fa789c52630fd27340730d1722faf84e8a2bdd63");
  }

  @Test
  void continuesAStreamInAnotherEpoch() {
    FrameSealer sealer =
        FrameSealer.open(
            SESSION, KEY, Optional.of(OWNER), EPOCH + 5000, EPOCH, 2, 0, ascending(0x60, 32));

    assertThat(HEX.formatHex(sealer.head())).isEqualTo(HEAD_2);
    assertThat(seal(sealer, Frames.DATA, "again".getBytes(UTF_8)))
        .isEqualTo("0000001e1100000000000000024609f7642665429afd236fcebfc6c07d254a6c9720");
  }

  @Test
  void opensWhatAnotherImplementationSealed() {
    StreamVerifier verifier =
        new StreamVerifier(SESSION, KEY, Beginning.From.BEGINNING, () -> EPOCH);
    verifier.connected(EPOCH, 2);
    verifier.head(HEX.parseHex(HEAD_2));
    byte[] frame =
        HEX.parseHex("0000001e1100000000000000024609f7642665429afd236fcebfc6c07d254a6c9720");

    assertThat(verifier.frame(frame, 0, frame.length)).isEqualTo(StreamVerifier.Outcome.MESSAGE);
    assertThat(Arrays.copyOf(verifier.plaintext(), verifier.plaintextLength()))
        .isEqualTo("again".getBytes(UTF_8));
  }
}
