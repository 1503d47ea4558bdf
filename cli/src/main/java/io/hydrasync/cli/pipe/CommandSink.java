package io.hydrasync.cli.pipe;

import io.hydrasync.cli.exec.Commands;
import io.hydrasync.cli.exit.Failures;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;

/** Messages to commands: each is the stdin of one, and the next one begins when it has ended. */
public final class CommandSink implements PayloadSink {
  private final String command;
  private final Commands commands;
  private long messages;
  private long bytes;

  /**
   * A sink.
   *
   * @param command for the shell
   * @param commands ended with this
   */
  public CommandSink(String command, Commands commands) {
    this.command = command;
    this.commands = commands;
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
    builder.environment().put("HYDRA_MESSAGE", Long.toString(messages));
    Process process = commands.start(builder).get(0);
    try {
      feed(process, message);
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException(
            "the command ended with exit code " + code + " at message " + messages);
      }
      commands.done();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the command ran", e);
    } finally {
      commands.end(); // what has failed will be run again, and not beside its own rest
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
  public void stop() {
    commands.close();
  }

  @Override
  public void close() {
    commands.close();
  }
}
