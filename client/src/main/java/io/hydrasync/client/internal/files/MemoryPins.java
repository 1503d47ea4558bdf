package io.hydrasync.client.internal.files;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Pins that nobody but this object remembers. Thread-safe.
 *
 * @param <K> a key
 */
public final class MemoryPins<K> implements Pins<K> {
  private final Map<String, K> pins = new LinkedHashMap<>();

  @Override
  public synchronized Map<String, K> all() {
    return new LinkedHashMap<>(pins);
  }

  @Override
  public synchronized K pin(String name, K key) {
    PinFile.requireName(name);
    K known = pins.putIfAbsent(name, key);
    return known == null ? key : known;
  }

  @Override
  public synchronized void replace(String name, K key) {
    PinFile.requireName(name);
    pins.put(name, key);
  }

  @Override
  public synchronized void update(String name, UnaryOperator<K> change) {
    pins.computeIfPresent(name, (there, key) -> change.apply(key));
  }

  @Override
  public synchronized boolean remove(String name) {
    return pins.remove(name) != null;
  }
}
