package io.hydrasync.cli.console;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.UnusableStreamException;
import io.hydrasync.cli.file.StandardStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where a command prints what it was asked for. A {@link PrintWriter} says nothing of what it could
 * not write; this keeps the first failure until somebody {@linkplain #take takes} it, which happens
 * when a command has ended. Thread-safe.
 */
public final class Results extends PrintWriter {
  private final Failing stream;

  private Results(Failing stream) {
    super(new OutputStreamWriter(stream, charset()), true);
    this.stream = stream;
  }

  /** Over one of this process's own descriptors. */
  public static Results on(StandardStream standard) {
    return over(new FileOutputStream(standard.descriptor()), standard);
  }

  /**
   * Over a stream.
   *
   * @param standard what it is called
   */
  static Results over(OutputStream out, StandardStream standard) {
    return new Results(new Failing(out, standard));
  }

  private static Charset charset() {
    String name = System.getProperty("stdout.encoding", System.getProperty("native.encoding"));
    return name != null && Charset.isSupported(name)
        ? Charset.forName(name)
        : Charset.defaultCharset();
  }

  /**
   * The writer for results of a command that does something beside printing them, and should not
   * where they are certain to be lost.
   *
   * @throws UnusableStreamException if stdout is closed, or open for reading
   */
  public static PrintWriter of(CommandSpec command) throws UnusableStreamException {
    PrintWriter out = command.commandLine().getOut();
    if (EscapedWriter.own(out) instanceof Results) {
      StandardStream.STDOUT.require();
    }
    return out;
  }

  /**
   * Hands on what was printed.
   *
   * @param consequence what it means that it is lost, behind a semicolon, or nothing
   * @throws IOException if it could not be written; not where nobody reads it any more
   */
  public static void check(PrintWriter out, String consequence) throws IOException {
    Optional<IOException> failure = take(out).filter(e -> !Failures.isBrokenPipe(e));
    if (failure.isPresent()) {
      throw failure.get() instanceof UnusableStreamException unusable
          ? unusable
          : new IOException(failure.get().getMessage() + consequence, failure.get());
    }
  }

  /** Hands on what was printed. Tells what has failed since the last time. */
  public static Optional<IOException> take(PrintWriter out) {
    out.flush();
    return EscapedWriter.own(out) instanceof Results results
        ? Optional.ofNullable(results.stream.failure.getAndSet(null))
        : Optional.empty();
  }

  /** Remembers, since a writer does not tell. */
  private static final class Failing extends OutputStream {
    private final OutputStream out;
    private final StandardStream standard;
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private boolean checked;

    Failing(OutputStream out, StandardStream standard) {
      this.out = out;
      this.standard = standard;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        if (!checked && standard == StandardStream.STDOUT) {
          standard.require();
        }
        checked = true;
        out.write(bytes, offset, length);
      } catch (UnusableStreamException e) {
        failure.compareAndSet(null, e);
        throw e;
      } catch (IOException e) {
        failure.compareAndSet(null, Failures.writing(standard.toString(), e));
        throw e;
      }
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }
  }
}
