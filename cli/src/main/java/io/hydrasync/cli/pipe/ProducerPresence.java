package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Console;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;

/**
 * Says on stderr where nobody is there who could send: once for each time that somebody has gone.
 * For one thread.
 */
final class ProducerPresence {
  private final HydraConsumer consumer;
  private final Console console;
  private boolean hadProducer;
  private boolean absenceTold;
  private boolean orderlyEndTold;

  ProducerPresence(HydraConsumer consumer, Console console) {
    this.consumer = consumer;
    this.console = console;
  }

  /** A message has come. */
  void message() {
    hadProducer = true;
    absenceTold = false;
  }

  /** Nothing has come for a while. */
  void look() {
    if (consumer.isProducerLive()) {
      message();
    } else if (!absenceTold) {
      absenceTold = true;
      if (hadProducer) {
        tellGone();
      } else {
        RecvEvents.tellAbsence(console);
      }
    }
  }

  /** Who ends each stream as it should, as send --keep does, is missed once only. */
  private void tellGone() {
    boolean ended =
        consumer.position().map(Position::end).orElse(Position.End.NONE) != Position.End.NONE;
    if (!ended || !orderlyEndTold) {
      RecvEvents.tellGone(console, ended);
    }
    orderlyEndTold |= ended;
  }
}
