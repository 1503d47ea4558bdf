package io.hydrasync.server.internal.services;

import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.server.internal.admission.Admission;
import io.hydrasync.server.internal.admission.CredentialPolicy;
import io.hydrasync.server.internal.admission.HeadChecks;
import io.hydrasync.server.internal.admission.RelayIdentity;
import io.hydrasync.server.internal.limits.ByteQuota;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.OverflowRules;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.hydrasync.server.internal.loop.FatalErrors;
import io.hydrasync.server.internal.loop.Transports;
import io.hydrasync.server.internal.spill.SpillPlace;
import io.hydrasync.server.internal.telemetry.Attendance;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * What all connections and sessions of one relay share, and nothing of them: they are told of it,
 * and it does not know them. Thread-safe.
 */
public final class RelayServices {
  private static final int POOL_QUEUE = 4096;

  /** Of the heap, for what clients have begun to say and have not ended. */
  private static final int UNFINISHED_SHARE = 8;

  /** Of the budget for logs, beside it, for copies of them on their way to consumers. */
  private static final int COPIES_SHARE = 12;

  private final RelayLimits limits;
  private final OverflowRules overflow;
  private final SpillPlace spill;
  private final MemoryBudget budget;
  private volatile RelayIdentity identity;
  private final Object identityLock = new Object();
  private volatile CredentialPolicy credentials;
  private volatile Peers peers = Peers.NONE;
  private final Admission admission;
  private final FatalErrors fatalErrors;
  private final Optional<SessionId> only;
  private final Operations operations;
  private final Transports transports;
  private final ClassicService classic;
  private final SecureRandom random = new SecureRandom();
  private final ByteQuota unfinished =
      new ByteQuota(Runtime.getRuntime().maxMemory() / UNFINISHED_SHARE);
  private final ByteQuota copies;
  private final ExecutorService pool;
  private final HeadChecks headChecks;

  public RelayServices(
      RelayLimits limits,
      OverflowRules overflow,
      SpillPlace spill,
      MemoryBudget budget,
      RelayIdentity identity,
      CredentialPolicy credentials,
      Admission admission,
      FatalErrors fatalErrors,
      Transports transports,
      ClassicService classic,
      Optional<SessionId> only) {
    this.limits = limits;
    this.only = only;
    operations = new Operations(only.isPresent() ? new Attendance() : null);
    this.overflow = overflow;
    this.spill = spill;
    this.budget = budget;
    copies = new ByteQuota(budget.limit() / COPIES_SHARE);
    this.identity = identity;
    this.credentials = credentials;
    this.admission = admission;
    this.fatalErrors = fatalErrors;
    this.transports = transports;
    this.classic = classic;
    pool = newPool(fatalErrors.daemons("hydra-handshake"));
    headChecks = new HeadChecks(fatalErrors.daemons("hydra-head"));
  }

  /** With all of its threads from the start: there may be none to be had when one is needed. */
  private static ExecutorService newPool(ThreadFactory daemons) {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(POOL_QUEUE), daemons);
    try {
      executor.prestartAllCoreThreads();
    } catch (Throwable e) {
      executor.shutdownNow();
      throw e;
    }
    return executor;
  }

  public RelayLimits limits() {
    return limits;
  }

  public OverflowRules overflow() {
    return overflow;
  }

  /** Where logs are spilled to. */
  public SpillPlace spill() {
    return spill;
  }

  /** The relay has stopped. */
  public void close() {
    pool.shutdownNow();
    headChecks.close();
    synchronized (identityLock) {
      identity.destroy();
    }
    budget.close();
    spill.close();
  }

  public MemoryBudget budget() {
    return budget;
  }

  /** What clients may have begun to say and not ended, beyond a little for each. */
  public ByteQuota unfinished() {
    return unfinished;
  }

  /** Copies of logs on their way to consumers, beyond a little for each. */
  public ByteQuota copies() {
    return copies;
  }

  public CredentialPolicy credentials() {
    return credentials;
  }

  /** Takes the place of the credentials so far. */
  public void credentials(CredentialPolicy next) {
    credentials = next;
  }

  /** Where errors end that no connection can be blamed for. */
  public FatalErrors fatalErrors() {
    return fatalErrors;
  }

  /** Whether this relay may have a session of this id. */
  public boolean mayHave(SessionId id) {
    return only.isEmpty() || only.get().equals(id);
  }

  public Operations operations() {
    return operations;
  }

  public Admission admission() {
    return admission;
  }

  public SecureRandom random() {
    return random;
  }

  /** Where asymmetric cryptography is done, so that no loop waits for it. Bounded. */
  public ExecutorService pool() {
    return pool;
  }

  /** Where the signatures of HEADs are checked. */
  public HeadChecks headChecks() {
    return headChecks;
  }

  /** What depends on how the relay talks to the operating system. */
  public Transports transports() {
    return transports;
  }

  /** How clients of the Rust crate are served. */
  public ClassicService classic() {
    return classic;
  }

  public Handshake.Responder newResponder() {
    byte[] ephemeral = new byte[RelayIdentity.LENGTH];
    random.nextBytes(ephemeral);
    synchronized (identityLock) { // no key is zeroed while it is copied
      return identity.newResponder(Magic.bytes(), ephemeral);
    }
  }

  /** Takes the place of the relay's keys so far; who is connected stays. */
  public void identity(RelayIdentity next) {
    synchronized (identityLock) {
      RelayIdentity before = identity;
      identity = next;
      before.destroy();
    }
  }

  /** Which relays clients are told of. */
  public Peers peers() {
    return peers;
  }

  /** Clients are told of these from now on. */
  public void peers(Peers next) {
    peers = next;
  }

  /** The client's side of a handshake, of a link to another relay. */
  public Handshake.Initiator newInitiator() {
    return new Handshake.Initiator(Magic.bytes(), X25519.newPrivateKey(random));
  }

  /** The public half of this relay's key. */
  public RelayKey relayKey() {
    return identity.publicKey();
  }

  /** The public half of this relay's key, and that of the other one if there is one. */
  public RelayKeys relayKeys() {
    return identity.keys();
  }

  public int lingerSeconds() {
    return (int) Math.min(0xFFFF, TimeUnit.NANOSECONDS.toSeconds(limits.lingerNanos()));
  }

  public long nanoTime() {
    return System.nanoTime();
  }

  public long currentTimeMillis() {
    return System.currentTimeMillis();
  }
}
