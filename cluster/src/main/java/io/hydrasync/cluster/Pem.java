package io.hydrasync.cluster;

import io.hydrasync.protocol.check.PlainText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** TLS by files in PEM, with the JDK only. Stateless. */
final class Pem {
  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final List<String> ALGORITHMS = List.of("EC", "RSA", "Ed25519");
  private static final Pattern COMMON_NAME = Pattern.compile("(?i)(^|[,+])\\s*CN=");

  private Pem() {}

  /** The certificates in a file, one at least. */
  static List<X509Certificate> certificates(Path file) throws IOException {
    byte[] text = PlainText.read(file, MAX_BYTES).getBytes(StandardCharsets.US_ASCII);
    List<X509Certificate> found = new ArrayList<>();
    try {
      for (Certificate each :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(text))) {
        found.add((X509Certificate) each);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(file + " holds no certificates in PEM", e);
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(file + " holds no certificates in PEM");
    }
    return found;
  }

  /** The private key in a file; what the file holds is not quoted. */
  static PrivateKey privateKey(Path file) throws IOException {
    Matcher found = KEY.matcher(PlainText.read(file, MAX_BYTES));
    if (!found.find()) {
      throw new IllegalArgumentException(
          file
              + " holds no private key in PKCS #8 that is not encrypted; run:"
              + " openssl pkcs8 -topk8 -nodes -in "
              + file);
    }
    PKCS8EncodedKeySpec spec;
    try {
      spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(found.group(1)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + " holds no private key in base64");
    }
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException e) {
        continue; // of another algorithm
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java runtime has no " + algorithm, e);
      }
    }
    throw new IllegalArgumentException(file + " holds a private key that is none of " + ALGORITHMS);
  }

  /**
   * Whether the subject has a CommonName, which etcd's gateway refuses while it asks for logins.
   */
  static boolean hasCommonName(X509Certificate certificate) {
    return COMMON_NAME.matcher(certificate.getSubjectX500Principal().getName()).find();
  }

  /**
   * What to connect with.
   *
   * @param authorities what a server's certificate has to be signed by; the system's if empty
   * @param chain what this client shows, its own first; nothing if empty
   * @param key of the first of them
   */
  static SSLContext context(
      List<X509Certificate> authorities, List<X509Certificate> chain, Optional<PrivateKey> key) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          key.isPresent() ? keyManagers(chain, key.get()) : null,
          authorities.isEmpty() ? null : trustManagers(authorities),
          null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("certificate and key do not fit: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trustManagers(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("ca" + i, authorities.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] keyManagers(List<X509Certificate> chain, PrivateKey key)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    char[] none = new char[0];
    store.setKeyEntry("client", key, none, chain.toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, none);
    return factory.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load((java.io.@Nullable InputStream) null, null);
    return store;
  }
}
