package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.crypto.AesKey;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Keys that are derived while a consumer is closed do not outlive it. */
@JCStressTest
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Refused.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Derived before, and destroyed.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A key is left.")
@State
public class EpochKeysStress {
  private static final SessionKey SESSION_KEY = SessionKey.of(new byte[32]);

  private final EpochKeys keys = new EpochKeys(SESSION_KEY, new byte[32], new byte[32]);
  private AesKey derived;

  @Actor
  public void closer() {
    keys.destroy();
  }

  @Actor
  public void receiver(II_Result result) {
    try {
      derived = keys.key(0);
      result.r1 = 1;
    } catch (IllegalStateException e) {
      result.r1 = 0;
    }
  }

  @Arbiter
  public void afterwards(II_Result result) {
    result.r2 = derived == null || derived.isDestroyed() ? 1 : 0;
  }
}
