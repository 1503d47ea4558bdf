package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeadChecksTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final HeadChecks checks = new HeadChecks(Thread::new);

  @AfterEach
  void stop() {
    checks.close();
  }

  private static InetSocketAddress address(int... bytes) throws UnknownHostException {
    byte[] address = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      address[i] = (byte) bytes[i];
    }
    return new InetSocketAddress(InetAddress.getByAddress(address), 4370);
  }

  @Test
  void aRingOf64EpochsNeverWaitsAndARotationASecondNeither() throws Exception {
    TokenBucket own = HeadChecks.newBucket(0);
    for (int i = 0; i < 64; i++) {
      assertThat(checks.take(own, address(10, 0, 0, 1), 1, 0)).isZero();
    }
    for (int i = 1; i <= 300; i++) {
      assertThat(checks.take(own, address(10, 0, 0, 1), 1, i * SECOND)).isZero();
    }
  }

  @Test
  void connectionsOfOneAddressShareABucketAndOthersDoNot() throws Exception {
    long longest = 0;
    for (int i = 0; i < 2 * HeadChecks.ADDRESS_BURST; i++) {
      int[] home = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, i >> 8, i};
      longest = checks.take(HeadChecks.newBucket(0), address(home), 1, 0);
    }
    assertThat(longest)
        .isEqualTo(SECOND * HeadChecks.ADDRESS_BURST / HeadChecks.ADDRESS_PER_SECOND);
    int[] other = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1};
    assertThat(checks.take(HeadChecks.newBucket(0), address(other), 1, 0)).isZero();
  }

  @Test
  void whatNobodyWantsAnyMoreIsGivenBack() throws Exception {
    InetSocketAddress home = address(10, 0, 0, 1);
    for (int i = 0; i < 1000; i++) {
      checks.take(HeadChecks.newBucket(0), home, 64, 0);
      checks.giveBack(home, 64, 0);
    }
    assertThat(checks.take(HeadChecks.newBucket(0), home, 64, 0)).isZero();
  }

  @Test
  void remembersABoundedNumberOfAddresses() throws Exception {
    for (int i = 0; i < HeadChecks.MAX_ADDRESSES + 1000; i++) {
      checks.take(HeadChecks.newBucket(0), address(10, i >> 16, i >> 8, i), 1, i);
    }
    assertThat(checks.addresses()).isEqualTo(HeadChecks.MAX_ADDRESSES);
  }
}
