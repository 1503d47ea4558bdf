package io.hydrasync.server;

/** How a relay talks to the operating system. */
public enum Transport {
  /** Java NIO, everywhere. */
  NIO,
  /** epoll, on Linux, if Netty's native library for it is on the class path. */
  EPOLL,
  /** io_uring, on Linux, if Netty's native library for it is on the class path. */
  IO_URING
}
