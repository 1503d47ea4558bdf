package io.hydrasync.client;

import io.hydrasync.client.internal.connection.NameLookups;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;

/** Whoever connects to a relay. */
public enum ConnectingClient {
  CONSUMER {
    @Override
    AutoCloseable connect(InetSocketAddress relay, NameLookups names) {
      return HydraConsumer.builder(relay, OWNED).names(names).connectTimeout(LONG).connect();
    }
  },
  PRODUCER {
    @Override
    AutoCloseable connect(InetSocketAddress relay, NameLookups names) {
      return HydraProducer.builder(relay, OWNED).names(names).connectTimeout(LONG).connect();
    }
  },
  ADMIN {
    @Override
    AutoCloseable connect(InetSocketAddress relay, NameLookups names) {
      Credential credential = Credential.generate(new SecureRandom());
      return HydraAdmin.builder(relay, credential).names(names).connectTimeout(LONG).connect();
    }
  },
  CLASSIC_CONSUMER {
    @Override
    AutoCloseable connect(InetSocketAddress relay, NameLookups names) {
      return HydraConsumer.builder(relay, PLAIN)
          .wire(Wire.CLASSIC)
          .names(names)
          .connectTimeout(LONG)
          .connect();
    }
  },
  CLASSIC_PRODUCER {
    @Override
    AutoCloseable connect(InetSocketAddress relay, NameLookups names) {
      return HydraProducer.builder(relay, PLAIN)
          .wire(Wire.CLASSIC)
          .names(names)
          .connectTimeout(LONG)
          .connect();
    }
  },
  LATER_CONSUMER {
    @Override
    AutoCloseable connect(InetSocketAddress relay, NameLookups names) {
      return HydraConsumer.builder(relay, PLAIN)
          .wire(Wire.CLASSIC)
          .classicVersion("1.0.0-beta.9")
          .names(names)
          .connectTimeout(LONG)
          .connect();
    }
  },
  LATER_PRODUCER {
    @Override
    AutoCloseable connect(InetSocketAddress relay, NameLookups names) {
      return HydraProducer.builder(relay, PLAIN)
          .wire(Wire.CLASSIC)
          .classicVersion("1.0.0-beta.7")
          .names(names)
          .connectTimeout(LONG)
          .connect();
    }
  };

  static final Duration LONG = Duration.ofHours(1);
  static final SessionSecrets OWNED = SessionSecrets.generate();
  static final SessionSecrets PLAIN =
      new SessionSecrets(
          SessionId.of(new byte[SessionId.LENGTH]), SessionKey.generate(new SecureRandom()));

  abstract AutoCloseable connect(InetSocketAddress relay, NameLookups names);

  AutoCloseable connect(InetSocketAddress relay) {
    return connect(relay, NameLookups.SYSTEM);
  }

  boolean isClassic() {
    return this != CONSUMER && this != PRODUCER && this != ADMIN;
  }

  /** Whether a thread of the platform is connecting somewhere. */
  public static boolean isAnyConnecting() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("hydra-connect"));
  }
}
