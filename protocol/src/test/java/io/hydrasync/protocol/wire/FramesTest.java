package io.hydrasync.protocol.wire;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FramesTest {
  @Test
  void writesTheHeadersOfTheKnownFrames() {
    assertThat(header(Frames.DATA, 0, 5)).isEqualTo("0000001e110000000000000000");
    assertThat(header(Frames.BATCH, 1, 15)).isEqualTo("00000028120000000000000001");
    assertThat(header(Frames.CHECK, 2, 136)).isEqualTo("000000a1150000000000000002");
    assertThat(header(Frames.END, 3, Frames.END_PLAINTEXT)).isEqualTo("00000022140000000000000003");
    assertThat(header(Frames.DATA, 4096, 4)).isEqualTo("0000001d110000000000001000");
  }

  private static String header(int type, long seq, int plaintextLength) {
    byte[] bytes = new byte[2 + Frames.HEADER];
    Frames.putHeader(bytes, 2, type, seq, plaintextLength);
    return hex(bytes).substring(4);
  }

  @Test
  void readsUnsignedBigEndian() {
    byte[] bytes = hex("00" + "fedcba9876543210");

    assertThat(Frames.u32(bytes, 1)).isEqualTo(0xfedcba98L);
    assertThat(Frames.u64(bytes, 1)).isEqualTo(0xfedcba98_76543210L);
    assertThat(Frames.u32(bytes, 0)).isEqualTo(0x00fedcbaL);
    assertThat(Frames.u64(hex("00000000ffffffff"), 0)).isEqualTo(0xffffffffL);
  }

  @Test
  void writesBigEndian() {
    byte[] bytes = new byte[14];

    Frames.putU32(bytes, 1, 0xfedcba98);
    Frames.putU64(bytes, 5, 0x01234567_89abcdefL);

    assertThat(hex(bytes)).isEqualTo("00" + "fedcba98" + "0123456789abcdef" + "00");
  }

  @Test
  void relaysTheTypes10To15Only() {
    assertThat(IntStream.range(0, 256).filter(Frames::isRelayed))
        .containsExactly(0x10, 0x11, 0x12, 0x13, 0x14, 0x15);
  }

  @Test
  void hasTheLimitsOfTheSpecification() {
    assertThat(Frames.OVERHEAD).isEqualTo(29);
    assertThat(Frames.MIN_RELAYED_LEN).isEqualTo(25);
    assertThat(Frames.MAX_LEN).isEqualTo(67_108_864 + 1_024);
    assertThat(Frames.MAX_MESSAGE).isEqualTo(67_108_864);
    assertThat(Frames.SEQ_LIMIT).isEqualTo(0x4000_0000_0000_0000L);
    assertThat(Frames.MIN_SEALED_LEN).isEqualTo(1 + 17);
    assertThat(Frames.MAX_SEALED_LEN).isEqualTo(1 + 65_535);
  }

  @Test
  void magicIsHydra2() {
    assertThat(Magic.bytes()).isEqualTo("HYDRA2\r\n".getBytes(US_ASCII)).hasSize(Magic.LENGTH);
    Magic.bytes()[0]++;
    assertThat(Magic.bytes()).startsWith('H');
  }

  @Test
  void magicMatchesAsFarAsItsBytesAreTheSame() {
    byte[] magic = Magic.bytes();

    for (int length = 0; length <= magic.length; length++) {
      assertThat(Magic.matching(magic, length)).isEqualTo(length);
    }
    for (int i = 0; i < magic.length; i++) {
      byte[] other = Magic.bytes();
      other[i] ^= 1;
      assertThat(Magic.matching(other, other.length)).isEqualTo(i);
      assertThat(Magic.matching(other, i)).isEqualTo(i);
    }
    assertThat(Magic.matching("HYDRA2\r\nmore".getBytes(US_ASCII), 12)).isEqualTo(8);
    assertThat(Magic.matching("HYDRA3\r\n".getBytes(US_ASCII), 8)).isEqualTo(Magic.COMMON_LENGTH);
  }
}
