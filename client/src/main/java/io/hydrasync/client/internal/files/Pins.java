package io.hydrasync.client.internal.files;

import java.io.IOException;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Names and the key that each has. Thread-safe.
 *
 * @param <K> a key
 */
public interface Pins<K> {
  /** All names and their keys, in the order in which they came. */
  Map<String, K> all() throws IOException;

  /**
   * Adds a name that is not there yet.
   *
   * @return the key that the name has now: another one than the given if it was there with that
   * @throws IllegalArgumentException if it cannot be a name
   */
  K pin(String name, K key) throws IOException;

  /** Gives a name a key, whatever it had. Throws as {@link #pin} does. */
  void replace(String name, K key) throws IOException;

  /**
   * Gives a name that is there another key.
   *
   * @param change makes it of the one that the name has; called once or several times
   */
  void update(String name, UnaryOperator<K> change) throws IOException;

  /**
   * Takes a name out.
   *
   * @return false if it was not there
   */
  boolean remove(String name) throws IOException;
}
