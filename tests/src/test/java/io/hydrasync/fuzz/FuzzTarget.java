package io.hydrasync.fuzz;

import io.hydrasync.client.ClientFuzz;
import io.hydrasync.operator.OperatorFuzz;
import io.hydrasync.server.internal.log.ServerFuzz;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Every parser that strangers reach, with inputs to begin from. */
enum FuzzTarget {
  /** Outer frames at a client. */
  FRAMES(ClientFuzz::frames, ClientFuzz::frameSeeds),
  /** Packets of one length at a client. */
  CLIENT_PACKETS(ClientFuzz::packets, ClientFuzz::packetSeeds),
  /** The plaintext of DATA, BATCH, TICK and END. */
  CONTENT(ClientFuzz::content, ClientFuzz::contentSeeds),
  /** A consumer's order of things. */
  VERIFIER(ClientFuzz::verifier, ClientFuzz::verifierSeeds),
  /** A stored position. */
  POSITION(ClientFuzz::position, ClientFuzz::positionSeeds),
  /** Control messages. */
  CONTROL(ProtocolFuzz::control, ProtocolFuzz::controlSeeds),
  /** HEAD. */
  HEAD(ProtocolFuzz::head, ProtocolFuzz::headSeeds),
  /** Tickets. */
  TICKET(ProtocolFuzz::ticket, ProtocolFuzz::ticketSeeds),
  /** The join of the classic wires. */
  CLASSIC_JOIN(ProtocolFuzz::classicJoin, ProtocolFuzz::classicJoinSeeds),
  /** What answers it on the later wire. */
  CLASSIC_ANSWERS(ProtocolFuzz::classicAnswers, ProtocolFuzz::classicAnswerSeeds),
  /** A producer's bytes on their way into the log. */
  LOG(ServerFuzz::log, ServerFuzz::logSeeds),
  /** The same on the later classic wire. */
  PACKETS(ServerFuzz::packets, ServerFuzz::packetSeeds),
  /** A consumer's bytes at the relay. */
  RECORDS(ServerFuzz::records, ServerFuzz::recordSeeds),
  /** An operator's request. */
  ADMIN(OperatorFuzz::request, OperatorFuzz::requestSeeds),
  /** The head of a request to the operator's HTTP. */
  HTTP(OperatorFuzz::httpHead, OperatorFuzz::httpHeadSeeds),
  /** A relay's configuration and its credentials. */
  CONFIG(CliFuzz::config, CliFuzz::configSeeds),
  /** What a relay replies to an admin. */
  REPLY(CliFuzz::reply, CliFuzz::replySeeds);

  private final Consumer<byte[]> target;
  private final Supplier<List<byte[]>> seeds;

  FuzzTarget(Consumer<byte[]> target, Supplier<List<byte[]>> seeds) {
    this.target = target;
    this.seeds = seeds;
  }

  /** Throws something unless the input is dealt with as it has to be. */
  void run(byte[] input) {
    target.accept(input);
  }

  List<byte[]> seeds() {
    return seeds.get();
  }

  /** The name of its folder of inputs. */
  String folder() {
    return name().toLowerCase(Locale.ROOT);
  }
}
