package io.hydrasync.bench.report;

/** What a page of figures has to say about how they were made. */
final class Prose {
  static final String HOW =
      """
      ## How

      - **One machine.** Relay, producer and consumers share its cores and its loopback. Ratios
        matter, not absolute numbers; the spread says how quiet the machine was.
      - **What a relay spends** is its process's user and system time around a fixed stretch of
        load, divided by what all consumers received in it. The load comes from one program
        (`Driver`), one thread over raw sockets, the same for every relay: it writes prepared
        messages as fast as the socket takes them, at most 8 MiB ahead of the slowest consumer, and
        compares what each consumer receives with what was sent. For ours the messages are frames
        whose ciphertext is random, one message a frame: a relay without a key cannot tell.
      - **The write() loop** is `bench/src/main/c/write_loop.c`: it reads nothing and writes the
        same block to each of 16 consumers.
      - **Clients included**: producer and consumers in one fresh JVM, one connection and one thread
        for each consumer, warmed up before measuring. jnats, Jedis (pipelines of 500 for
        throughput, one by one for latency), JeroMQ (XPUB that waits instead of dropping), Aeron
        (UDP, dynamic destinations, flow control by the slowest, MTU 8 KiB, one shared driver
        thread). NATS and Redis would lose messages of a producer that is too fast, so theirs is
        held at most 65,536 messages ahead of the slowest consumer, through memory, at no cost.
        Nothing of the kind is needed for ours. `hydra-sync` there uses `write`, which shares frames
        among small messages; the row below it `broadcast`, which sends at once what comes alone and
        shares frames when calls follow each other within microseconds.
      - **Sealed by the application**: AES-256-GCM of the JDK on each message before it is given to
        the peer's client, opened by each consumer.
      - **Latency** is open-loop: messages are due every millisecond whether or not the last one has
        arrived, and the time counts from when a message was due. The warm-up first sends up to
        20 a millisecond, as far as the consumers follow, and then at the rate itself, so that what
        is measured is compiled code for everybody.
      - The relay of ours is a JVM with the flags of every JVM here, its default transport and limits; for
        few messages, cold and memory it is what `hydra relay` starts.
        The peers run with defaults, except that Redis and Valkey keep no files and cut no
        subscriber off, NATS sends no PING meanwhile, and Mosquitto has no Nagle, as the others do
        not, and drops nothing.
      - **Few messages, cold, memory** come from another program, `bench/src/main/c/load_driver.c`:
        one thread in C over raw sockets, so that no second JVM takes part; it compares every byte
        as well. At a rate it polls without sleeping from 80 µs before a message is due, and while
        one is under way that is younger than 500 µs, so that its own waking up is in no latency;
        otherwise it sleeps, so that the relay has both cores. As fast as it goes it sleeps whenever
        nothing is ready; at most 8 MiB or 16,384 messages are under way, with many sessions 256 KiB
        in each. `driver CPU %` is what it took of one core, `driver without core %` how much of the
        time it could have run but had none: that is in the latencies, and not the relay's. As root
        it has a nice value of −20, so that this is little. The relay's CPU is its process's clock,
        exact to the nanosecond. *Few* is warmed up by 20,000 messages a second and then at the rate
        itself, for 1.5 s and half of that (2 s and 1 s where not all figures are made); *as fast as
        it goes* and *many* by as long at full speed with 64 B. *Cold* begins when the relay listens
        and two clients have joined; in a whole run the peers do it once, for they compile nothing.
        *Memory* is VmRSS when it has stopped to change after the start, with nobody connected, and
        VmHWM after the sizes of *as fast as it goes*, which one process gets one after the other.
        *Many* is 1 KiB, and `--linger 1s`. *Beside*: 100 sessions of one consumer with 10 messages
        of 100 B a second each, beside one session of 16 consumers and 64 KiB at full speed, and
        then alone.
      """;

  private Prose() {}
}
