package io.hydrasync.server.internal.log;

import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.spill.SpillFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A segment's memory goes once its bytes are in a file: a cursor finds the memory or the file,
 * never neither.
 */
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Memory.")
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "File.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Lost.")
@State
public class SpillHandoverStress {
  private static final int SIZE = 64;
  private static final SpillFile FILE = file();

  private final MemoryBudget budget = new MemoryBudget(SIZE);
  private final Segment segment;

  public SpillHandoverStress() {
    budget.tryReserve(SIZE);
    segment = new Segment(0, SIZE, budget);
  }

  private static SpillFile file() {
    try {
      Path path = Files.createTempDirectory("hydra-stress").resolve("1.segment");
      SpillFile file = SpillFile.write(path, true, ByteBuffer.allocate(SIZE), problem -> {});
      path.toFile().deleteOnExit();
      path.getParent().toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Actor
  public void log() {
    segment.spilled(FILE);
    segment.release();
  }

  @Actor
  public void cursor(I_Result result) {
    if (segment.tryRetain()) {
      result.r1 = 1;
      segment.release();
    } else {
      result.r1 = segment.spilled() == null ? -1 : 2;
    }
  }
}
