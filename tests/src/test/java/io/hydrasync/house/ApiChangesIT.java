package io.hydrasync.house;

import static org.assertj.core.api.Assertions.assertThat;

import japicmp.cmp.JApiCmpArchive;
import japicmp.cmp.JarArchiveComparator;
import japicmp.cmp.JarArchiveComparatorOptions;
import japicmp.model.JApiBehavior;
import japicmp.model.JApiChangeStatus;
import japicmp.model.JApiClass;
import japicmp.model.JApiField;
import japicmp.model.JApiHasChangeStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * What users see changes only together with a line in {@code CHANGELOG.md} that names it: {@code
 * `HydraProducer.heartbeat`}, or the type where all of it is new or gone.
 */
class ApiChangesIT {
  static final List<String> LIBRARIES = ArchitectureIT.LIBRARIES;

  @ParameterizedTest
  @FieldSource("LIBRARIES")
  void everyChangeIsALineInTheChangelog(String module) throws IOException {
    Set<String> changes = changes(Files.readAllBytes(Api.baseline(module)), Api.of(module));

    assertThat(unnamed(changes, apiSection()))
        .as("changes that no line below '### API' of CHANGELOG.md names")
        .isEmpty();
  }

  /** A method, a constructor, a field, a type, a parent that is gone or has come. */
  @Test
  void theComparisonBites() throws Exception {
    byte[] now = Api.of("protocol");
    byte[] before = ApiEdit.of(now).without("io.hydrasync.protocol.Ticket", "parse").jar();
    byte[] older = ApiEdit.of(now).without("io.hydrasync.protocol.Ticket").jar();
    byte[] other = ApiEdit.of(now).without("io.hydrasync.protocol.Ticket", "SPOKEN_VERSIONS").jar();

    assertThat(changes(now, now)).isEmpty();
    assertThat(changes(before, now)).containsExactly("Ticket.parse");
    assertThat(changes(now, before)).containsExactly("Ticket.parse");
    assertThat(changes(older, now)).contains("Ticket");
    assertThat(changes(other, now)).containsExactly("Ticket.SPOKEN_VERSIONS");
    assertThat(unnamed(Set.of("Ticket.parse"), "- `Ticket.parse` is stricter.")).isEmpty();
    assertThat(unnamed(Set.of("Ticket.parse"), "- `Ticket` is stricter.")).isEmpty();
    assertThat(unnamed(Set.of("Ticket.parse"), "- Ticket.parse, `Ticket.parser`")).hasSize(1);
  }

  private static Set<String> changes(byte[] before, byte[] now) {
    JarArchiveComparatorOptions options = new JarArchiveComparatorOptions();
    options.getIgnoreMissingClasses().setIgnoreAllMissingClasses(true);
    options.setNoAnnotations(true);
    Set<String> names = new TreeSet<>();
    for (JApiClass type :
        new JarArchiveComparator(options)
            .compare(archive(before, "baseline"), archive(now, "now"))) {
      String name = type.getFullyQualifiedName().replaceFirst(".*\\.", "").replace('$', '.');
      if (type.getChangeStatus() == JApiChangeStatus.UNCHANGED) {
        continue;
      }
      int found = names.size();
      if (type.getChangeStatus() == JApiChangeStatus.MODIFIED) {
        Stream.of(type.getMethods(), type.getConstructors())
            .flatMap(List::stream)
            .filter(ApiChangesIT::isChanged)
            .map(JApiBehavior::getName)
            .forEach(member -> names.add(name + "." + member));
        type.getFields().stream()
            .filter(ApiChangesIT::isChanged)
            .map(JApiField::getName)
            .forEach(member -> names.add(name + "." + member));
      }
      if (names.size() == found) {
        names.add(name);
      }
    }
    return names;
  }

  private static boolean isChanged(JApiHasChangeStatus member) {
    return member.getChangeStatus() != JApiChangeStatus.UNCHANGED;
  }

  private static JApiCmpArchive archive(byte[] jar, String name) {
    return new JApiCmpArchive(jar, name, name);
  }

  /** Those of which the text names neither the member nor its type. */
  private static List<String> unnamed(Set<String> changes, String text) {
    return changes.stream()
        .filter(name -> !text.contains("`" + name + "`"))
        .filter(name -> !text.contains("`" + name.replaceFirst("\\.[^.]*$", "") + "`"))
        .toList();
  }

  /** What stands below "### API" of what has not been released. */
  private static String apiSection() {
    String text = Checkout.read(Checkout.ROOT.resolve("CHANGELOG.md"));
    String unreleased = text.split("(?m)^## ")[1];
    return Stream.of(unreleased.split("(?m)^### "))
        .filter(part -> part.startsWith("API\n"))
        .findFirst()
        .orElse("");
  }
}
