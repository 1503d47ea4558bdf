package io.hydrasync.protocol.crypto;

import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A key that is used while it is destroyed is whole or refused: nothing is sealed under zeros. */
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Whole.")
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Refused.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Partly zero.")
@State
public class AesKeyStress {
  private final AesKey key;

  public AesKeyStress() {
    byte[] ones = new byte[AesGcm.KEY_LENGTH];
    Arrays.fill(ones, (byte) 1);
    key = new AesKey(ones, 0);
  }

  @Actor
  public void closer() {
    key.destroy();
  }

  @Actor
  public void user(I_Result result) {
    try {
      int sum = 0;
      for (byte b : key.getEncoded()) {
        sum += b;
      }
      result.r1 = sum == AesGcm.KEY_LENGTH ? 1 : -1;
    } catch (IllegalStateException e) {
      result.r1 = 0;
    }
  }
}
