package io.hydrasync.cli.pipe;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Messages into a file or stdout, one behind the other. */
public final class OutputSink implements PayloadSink {
  private final PayloadOutput output;
  private final boolean lines;

  /**
   * A sink.
   *
   * @param output closed with this
   * @param lines whether a newline follows each message
   */
  public OutputSink(PayloadOutput output, boolean lines) {
    this.output = output;
    this.lines = lines;
  }

  @Override
  public void open() throws IOException {
    output.open();
  }

  @Override
  public void write(ByteBuffer message) throws IOException {
    output.write(message);
    if (lines) {
      output.newline();
    }
  }

  @Override
  public boolean isFinal() {
    return false;
  }

  @Override
  public boolean isTerminal() {
    return output.isTerminal();
  }

  @Override
  public void flush() throws IOException {
    output.flush();
  }

  @Override
  public void force() throws IOException {
    output.force();
  }

  @Override
  public long bytes() {
    return output.bytes();
  }

  @Override
  public void close() throws IOException {
    output.close();
  }
}
