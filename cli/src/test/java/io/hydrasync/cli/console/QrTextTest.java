package io.hydrasync.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionSecrets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Each code is read again from the characters, as the clean picture that they are: looking for the
 * code as in a photograph, the reader does not find one in some hundreds.
 */
class QrTextTest {
  private static final int PIXELS = 4;
  private static final int BLACK = 0xFF000000;
  private static final int WHITE = 0xFFFFFFFF;

  private final String ticket =
      SessionSecrets.generate()
          .ticket(new RelayAddress("relay.example", 4370), RelayKey.of(new byte[32]))
          .format();

  @Test
  void canBeReadOnATerminalWithColours() throws Exception {
    String text = QrText.of(ticket).forTerminal(true);

    assertThat(text.lines()).allMatch(line -> line.startsWith("\033[38;5;16;48;5;231m"));
    assertThat(text.lines()).allMatch(line -> line.endsWith("\033[0m"));
    assertThat(read(text.replaceAll("\033\\[[0-9;]*m", ""), BLACK, WHITE)).isEqualTo(ticket);
  }

  @Test
  void canBeReadOnADarkGround() throws Exception {
    assertThat(read(QrText.of(ticket).plain(false), WHITE, BLACK)).isEqualTo(ticket);
  }

  @Test
  void canBeReadOnALightGround() throws Exception {
    assertThat(read(QrText.of(ticket).plain(true), BLACK, WHITE)).isEqualTo(ticket);
  }

  @Test
  void fitsIntoATerminal() {
    assertThat(QrText.of(ticket).plain(false).lines())
        .hasSizeLessThan(40)
        .allMatch(line -> line.length() < 80);
  }

  @Test
  void refusesWhatIsTooLongWithoutQuotingIt() {
    assertThatThrownBy(() -> QrText.of("s3cret".repeat(1_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasNoCause()
        .hasMessageNotContaining("s3cret");
  }

  private static String read(String text, int ink, int ground) throws Exception {
    String[] lines = text.split("\n");
    int width = lines[0].length() * PIXELS;
    int height = lines.length * 2 * PIXELS;
    int[] pixels = new int[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        char c = lines[y / PIXELS / 2].charAt(x / PIXELS);
        boolean upper = y / PIXELS % 2 == 0;
        boolean inked = c == '█' || c == (upper ? '▀' : '▄');
        pixels[y * width + x] = inked ? ink : ground;
      }
    }
    RGBLuminanceSource source = new RGBLuminanceSource(width, height, pixels);
    return new QRCodeReader()
        .decode(
            new BinaryBitmap(new HybridBinarizer(source)),
            Map.of(DecodeHintType.PURE_BARCODE, Boolean.TRUE))
        .getText();
  }
}
