package io.hydrasync.protocol;

/** What a client and a relay speak with each other. Sessions of one are none of the other. */
public enum Wire {
  /** The wire of this project, see {@code wire2.md}. */
  WIRE_2,
  /**
   * The wires of the Rust crate hydra-sync 1.0.0-beta.2 to beta.9; the version says which. The
   * relay is not authenticated, and it can drop, repeat, reorder and cut off frames without being
   * noticed; there is no resuming and no acknowledgment. For interoperating only.
   */
  CLASSIC
}
