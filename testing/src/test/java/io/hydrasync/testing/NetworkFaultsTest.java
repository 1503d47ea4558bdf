package io.hydrasync.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Without a network: what a direction does with bytes, and when. */
@Timeout(30)
class NetworkFaultsTest {
  private static final NetworkFaults.Pace PACE = new NetworkFaults.Pace(100, 1, 1);
  private static final int BYTES = 100_000;

  /** Keeps what is written, and how. */
  private static final class Recorder implements Link {
    private final int connection;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private int writes;
    private Cut cut;

    Recorder(int connection) {
      this.connection = connection;
    }

    @Override
    public int connection() {
      return connection;
    }

    @Override
    public InetSocketAddress client() {
      return InetSocketAddress.createUnresolved("client", 1);
    }

    @Override
    public Direction direction() {
      return Direction.TO_RELAY;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      written.write(bytes, offset, length);
      writes++;
    }

    @Override
    public boolean cut(Cut how) {
      cut = how;
      return true;
    }

    @Override
    public boolean isCut() {
      return cut != null;
    }
  }

  private static byte[] bytes() {
    byte[] bytes = new byte[BYTES];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private static Recorder pass(NetworkFaults faults, int connection)
      throws IOException, InterruptedException {
    Recorder link = new Recorder(connection);
    faults.open(link).pass(link, bytes(), BYTES);
    return link;
  }

  @Test
  void changesNoByteAndRepeatsWithItsSeed() throws Exception {
    NetworkFaults faults = new NetworkFaults(5, PACE, NetworkFaults.Fault.SPLIT);
    Recorder first = pass(faults, 3);
    int count = faults.faults();
    Recorder second = pass(new NetworkFaults(5, PACE, NetworkFaults.Fault.SPLIT), 3);
    Recorder other = pass(new NetworkFaults(6, PACE, NetworkFaults.Fault.SPLIT), 3);

    assertThat(first.written.toByteArray()).isEqualTo(bytes());
    assertThat(count).isGreaterThan(BYTES / 1_000);
    assertThat(second.writes).isEqualTo(first.writes);
    assertThat(other.writes).isNotEqualTo(first.writes);
  }

  @Test
  void cutsAndCountsWhatItCut() {
    NetworkFaults faults = new NetworkFaults(5, PACE, NetworkFaults.Fault.RST);
    Recorder link = new Recorder(0);

    assertThatIOException().isThrownBy(() -> faults.open(link).pass(link, bytes(), BYTES));

    assertThat(link.cut).isEqualTo(Link.Cut.RST);
    assertThat(faults.faults(NetworkFaults.Fault.RST)).isEqualTo(1);
    assertThat(faults.faults(NetworkFaults.Fault.FIN)).isZero();
    int passed = link.written.size();
    assertThat(link.written.toByteArray()).isEqualTo(Arrays.copyOf(bytes(), passed));
  }

  @Test
  void doesNothingOnceItIsCalm() throws Exception {
    NetworkFaults faults = new NetworkFaults(5, PACE);
    faults.calm();

    assertThat(pass(faults, 0).writes).isEqualTo(1);
    assertThat(faults.faults()).isZero();
  }
}
