package io.hydrasync.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalEtcdTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void findsTheFirstProgramOnThePath() throws IOException {
    Path nothing = Files.createDirectories(directory.resolve("a/etcd")).getParent();
    Path one = Files.createDirectories(directory.resolve("b"));
    Path program = Files.createFile(one.resolve("etcd"));
    String path = nothing + File.pathSeparator + File.pathSeparator + one;

    assertThat(program.toFile().setExecutable(true)).isTrue();

    assertThat(LocalEtcd.program(path)).contains(program);
  }

  /** Its port can have been taken; it gets others, not for ever. */
  @Test
  void oneThatEndsIsStartedAnew() throws IOException {
    Path starts = directory.resolve("starts");
    Path program = directory.resolve("etcd");
    Files.writeString(program, "#!/bin/sh\necho \"$*\" >> " + starts + "\nexit 1\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();

    assertThatThrownBy(() -> LocalEtcd.start(program, directory))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("etcd does not start");

    assertThat(Files.readAllLines(starts)).hasSize(3).doesNotHaveDuplicates();
  }
}
