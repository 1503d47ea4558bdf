package io.hydrasync.cluster;

import java.net.URI;
import java.util.Map;

/** Sends POST requests. */
interface Transport extends AutoCloseable {
  /** Told what is answered, on the directory's thread. */
  interface Sink {
    /** The status, once, before all else. */
    void status(int status);

    /** More of the body. What follows is read from the network once this has returned. */
    void data(byte[] bytes);

    /** The body is complete. Nothing follows. */
    void end();

    /**
     * It has failed. Nothing follows.
     *
     * @param sent false if the server has certainly not got the request
     */
    void failed(Throwable cause, boolean sent);
  }

  /** A request that is on its way. */
  @FunctionalInterface
  interface Exchange {
    /** Gives it up and closes its connection; its sink may still be told something. */
    void cancel();
  }

  /** Sends one; nothing comes before this has returned. */
  Exchange post(URI uri, Map<String, String> headers, byte[] body, Sink sink);

  @Override
  void close();
}
