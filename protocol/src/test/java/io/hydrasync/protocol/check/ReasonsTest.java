package io.hydrasync.protocol.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReasonsTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new NoSuchFileException("f"), "f: no such file or directory"),
        Arguments.of(new AccessDeniedException("f"), "f: permission denied"),
        Arguments.of(new AccessDeniedException("f", null, "said"), "f: permission denied"),
        Arguments.of(new FileSystemLoopException("f"), "f: too many symbolic links"),
        Arguments.of(new FileAlreadyExistsException("f"), "f: exists already"),
        Arguments.of(new DirectoryNotEmptyException("f"), "f: the directory is not empty"),
        Arguments.of(new NotDirectoryException("f"), "f: is not a directory"),
        Arguments.of(new NotLinkException("f"), "f: is not a symbolic link"),
        Arguments.of(new FileSystemException("f"), "f: input/output error"),
        Arguments.of(new FileSystemException("f", null, "Is full"), "f: Is full"),
        Arguments.of(new FileSystemException("f", "g", "Is full"), "f -> g: Is full"),
        Arguments.of(new FileNotFoundException("f (No such file)"), "f (No such file)"),
        Arguments.of(new UnknownHostException("h"), "unknown host h"),
        Arguments.of(new SocketException("Connection reset"), "Connection reset"),
        Arguments.of(new EOFException(), "it ends too early"),
        Arguments.of(new EOFException("the relay has gone"), "the relay has gone"),
        Arguments.of(new ClosedChannelException(), "it is closed"),
        Arguments.of(new MalformedInputException(1), "not UTF-8"),
        Arguments.of(new IOException(), "input/output error"),
        Arguments.of(new UncheckedIOException("said", new IOException()), "said"),
        Arguments.of(new ConnectionException(ErrorCode.DISCONNECTED, "said"), "said"),
        Arguments.of(new IllegalStateException("said"), "said"),
        Arguments.of(new OutOfMemoryError("Java heap space"), "out of memory: Java heap space"),
        Arguments.of(
            new NullPointerException("because \"a.b.C.d\" is null"), "a fault in this program"),
        Arguments.of(new ClassCastException("class a.B"), "a fault in this program"),
        Arguments.of(new StackOverflowError(), "a fault in this program"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void saysWhatHappenedAndNotInWhichClass(Throwable problem, String reason) {
    assertThat(Reasons.of(problem)).isEqualTo(reason);
  }

  @Test
  void namesTheFileWhereTheSystemDoesNot() {
    Path file = Path.of("directory", "file");

    assertThat(Reasons.of(file, new IOException("No space left on device")))
        .isEqualTo(file + ": No space left on device");
    assertThat(Reasons.of(file, new AccessDeniedException(file.toString())))
        .isEqualTo(file + ": permission denied");
  }
}
