package io.hydrasync.house.knot.two;

import io.hydrasync.house.knot.one.Knot;

/** The other end of the knot. */
public final class Other {
  @Override
  public boolean equals(Object other) {
    return other instanceof Other && Knot.leak() == this;
  }

  @Override
  public int hashCode() {
    return 1;
  }
}
