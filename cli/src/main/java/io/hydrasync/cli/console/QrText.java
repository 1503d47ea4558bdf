package io.hydrasync.cli.console;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.EncodeHintType;
import com.google.zxing.WriterException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.QRCodeWriter;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import java.util.Map;

/** A QR code in characters: two modules high and one wide each, so that they come out square. */
public final class QrText {
  private static final int QUIET_ZONE = 4;
  private static final String BLACK_ON_WHITE = "\033[38;5;16;48;5;231m";
  private static final String PLAIN = "\033[0m";

  private final BitMatrix modules;

  private QrText(BitMatrix modules) {
    this.modules = modules;
  }

  /**
   * The code of a text.
   *
   * @throws IllegalArgumentException if the text is too long for one
   */
  public static QrText of(String text) {
    Map<EncodeHintType, Object> hints =
        Map.of(
            EncodeHintType.ERROR_CORRECTION,
            ErrorCorrectionLevel.L, // on a screen nothing is dirty, and fewer modules are larger
            EncodeHintType.MARGIN,
            QUIET_ZONE);
    try {
      return new QrText(new QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 0, 0, hints));
    } catch (WriterException e) {
      // its message may quote the text
      throw new IllegalArgumentException("this is too long for a QR code");
    }
  }

  /** Lines without the last newline; in black and white whatever the terminal's colours are. */
  public String forTerminal(boolean colours) {
    return colours ? lines(true, BLACK_ON_WHITE, PLAIN) : lines(false, "", "");
  }

  /**
   * Lines without colours, for a terminal that is dark, or light if {@code inverted}: there the
   * characters have to stand for the dark modules.
   */
  public String plain(boolean inverted) {
    return lines(inverted, "", "");
  }

  private String lines(boolean drawsDark, String before, String after) {
    StringBuilder text = new StringBuilder();
    for (int y = 0; y < modules.getHeight(); y += 2) {
      text.append(y == 0 ? "" : "\n").append(before);
      for (int x = 0; x < modules.getWidth(); x++) {
        boolean upper = modules.get(x, y) == drawsDark;
        // an odd last row has the quiet zone below it
        boolean lower = (y + 1 < modules.getHeight() && modules.get(x, y + 1)) == drawsDark;
        text.append(upper ? lower ? '█' : '▀' : lower ? '▄' : ' ');
      }
      text.append(after);
    }
    return text.toString();
  }
}
