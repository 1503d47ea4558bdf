package io.hydrasync.tests.library;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.tests.support.ProgramRun;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jars that were built, on a module path, as a program that is a module itself uses them. */
class ModulePathIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Map<String, Boolean> MODULES =
      Map.of(
          "io.hydrasync.protocol", false,
          "io.hydrasync.client", false,
          "io.hydrasync.server", false,
          "io.hydrasync.cluster", false,
          "io.hydrasync.operator", false,
          "io.hydrasync.cli", true);

  private static final String PROGRAM =
      """
      package program;

      import io.hydrasync.client.HydraConsumer;
      import io.hydrasync.client.HydraProducer;
      import io.hydrasync.operator.OperatorHttp;
      import io.hydrasync.protocol.SessionSecrets;
      import io.hydrasync.server.HydraServer;
      import java.net.InetSocketAddress;
      import java.net.URI;

      public class Main {
        public static void main(String[] args) throws Exception {
          SessionSecrets session = SessionSecrets.generate();
          try (HydraServer relay = HydraServer.bindDefault();
              OperatorHttp http =
                  OperatorHttp.start(new InetSocketAddress("127.0.0.1", 0), relay.operator(), "1");
              HydraProducer producer = HydraProducer.connect(relay.address(), session)) {
            producer.broadcast(new byte[] {42});
            try (HydraConsumer consumer =
                HydraConsumer.builder(relay.address(), session).connect()) {
              System.out.println("received " + consumer.receive().get());
            }
            for (String path : new String[] {"metrics", "livez", "api/overview", ""}) {
              var connection =
                  URI.create("http://127.0.0.1:" + http.address().getPort() + "/" + path)
                      .toURL()
                      .openConnection();
              String answer = new String(connection.getInputStream().readAllBytes());
              System.out.println(
                  answer.lines().filter(line -> line.startsWith("hydra_sessions")).findAny().orElse("answered"));
            }
          }
        }
      }
      """;

  @TempDir private Path directory;
  private List<Path> jars;

  /** As the command has them: its own and its dependencies. */
  @BeforeEach
  void findTheJars() throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("cli/target/lib"))) {
      jars = new ArrayList<>(files.filter(file -> file.toString().endsWith(".jar")).toList());
    }
    jars.add(ROOT.resolve("cli/target/hydra-cli.jar"));
  }

  private String modulePath() {
    return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private String run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(arguments));
    return ProgramRun.of(new ProcessBuilder(command), directory.resolve("log")).output();
  }

  /** Names that do not come from the names of files, which change with versions. */
  @Test
  void haveNamesThatStay() {
    Map<String, Boolean> found = new HashMap<>();
    for (Path jar : jars) {
      if (jar.getFileName().toString().startsWith("hydra-")) {
        var module = ModuleFinder.of(jar).findAll().iterator().next().descriptor();
        found.put(module.name(), module.isAutomatic());
      }
    }
    assertThat(found).isEqualTo(MODULES);
  }

  @Test
  void shareNoPackage() {
    Map<String, String> owners = new HashMap<>();
    for (ModuleReference module : ModuleFinder.of(jars.toArray(new Path[0])).findAll()) {
      String name = module.descriptor().name();
      for (String each : module.descriptor().packages()) {
        assertThat(owners.put(each, name)).as("%s, also in %s", each, name).isNull();
      }
    }
  }

  @Test
  void startARelayWithMetrics() throws Exception {
    Path program = directory.resolve("program");
    Files.createDirectories(program.resolve("program"));
    Path descriptor = program.resolve("module-info.java");
    Files.writeString(
        descriptor,
        "module program { requires io.hydrasync.client; requires io.hydrasync.operator; }");
    Path main = program.resolve("program/Main.java");
    Files.writeString(main, PROGRAM);
    Path classes = directory.resolve("classes");
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-nowarn",
                "-proc:none",
                "-d",
                classes.toString(),
                "-p",
                modulePath(),
                descriptor.toString(),
                main.toString());
    assertThat(compiled).isZero();

    String said =
        run("-p", classes + File.pathSeparator + modulePath(), "-m", "program/program.Main");

    assertThat(said).contains("received 42", "hydra_sessions 1.0").doesNotContain("Error", "WARN");
    assertThat(said.lines().filter(line -> line.equals("answered"))).hasSize(3);
  }

  /** The command is made for the class path; on a module path it needs all that is there. */
  @Test
  void runTheCommand() throws Exception {
    String[] start = {"-p", modulePath(), "--add-modules", "ALL-MODULE-PATH"};
    String said =
        run(
            Stream.of(
                    Stream.of(start),
                    Stream.of(
                        "-m", "io.hydrasync.cli/io.hydrasync.cli.Main", "demo", "--seconds", "0"))
                .flatMap(all -> all)
                .toArray(String[]::new));

    assertThat(said).doesNotContain("Exception", "Error");
  }
}
