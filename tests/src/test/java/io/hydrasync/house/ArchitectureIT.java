package io.hydrasync.house;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The rules of the rooms ({@code docs/explanation/architecture.md}): a package is one idea of at
 * most 25 classes, packages need each other in one direction only, what users see names nothing
 * that is internal, and what has no I/O stays so.
 */
@Tag("any-jdk")
class ArchitectureIT {
  private static final int MOST_CLASSES = 25;

  /** The modules that users depend on. */
  static final List<String> LIBRARIES =
      List.of("protocol", "client", "server", "operator", "cluster", "testing");

  /** What users see of a module beside the package that is called as it is. */
  private static final Map<String, Set<String>> MORE_EXPORTS =
      Map.of("server", Set.of("io.hydrasync.server.cluster"));

  static final List<String> MODULES =
      List.of(
          "protocol",
          "client",
          "server",
          "operator",
          "cluster",
          "testing",
          "cli",
          "examples",
          "bench");

  private static final Map<String, Set<String>> NEEDS =
      Map.of(
          "protocol", Set.of(),
          "client", Set.of("protocol"),
          "server", Set.of("protocol"),
          "operator", Set.of("protocol", "server"),
          "cluster", Set.of("protocol", "server"),
          "testing", Set.of("protocol", "server"));

  /** Sockets, files and threads; an address or a path that is only a value is none of it. */
  private static final Pattern IO =
      Pattern.compile(
          "java\\.net\\.\\w*Socket|java\\.nio\\.channels\\..*|java\\.nio\\.file\\.Files"
              + "|java\\.io\\.(File.*|RandomAccessFile)|io\\.netty\\.(channel|bootstrap)\\..*"
              + "|java\\.lang\\.Thread|java\\.util\\.Timer|java\\.util\\.concurrent\\.\\w*(Execut|Future|Pool)\\w*");

  /**
   * Neither sockets nor threads nor a clock: the same bytes give the same result, always. What
   * reads the small files of all modules is in {@code protocol.check}.
   */
  private static final String[] WITHOUT_IO = {
    "io.hydrasync.protocol",
    "io.hydrasync.protocol.classic..",
    "io.hydrasync.protocol.crypto..",
    "io.hydrasync.protocol.noise..",
    "io.hydrasync.protocol.wire..",
    "io.hydrasync.client.internal.stream..",
    "io.hydrasync.server.internal.cluster..",
  };

  private static final Map<String, JavaClasses> CLASSES = new TreeMap<>();

  @BeforeAll
  static void read() {
    // What is of the JDK or of a library is known by its name, and not read.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    for (String module : MODULES) {
      CLASSES.put(module, new ClassFileImporter().importPath(Checkout.classes(module)));
    }
  }

  @ParameterizedTest
  @FieldSource("MODULES")
  void packagesNeedEachOtherInOneDirectionOnly(String module) {
    isCompiled(module);
    noCycles("io.hydrasync").check(CLASSES.get(module));
  }

  @ParameterizedTest
  @FieldSource("MODULES")
  void aPackageHasAtMost25Classes(String module) {
    isCompiled(module);
    assertThat(tooLarge(topLevel(CLASSES.get(module)))).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("LIBRARIES")
  void whatUsersSeeNamesNothingInternal(String module) {
    for (String seen : exports(module)) {
      assertThat(leaks(CLASSES.get(module), seen)).isEmpty();
    }
  }

  @ParameterizedTest
  @FieldSource("LIBRARIES")
  void aModuleNeedsOnlyThoseBelowIt(String module) {
    for (String other : MODULES) {
      if (!other.equals(module) && !NEEDS.get(module).contains(other)) {
        doesNotNeed("io.hydrasync." + other + "..").check(CLASSES.get(module));
      }
    }
  }

  /** The packages of a module that users see. */
  static Set<String> exports(String module) {
    Set<String> exports = new TreeSet<>(MORE_EXPORTS.getOrDefault(module, Set.of()));
    exports.add("io.hydrasync." + module);
    return exports;
  }

  /** On the module path: a library shows users these packages, and reads only modules below it. */
  @ParameterizedTest
  @FieldSource("LIBRARIES")
  void aModuleExportsWhatUsersSeeAndRequiresOnlyThoseBelowIt(String module) {
    ModuleDescriptor descriptor = descriptor(Checkout.classes(module));
    assertThat(
            descriptor.exports().stream()
                .filter(exported -> !exported.isQualified())
                .map(ModuleDescriptor.Exports::source))
        .containsExactlyInAnyOrderElementsOf(exports(module));
    assertThat(
            descriptor.requires().stream()
                .map(ModuleDescriptor.Requires::name)
                .filter(name -> name.startsWith("io.hydrasync."))
                .map(name -> name.substring("io.hydrasync.".length())))
        .isSubsetOf(NEEDS.get(module));
    assertThat(descriptor.opens()).isEmpty();
  }

  @Test
  void whatHasNoIoStaysSo() {
    withoutIo(WITHOUT_IO)
        .check(
            new ClassFileImporter()
                .importPaths(LIBRARIES.stream().map(Checkout::classes).toList()));
  }

  /**
   * Each package says what its idea is, and that nothing in it is null; some tools see only this.
   */
  @Test
  void everyPackageSaysWhatItIs() {
    for (String module : MODULES) {
      Path sources = Checkout.ROOT.resolve(module).resolve("src/main/java");
      Set<Path> directories =
          Checkout.files(sources, ".java").stream()
              .filter(file -> !file.endsWith("module-info.java"))
              .map(Path::getParent)
              .collect(Collectors.toSet());
      for (Path directory : directories) {
        String text =
            Checkout.read(directory.resolve("package-info.java")).replaceAll("\\s+(\\* )?", " ");
        assertThat(text).as("%s", directory).contains("/**").contains("NullMarked");
        if (directory.toString().contains("internal")) {
          assertThat(text).as("%s", directory).containsIgnoringCase("may change without notice");
        }
      }
    }
  }

  /** The rules against classes that break them: {@code knot}. */
  @Test
  void theRulesBite() {
    JavaClasses knot = new ClassFileImporter().importPackages("io.hydrasync.house.knot");

    assertThat(noCycles("io.hydrasync").evaluate(knot).hasViolation()).isTrue();
    assertThat(leaks(knot, "io.hydrasync.house.knot.one"))
        .singleElement()
        .asString()
        .contains("leak", "knot.two.Other");
    assertThat(
            withoutIo("io.hydrasync.house.knot..").evaluate(knot).getFailureReport().getDetails())
        .anyMatch(line -> line.contains("java.net.Socket"))
        .anyMatch(line -> line.contains("nanoTime"));
    assertThat(doesNotNeed("io.hydrasync.house.knot.two..").evaluate(knot).hasViolation()).isTrue();
    List<String> many =
        Stream.generate(() -> "io.hydrasync.house.knot").limit(MOST_CLASSES + 1).toList();
    assertThat(tooLarge(many)).containsExactly(Map.entry("io.hydrasync.house.knot", 26L));
  }

  /** The tests alone, {@code -pl tests -am}, do not need {@code bench}. */
  private static void isCompiled(String module) {
    assumeTrue(
        !module.equals("bench") || Files.isDirectory(Checkout.classes(module)),
        "bench has not been compiled");
  }

  private static ArchRule noCycles(String root) {
    return slices().matching(root + ".(**)").should().beFreeOfCycles();
  }

  private static ArchRule doesNotNeed(String packages) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(packages)
        .should()
        .dependOnClassesThat(resideInAPackage(packages))
        .allowEmptyShould(true);
  }

  private static ArchRule withoutIo(String... packages) {
    return noClasses()
        .that()
        .resideInAnyPackage(packages)
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe("do I/O", type -> IO.matcher(type.getName()).matches()))
        .orShould()
        .callMethodWhere(
            DescribedPredicate.describe("a clock is read", call -> readsClock(call.getTarget())));
  }

  private static boolean readsClock(CodeUnitAccessTarget target) {
    return target.getFullName().matches("java\\.lang\\.System\\.(nanoTime|currentTimeMillis)\\(\\)")
        || (target.getName().equals("now")
            && target.getOwner().getPackageName().equals("java.time"));
  }

  /** The packages of all classes; of an exported one those that users see count. */
  private static List<String> topLevel(JavaClasses classes) {
    return classes.stream()
        .filter(type -> type.getEnclosingClass().isEmpty())
        .filter(type -> !type.getSimpleName().equals("package-info"))
        .filter(type -> !type.getName().equals("module-info"))
        .filter(type -> !isExported(type) || isSeen(type))
        .map(JavaClass::getPackageName)
        .toList();
  }

  private static Map<String, Long> tooLarge(Collection<String> packages) {
    Map<String, Long> sizes =
        packages.stream().collect(Collectors.groupingBy(name -> name, Collectors.counting()));
    sizes.values().removeIf(size -> size <= MOST_CLASSES);
    return sizes;
  }

  /** Each signature that users of a package see and that names a type of ours they do not see. */
  private static List<String> leaks(JavaClasses classes, String seen) {
    List<String> leaks = new ArrayList<>();
    for (JavaClass type : classes) {
      if (type.getPackageName().equals(seen) && isSeen(type)) {
        for (JavaCodeUnit unit : type.getCodeUnits()) {
          if (isSeen(unit.getModifiers())) {
            Stream<JavaType> types =
                Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream());
            named(types, seen).forEach(name -> leaks.add(unit.getFullName() + " names " + name));
          }
        }
        for (JavaField field : type.getFields()) {
          if (isSeen(field.getModifiers())) {
            named(Stream.of(field.getType()), seen)
                .forEach(name -> leaks.add(field.getFullName() + " names " + name));
          }
        }
      }
    }
    return leaks;
  }

  private static Stream<String> named(Stream<JavaType> types, String seen) {
    return types
        .flatMap(type -> type.getAllInvolvedRawTypes().stream())
        .filter(type -> type.getPackageName().startsWith("io.hydrasync"))
        .filter(type -> type.getPackageName().equals(seen) ? !isSeen(type) : !isExported(type))
        .map(JavaClass::getName)
        .distinct();
  }

  private static boolean isExported(JavaClass type) {
    return LIBRARIES.stream().anyMatch(module -> exports(module).contains(type.getPackageName()));
  }

  private static boolean isSeen(JavaClass type) {
    return isSeen(type.getModifiers())
        && type.getEnclosingClass().map(ArchitectureIT::isSeen).orElse(true);
  }

  private static boolean isSeen(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static ModuleDescriptor descriptor(Path classes) {
    return ModuleFinder.of(classes).findAll().iterator().next().descriptor();
  }
}
