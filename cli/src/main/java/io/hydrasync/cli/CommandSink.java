package io.hydrasync.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;

/** Messages to commands: each is the stdin of one, and the next one begins when it has ended. */
final class CommandSink implements PayloadSink {
  private final String command;
  private long messages;
  private long bytes;

  /**
   * A sink.
   *
   * @param command for the shell
   */
  CommandSink(String command) {
    this.command = command;
  }

  @Override
  public void open() {
    // a command is run for each message
  }

  @Override
  public void write(ByteBuffer message) throws IOException {
    messages++;
    bytes += message.remaining();
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", command)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    Secrets.hide(builder.environment());
    builder.environment().put("HYDRA_MESSAGE", Long.toString(messages));
    Process process = builder.start();
    try {
      feed(process, message);
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException(
            "the command ended with exit code " + code + " at message " + messages);
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the command ran", e);
    }
  }

  private static void feed(Process process, ByteBuffer message) throws IOException {
    try (OutputStream in = process.getOutputStream();
        WritableByteChannel channel = Channels.newChannel(in)) {
      channel.write(message);
    } catch (IOException e) {
      if (process.isAlive() && !Failures.isBrokenPipe(e)) { // it need not read it all
        throw e;
      }
    }
  }

  @Override
  public boolean isFinal() {
    return true;
  }

  @Override
  public void flush() {
    // nothing is gathered
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    // no command runs between two messages
  }
}
