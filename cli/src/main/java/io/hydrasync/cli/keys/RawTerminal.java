package io.hydrasync.cli.keys;

import java.io.Closeable;
import java.io.IOException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * This process's terminal while its keys are read one by one. Nothing else uses JLine, and of it
 * only what asks {@code stty}: no native code is loaded. It takes a while to ask. Not thread-safe.
 */
final class RawTerminal implements KeyDecoder.Input, Closeable {
  private static final int NO_CHARACTER = 0;

  private final Terminal terminal;
  private final Attributes before;

  private RawTerminal(Terminal terminal, Attributes before) {
    this.terminal = terminal;
    this.before = before;
  }

  static RawTerminal open() throws IOException {
    System.setProperty(
        TerminalBuilder.PROP_REDIRECT_PIPE_CREATION_MODE,
        TerminalBuilder.PROP_REDIRECT_PIPE_CREATION_MODE_REFLECTION); // not by native code
    Terminal terminal =
        TerminalBuilder.builder()
            .system(true)
            .provider("exec")
            .dumb(false)
            .nativeSignals(false)
            .build();
    try {
      RawTerminal opened = new RawTerminal(terminal, terminal.enterRawMode());
      Attributes raw = terminal.getAttributes();
      raw.setLocalFlag(Attributes.LocalFlag.ISIG, true); // Ctrl-C ends it, as everywhere
      raw.setControlChar(Attributes.ControlChar.VSUSP, NO_CHARACTER); // no screen half drawn
      terminal.setAttributes(raw);
      return opened;
    } catch (Throwable e) {
      terminal.close();
      throw e;
    }
  }

  @Override
  public int read(long millis) throws IOException {
    return terminal.reader().read(millis);
  }

  /** The terminal is as it was. */
  @Override
  public void close() throws IOException {
    try {
      terminal.setAttributes(before);
    } finally {
      terminal.close();
    }
  }
}
