package io.hydrasync.server;

/** How a relay talks to the operating system. */
public enum Transport {
  /**
   * The best that this machine has: epoll where Netty's native library for it loads, else NIO.
   * Which it is, and why it is not epoll, is one line in the log.
   */
  AUTO,
  /** Java NIO, everywhere. */
  NIO,
  /** epoll, on Linux, if Netty's native library for it is on the class path. */
  EPOLL,
  /** io_uring, on Linux, if Netty's native library for it is on the class path. */
  IO_URING
}
