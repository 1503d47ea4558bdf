package io.hydrasync.protocol.check;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Checks of arguments where they are given, so that nothing wrong is found by a thread that nobody
 * listens to. Null is a {@link NullPointerException} that names the argument, everything else that
 * is wrong an {@link IllegalArgumentException} that says what is allowed. Stateless.
 */
public final class Arguments {
  /**
   * The longest time: what is longer counts as this, which is for ever and still adds up in
   * nanoseconds.
   */
  public static final Duration FOREVER = Duration.ofDays(36_500);

  private Arguments() {}

  /**
   * Something is there.
   *
   * @param <T> what it is
   * @param value what was given
   * @param name what it is called
   * @return the value
   * @throws NullPointerException if it is null
   */
  public static <T> T given(@Nullable T value, String name) {
    if (value == null) {
      throw new NullPointerException(name + " is null");
    }
    return value;
  }

  /**
   * Things are there, each of them.
   *
   * @param <C> what holds them
   * @param values what was given
   * @param name what they are called
   * @return the values
   * @throws NullPointerException if it is null or holds null
   */
  public static <C extends Iterable<?>> C allGiven(@Nullable C values, String name) {
    C given = given(values, name);
    for (Object value : given) {
      given(value, "one of " + name);
    }
    return given;
  }

  /**
   * A time, of which 0 is one.
   *
   * @param value what was given
   * @param name what it is called
   * @return the value, at most {@link #FOREVER}
   * @throws IllegalArgumentException if it is negative
   */
  public static Duration time(@Nullable Duration value, String name) {
    Duration given = given(value, name);
    if (given.isNegative()) {
      throw new IllegalArgumentException(name + " is not negative: " + given);
    }
    return given.compareTo(FOREVER) > 0 ? FOREVER : given;
  }

  /**
   * A time of at least a millisecond.
   *
   * @param value what was given
   * @param name what it is called
   * @return the value, at most {@link #FOREVER}
   * @throws IllegalArgumentException if it is shorter
   */
  public static Duration positiveTime(@Nullable Duration value, String name) {
    Duration given = time(value, name);
    if (given.toMillis() < 1) {
      throw new IllegalArgumentException(name + " is at least 1 ms, not " + given);
    }
    return given;
  }

  /**
   * A number in bounds.
   *
   * @param value what was given
   * @param name what it is called
   * @param least the least that it may be
   * @param most the most
   * @return the value
   * @throws IllegalArgumentException if it is out of bounds
   */
  public static long between(long value, String name, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          most == Long.MAX_VALUE || most == Integer.MAX_VALUE
              ? name + " is at least " + least + ", not " + value
              : name + " is " + least + " to " + most + ", not " + value);
    }
    return value;
  }

  /**
   * A number that is not too small.
   *
   * @param value what was given
   * @param name what it is called
   * @param least the least that it may be
   * @return the value
   * @throws IllegalArgumentException if it is less
   */
  public static int atLeast(int value, String name, int least) {
    return (int) between(value, name, least, Integer.MAX_VALUE);
  }

  /**
   * A number that is not too small.
   *
   * @param value what was given
   * @param name what it is called
   * @param least the least that it may be
   * @return the value
   * @throws IllegalArgumentException if it is less
   */
  public static long atLeast(long value, String name, long least) {
    return between(value, name, least, Long.MAX_VALUE);
  }
}
