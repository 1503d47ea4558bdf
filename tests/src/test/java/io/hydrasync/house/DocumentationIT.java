package io.hydrasync.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every page can be reached, every link leads somewhere, every decision has its date. */
class DocumentationIT {
  private static final Path DOCS = Checkout.ROOT.resolve("docs");
  private static final Path DECISIONS = DOCS.resolve("explanation/decisions");

  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
  private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.*)$");

  @Test
  void everyLinkLeadsSomewhere() {
    List<String> dead = new ArrayList<>();
    for (Path page : pages()) {
      for (String link : links(page)) {
        if (!leads(page, link)) {
          dead.add(Checkout.ROOT.relativize(page) + " -> " + link);
        }
      }
    }
    assertThat(dead).isEmpty();
  }

  @Test
  void everyPageCanBeReachedFromTheIndex() {
    Set<Path> reached = new HashSet<>();
    Deque<Path> next = new ArrayDeque<>(List.of(DOCS.resolve("README.md")));
    while (!next.isEmpty()) {
      Path page = next.remove();
      if (reached.add(page)) {
        for (String link : links(page)) {
          Path target = target(page, link);
          if (target.startsWith(DOCS) && target.toString().endsWith(".md")) {
            next.add(target);
          }
        }
      }
    }
    assertThat(reached).containsAll(Checkout.files(DOCS, ".md"));
  }

  @Test
  void thereIsNoPageOutsideOfTheFourParts() {
    assertThat(Checkout.files(DOCS, ".md"))
        .allMatch(
            page ->
                page.equals(DOCS.resolve("README.md"))
                    || Set.of("tutorial", "guide", "reference", "explanation")
                        .contains(DOCS.relativize(page).getName(0).toString()));
  }

  /**
   * Its number, its date and its status, the same in the page and in the index; no number twice.
   */
  @Test
  void everyDecisionStandsInTheIndex() {
    String index = Checkout.read(DECISIONS.resolve("README.md"));
    Set<String> numbers = new HashSet<>();
    for (Path page : Checkout.files(DECISIONS, ".md")) {
      if (page.endsWith("README.md")) {
        continue;
      }
      String text = Checkout.read(page);
      Matcher head =
          Pattern.compile("# (\\d+)\\. (.*)\n\nDate: (\\d{4}-\\d\\d-\\d\\d)\\. Status: (.*)\\.\n")
              .matcher(text);
      assertThat(head.lookingAt()).as("number, title, date and status of %s", page).isTrue();
      assertThat(page.getFileName().toString())
          .startsWith("%04d-".formatted(Integer.valueOf(head.group(1))));
      assertThat(numbers.add(head.group(1))).as("number %s is new", head.group(1)).isTrue();
      assertThat(index)
          .contains(
              "| %s | [%s](%s) | %s | %s |"
                  .formatted(
                      head.group(1),
                      head.group(2),
                      page.getFileName(),
                      head.group(3),
                      head.group(4)));
    }
    assertThat(index.lines().filter(line -> line.matches("\\| \\d+ \\|.*"))).hasSameSizeAs(numbers);
  }

  /** What is shown in Java is part of a whole program, which the tests run. */
  @Test
  void everyJavaBlockIsPartOfAnExample() {
    List<String> examples =
        Checkout.files(Checkout.ROOT.resolve("examples/src/main/java"), ".java").stream()
            .map(file -> Checkout.read(file).replaceAll("\\s+", " "))
            .toList();
    List<String> blocks =
        pages().stream()
            .flatMap(page -> JAVA.matcher(Checkout.read(page)).results())
            .map(block -> block.group(1).strip().replaceAll("\\s+", " "))
            .toList();
    assertThat(blocks)
        .isNotEmpty()
        .allMatch(block -> examples.stream().anyMatch(example -> example.contains(block)));
  }

  /** A class that the page on architecture names is there. */
  @Test
  void everyClassThatTheArchitectureNamesIsThere() {
    Set<String> classes = classNames();
    List<String> gone =
        Pattern.compile("`([A-Z][a-z]\\w*)[^`]*`")
            .matcher(Checkout.read(DOCS.resolve("explanation/architecture.md")))
            .results()
            .map(name -> name.group(1))
            .filter(name -> !classes.contains(name))
            .distinct()
            .toList();
    assertThat(gone).isEmpty();
  }

  /**
   * What follows when something fails has been seen: by a scene of the cluster, a test, or the
   * walk.
   */
  @Test
  void everyRowOfWhatHappensWhenSomethingFailsIsPlayed() {
    Path nodes = Checkout.ROOT.resolve("tests/src/test/java/io/hydrasync/tests/nodes");
    String scenes =
        Checkout.files(nodes, ".java").stream().map(Checkout::read).collect(Collectors.joining());
    Set<String> classes = classNames();
    List<String> rows =
        Checkout.read(DOCS.resolve("guide/cluster.md"))
            .split("## When something fails\n")[1]
            .split("\n## ")[0]
            .lines()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| what happens"))
            .toList();

    assertThat(rows).hasSizeGreaterThanOrEqualTo(10);
    for (String row : rows) {
      String[] cells = row.split(" \\| ?");
      assertThat(cells).as("columns of %s", row).hasSize(3);
      List<String> plays =
          Pattern.compile("`([^`]+)`").matcher(cells[2]).results().map(m -> m.group(1)).toList();
      assertThat(plays)
          .as("what plays: %s", row)
          .isNotEmpty()
          .allMatch(
              play ->
                  classes.contains(play)
                      || scenes.contains("\"" + play + "\"")
                      || Files.isExecutable(Checkout.ROOT.resolve(play))
                      || Files.isExecutable(Checkout.ROOT.resolve("tests/bin").resolve(play)));
    }
  }

  private static Set<String> classNames() {
    return Checkout.files(Checkout.ROOT, ".java").stream()
        .map(file -> file.getFileName().toString().replace(".java", ""))
        .collect(Collectors.toSet());
  }

  /** As README.md says; and nothing of what each JDK does in its own way. */
  @Test
  void fewTestClassesRunOnOneJdkOnlyAndAllOthersOnBoth() {
    List<String> onOneOnly =
        Checkout.files(Checkout.ROOT, ".java").stream()
            .filter(file -> Checkout.read(file).contains("\n@Tag(\"any-jdk\")\n"))
            .map(file -> Checkout.ROOT.relativize(file).toString())
            .toList();
    assertThat(onOneOnly)
        .noneMatch(name -> name.matches(".*/(crypto|noise|threads|loop|sync|library|exec)/.*"));
    assertThat(Checkout.read(Checkout.ROOT.resolve("README.md")))
        .contains("the tag `any-jdk` (" + onOneOnly.size() + " classes)");
  }

  private static List<Path> pages() {
    return Stream.concat(
            Stream.of("README.md", "CHANGELOG.md").map(Checkout.ROOT::resolve),
            Checkout.files(DOCS, ".md").stream())
        .toList();
  }

  /** Links to files; what leads out of the project is not followed. */
  private static List<String> links(Path page) {
    String text = Checkout.read(page).replaceAll("(?s)```.*?```", "");
    return LINK.matcher(text)
        .results()
        .map(link -> link.group(1))
        .filter(link -> !link.matches("[a-z+]+:.*"))
        .toList();
  }

  private static Path target(Path page, String link) {
    String file = link.replaceFirst("#.*", "");
    return file.isEmpty() ? page : page.resolveSibling(file).normalize();
  }

  private static boolean leads(Path page, String link) {
    Path target = target(page, link);
    if (!Files.exists(target)) {
      return false;
    }
    int anchor = link.indexOf('#');
    return anchor < 0
        || HEADING
            .matcher(Checkout.read(target))
            .results()
            .map(heading -> anchorOf(heading.group(1)))
            .anyMatch(link.substring(anchor + 1)::equals);
  }

  /** As forges make it of a heading. */
  private static String anchorOf(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }
}
