package io.hydrasync.bench.measure;

import io.hydrasync.bench.measure.Results.Sample;
import io.hydrasync.bench.process.Child;
import io.hydrasync.bench.relay.Brokers;
import java.io.IOException;
import java.util.List;

/** How long it takes from nothing to the first message relayed by an embedded relay. */
public final class StartUp {
  public static final String FIGURE = "start-up";
  public static final String FROM_BIND = "ms from bind";
  public static final String FROM_PROCESS = "ms from process start";

  private StartUp() {}

  public static void measure(Results results, int rounds) throws IOException {
    for (int round = 1; round <= rounds; round++) {
      long began = System.nanoTime();
      try (Child child = Child.java(List.of(), StartUpMain.class, List.of())) {
        double fromBind = Double.parseDouble(child.line());
        double fromProcess = (System.nanoTime() - began) / 1e6;
        results.add(new Sample(FIGURE, Brokers.HYDRA, "", FROM_BIND, round, fromBind));
        results.add(new Sample(FIGURE, Brokers.HYDRA, "", FROM_PROCESS, round, fromProcess));
      }
    }
  }
}
