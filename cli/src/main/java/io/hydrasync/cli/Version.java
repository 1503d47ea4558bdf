package io.hydrasync.cli;

import picocli.CommandLine.IVersionProvider;

/** Of this program, from its jar's manifest. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {text()};
  }

  static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(unreleased)" : version;
  }

  static String text() {
    return "hydra " + number() + " (Java " + System.getProperty("java.version") + ")";
  }
}
