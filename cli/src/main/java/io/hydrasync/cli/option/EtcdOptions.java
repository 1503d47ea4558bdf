package io.hydrasync.cli.option;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.secret.PasswordFile;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.EtcdDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Where the etcd of a cluster of relays is, and how to get in. */
public final class EtcdOptions {
  private static final String NAME = "hydra";

  @Option(
      names = "--cluster",
      paramLabel = EtcdEndpoints.LABEL,
      description =
          "The etcd that all relays of a cluster share, 3.4 or newer: its members; etcds:// is TLS."
              + " Default: none.")
  private Optional<EtcdEndpoints> cluster = Optional.empty();

  @Option(
      names = "--cluster-name",
      paramLabel = "NAME",
      description = "What all keys of the cluster begin with in etcd. Default: hydra.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--etcd-ca",
      paramLabel = "FILE",
      description =
          "Who signs the certificates of etcd, in PEM. Default: the system's authorities.")
  private Optional<Path> authorities = Optional.empty();

  @Option(
      names = "--etcd-cert",
      paramLabel = "FILE",
      description = "A certificate to show to etcd, in PEM, without a CommonName. Default: none.")
  private Optional<Path> certificate = Optional.empty();

  @Option(
      names = "--etcd-key",
      paramLabel = "FILE",
      description = "Its private key, in PEM, PKCS #8. Default: none.")
  private Optional<Path> certificateKey = Optional.empty();

  @Option(
      names = "--etcd-user",
      paramLabel = "NAME",
      description = "Who to log in to etcd as. Default: nobody.")
  private Optional<String> user = Optional.empty();

  @Option(
      names = "--etcd-password-file",
      paramLabel = "FILE",
      description = "The file of that user's password. Default: none.")
  private Optional<Path> passwordFile = Optional.empty();

  /** Something that may fail. */
  @FunctionalInterface
  public interface Step {
    void take() throws IOException;
  }

  /** Whether a cluster is asked for. */
  public boolean isGiven() {
    return cluster.isPresent();
  }

  /** The members. */
  public List<URI> endpoints() {
    return cluster.map(EtcdEndpoints::uris).orElse(List.of());
  }

  /** Those options that are of use with {@code --cluster} only, and have been given. */
  public List<String> given() {
    return Stream.of(
            given("--cluster-name", name),
            given("--etcd-ca", authorities),
            given("--etcd-cert", certificate),
            given("--etcd-key", certificateKey),
            given("--etcd-user", user),
            given("--etcd-password-file", passwordFile))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<String> given(String option, Optional<?> value) {
    return value.map(any -> option);
  }

  /**
   * A directory there, with all that was given.
   *
   * @throws IllegalArgumentException if something is wrong; names the option
   */
  public EtcdDirectory.Builder directory(ClusterKey key) throws IOException {
    EtcdDirectory.Builder builder = builder(key);
    for (Step step : steps(builder)) {
      step.take();
    }
    return builder;
  }

  /** One that nothing but what was given for etcd is still missing in. */
  public EtcdDirectory.Builder builder(ClusterKey key) {
    return EtcdDirectory.builder(endpoints(), key);
  }

  /** Each setting for itself, so that all that are wrong can be told. */
  public List<Step> steps(EtcdDirectory.Builder builder) {
    List<Step> steps = new ArrayList<>();
    steps.add(() -> of("--cluster-name", () -> builder.name(name.orElse(NAME))));
    together(steps, "--etcd-cert", certificate, "--etcd-key", certificateKey);
    together(steps, "--etcd-user", user, "--etcd-password-file", passwordFile);
    boolean tls = endpoints().stream().anyMatch(each -> "https".equals(each.getScheme()));
    if (!tls) {
      steps.add(() -> withoutTls("--etcd-ca", authorities));
      steps.add(() -> withoutTls("--etcd-cert", certificate));
    }
    authorities.ifPresent(
        file -> steps.add(() -> of("--etcd-ca", () -> builder.authorities(file))));
    if (certificate.isPresent() && certificateKey.isPresent()) {
      steps.add(
          () ->
              of(
                  "--etcd-cert, --etcd-key",
                  () -> builder.clientCertificate(certificate.get(), certificateKey.get())));
    }
    if (user.isPresent() && passwordFile.isPresent()) {
      steps.add(
          () ->
              of(
                  "--etcd-password-file",
                  () -> builder.login(user.get(), PasswordFile.read(passwordFile.get()))));
    }
    return steps;
  }

  private static void together(
      List<Step> steps, String one, Optional<?> first, String other, Optional<?> second) {
    if (first.isPresent() != second.isPresent()) {
      steps.add(
          () -> {
            throw new IllegalArgumentException(
                (first.isPresent() ? one : other)
                    + " is of no use without "
                    + (first.isPresent() ? other : one));
          });
    }
  }

  private static void withoutTls(String option, Optional<?> value) {
    if (value.isPresent()) {
      throw new IllegalArgumentException(option + " is for TLS: --cluster etcds://...");
    }
  }

  /**
   * Takes a step.
   *
   * @throws IllegalArgumentException if it fails, with the option's name in front
   */
  public static void of(String option, Step step) {
    try {
      step.take();
    } catch (IllegalArgumentException | IOException | UncheckedIOException e) {
      throw new IllegalArgumentException(option + ": " + Failures.describe(e), e);
    }
  }
}
