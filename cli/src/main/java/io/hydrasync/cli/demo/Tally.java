package io.hydrasync.cli.demo;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** What one participant of the demo has sent or received. Counted by one thread, read by any. */
final class Tally {
  private static final int SHOWN_DIGITS = 16;

  private final String name;
  private final MessageDigest digest;
  private volatile long messages;
  private volatile long bytes;
  private volatile Stage stage;
  private volatile Optional<Throwable> failure = Optional.empty();
  private volatile Optional<String> hash = Optional.empty();

  Tally(String name, Stage stage) {
    this.name = name;
    this.stage = stage;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  MessageDigest digest() {
    return digest;
  }

  /** Only the thread that counts calls this, so that no update is lost. */
  @SuppressWarnings("NonAtomicOperationOnVolatileField")
  void count(int messageBytes) {
    bytes += messageBytes;
    messages++;
  }

  /** All has been counted. */
  void finish() {
    hash = Optional.of(HexFormat.of().formatHex(digest.digest()));
  }

  void fail(Throwable problem) {
    failure = Optional.of(problem);
    stage = Stage.FAILED;
  }

  void stage(Stage value) {
    stage = value;
  }

  String name() {
    return name;
  }

  long messages() {
    return messages;
  }

  long bytes() {
    return bytes;
  }

  Stage stage() {
    return stage;
  }

  Optional<Throwable> failure() {
    return failure;
  }

  /** SHA-256 of all payload, once finished. */
  Optional<String> hash() {
    return hash;
  }

  /** The beginning of the hash, for people. */
  String shortHash() {
    return hash.map(digits -> digits.substring(0, SHOWN_DIGITS) + "...").orElse("none");
  }

  /** Whether this one has got exactly what the other has sent. */
  boolean equalTo(Tally sent) {
    return failure.isEmpty()
        && hash.isPresent()
        && hash.equals(sent.hash)
        && messages == sent.messages
        && bytes == sent.bytes;
  }
}
