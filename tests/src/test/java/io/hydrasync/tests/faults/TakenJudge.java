package io.hydrasync.tests.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.StreamTruncatedException;
import io.hydrasync.tests.support.Fixture;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Reads what writers have sent, from the beginning, and compares it with what they say. */
final class TakenJudge {
  private static final int PATIENCE_SECONDS = 60;

  private final HydraConsumer consumer;
  private final BitSet[] delivered;
  private final int[] next;
  private final List<String> problems = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final Future<String> reading;
  private int messages;

  /**
   * Reads from now on.
   *
   * @param consumer joined before anything was sent
   */
  TakenJudge(HydraConsumer consumer, int writers) {
    this.consumer = consumer;
    delivered = new BitSet[writers];
    for (int i = 0; i < writers; i++) {
      delivered[i] = new BitSet();
    }
    next = new int[writers];
    reading = Fixture.async(this::read);
  }

  /** Reads to the end, and says what it was. */
  private String read() {
    while (true) {
      try {
        ByteBuffer view = consumer.receive();
        if (view == null) {
          return "the end";
        }
        take(view);
      } catch (StreamTruncatedException e) {
        told.add(e.getMessage()); // it was given up, which the writers know; another stream follows
      } catch (SessionTruncatedException e) {
        return e.toString();
      } catch (HydraException e) {
        problems.add("the consumer was told " + e);
        return e.toString();
      }
    }
  }

  private void take(ByteBuffer view) {
    int size = view.remaining();
    int writer = view.getInt(view.position());
    int number = view.getInt(view.position() + 4);
    if (!view.equals(ByteBuffer.wrap(TakenWriters.message(writer, number, size)))) {
      problems.add("a message of writer " + writer + " was changed");
    }
    if (delivered[writer].get(number)) {
      problems.add("message " + number + " of writer " + writer + " came twice");
    } else if (number < next[writer]) {
      problems.add("message " + number + " of writer " + writer + " came out of order");
    }
    delivered[writer].set(number);
    next[writer] = number + 1;
    messages++;
  }

  /**
   * What is wrong, once everything has been sent; empty if nothing is.
   *
   * @param relay where another producer ends the session, if it has not ended: behind its stream
   *     nothing can come of the one before
   */
  List<String> verdict(
      TakenWriters.Ledger[] ledgers, InetSocketAddress relay, SessionSecrets session)
      throws Exception {
    HydraProducer.connect(relay, session).close();
    String end = reading.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    for (int i = 0; i < ledgers.length; i++) {
      TakenWriters.Ledger ledger = ledgers[i];
      for (int n = 0; n < ledger.outcomes().length(); n++) {
        boolean came = delivered[i].get(n);
        if (ledger.threw(n) && came) {
          problems.add("message " + n + " of writer " + i + " threw and was delivered");
        } else if (!ledger.threw(n) && n < ledger.certain() && !came) {
          problems.add("message " + n + " of writer " + i + " had arrived and was not delivered");
        }
      }
      if (delivered[i].length() > ledger.outcomes().length()) {
        problems.add("a message of writer " + i + " that was never sent");
      }
    }
    if (!problems.isEmpty()) {
      problems.add(0, "what was read ended with " + end + "; on the way: " + told);
    }
    return problems;
  }

  /** Whether the session has ended, or the reader with it. */
  boolean isDone() {
    return reading.isDone();
  }

  /** How many were delivered. */
  int messages() {
    return messages;
  }
}
