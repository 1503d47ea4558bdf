package io.hydrasync.testing;

import io.hydrasync.protocol.RelayKey;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * A relay in this JVM that a test stops and starts again: at the same address, under the same key,
 * and without anything of what it held. Clients that were connected find it again by themselves.
 *
 * <p>Thread-safe. Runs from its construction until {@link #close()}, but between {@link #stop()}
 * and {@link #start()}. Its key is in a temporary file, which goes with it.
 */
public final class TestRelay implements AutoCloseable {
  private final HydraServer.Builder builder;
  private final Path directory;
  private final Path keyFile;
  private final InetSocketAddress address;
  private HydraServer server;
  private boolean running = true;

  private TestRelay(UnaryOperator<HydraServer.Builder> options) throws IOException {
    directory = Files.createTempDirectory("hydra-testing-");
    keyFile = directory.resolve("relay.key");
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    builder = options.apply(HydraServer.builder().address(any)).keyFile(keyFile);
    try {
      server = builder.bind();
    } catch (RuntimeException | Error e) {
      deleteKey();
      throw e;
    }
    address = server.address();
    builder.address(address);
  }

  /**
   * A relay with default options on a free port of the loopback interface.
   *
   * @return running
   */
  public static TestRelay open() {
    return open(UnaryOperator.identity());
  }

  /**
   * A relay on a free port of the loopback interface, or where the options say.
   *
   * @param options changes them; its key file is replaced
   * @return running
   * @throws UncheckedIOException if its key cannot be kept
   */
  public static TestRelay open(UnaryOperator<HydraServer.Builder> options) {
    try {
      return new TestRelay(options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Where it listens, and listens again.
   *
   * @return the same for all its life
   */
  public InetSocketAddress address() {
    return address;
  }

  /**
   * The key by which clients know it.
   *
   * @return the same for all its life
   */
  public synchronized RelayKey relayKey() {
    return server.relayKey();
  }

  /**
   * The relay as it runs now; another one behind each start. Closed while this is stopped.
   *
   * @return for its operator's part and its figures
   */
  public synchronized HydraServer server() {
    return server;
  }

  /** Ends all connections, and forgets everything. Does nothing where it is stopped. */
  public synchronized void stop() {
    if (running) {
      running = false;
      server.close();
    }
  }

  /**
   * Starts it again. Does nothing where it runs.
   *
   * @throws IllegalStateException if it is closed
   * @throws UncheckedIOException if its port has been taken by somebody else
   */
  public synchronized void start() {
    if (!Files.exists(keyFile)) {
      throw new IllegalStateException("this relay is closed");
    }
    if (!running) {
      server = builder.bind();
      running = true;
    }
  }

  /** Stops it, and starts it again. */
  public synchronized void restart() {
    stop();
    start();
  }

  /** Ends it for good. */
  @Override
  public synchronized void close() {
    stop();
    deleteKey();
  }

  private void deleteKey() {
    try {
      Files.deleteIfExists(keyFile);
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
