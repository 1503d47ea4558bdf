package io.hydrasync.cli.process;

import picocli.CommandLine.IVersionProvider;

/** Of this program, from its jar's manifest. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {text()};
  }

  public static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(unreleased)" : version;
  }

  public static String text() {
    return "hydra " + number() + " (Java " + System.getProperty("java.version") + ")";
  }
}
