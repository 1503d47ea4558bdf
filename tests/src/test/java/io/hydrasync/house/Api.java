package io.hydrasync.house;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javassist.ClassPool;
import javassist.CtBehavior;
import javassist.CtClass;
import javassist.CtField;
import javassist.Modifier;
import javassist.bytecode.AttributeInfo;

/**
 * What users of a library see of it: the public types of its exported packages and their public and
 * protected members, without code. Small enough to be kept, and the same bytes for the same API.
 *
 * <p>{@code tests/bin/api-baseline} writes it to where {@link ApiChangesIT} looks for it.
 */
final class Api {
  static final Path BASELINES = Path.of("src", "api");

  private static final FileTime WHEN = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

  /** What describes a type to who compiles against it. */
  private static final Set<String> KEPT =
      Set.of(
          "InnerClasses", "Signature", "Exceptions", "Deprecated", "Record", "PermittedSubclasses");

  private Api() {}

  /** Writes the baseline of each library. */
  public static void main(String[] args) throws IOException {
    Files.createDirectories(BASELINES);
    for (String module : ArchitectureIT.LIBRARIES) {
      Files.write(baseline(module), of(module));
    }
  }

  static Path baseline(String module) {
    return BASELINES.resolve("hydra-" + module + ".jar");
  }

  /** The API as it is now, as a jar. */
  static byte[] of(String module) {
    Path classes = Checkout.classes(module);
    List<CtClass> types =
        ArchitectureIT.exports(module).stream()
            .map(exported -> classes.resolve(exported.replace('.', '/')))
            .flatMap(exported -> Checkout.compiled(exported).stream())
            .map(Api::read)
            .toList();
    Set<String> seen =
        types.stream()
            .filter(type -> Modifier.isPublic(type.getModifiers()))
            .map(CtClass::getName)
            .collect(Collectors.toSet());
    ByteArrayOutputStream jar = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(jar)) {
      for (CtClass type : types) {
        if (seen.contains(type.getName())
            && seen.contains(type.getName().replaceFirst("\\$.*", ""))) {
          ZipEntry entry = new ZipEntry(type.getName().replace('.', '/') + ".class");
          entry.setLastModifiedTime(WHEN);
          out.putNextEntry(entry);
          out.write(stripped(type));
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException("cannot read the API of " + module, e);
    }
    return jar.toByteArray();
  }

  private static CtClass read(Path file) {
    try {
      return new ClassPool().makeClass(new ByteArrayInputStream(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] stripped(CtClass type) throws Exception {
    for (CtField field : type.getDeclaredFields()) {
      if (isSeen(field.getModifiers())) {
        keepOnly(field.getFieldInfo().getAttributes());
      } else {
        type.removeField(field);
      }
    }
    for (CtBehavior behavior : type.getDeclaredBehaviors()) {
      if (isSeen(behavior.getModifiers())) {
        keepOnly(behavior.getMethodInfo().getAttributes());
      } else {
        type.getClassFile().getMethods().remove(behavior.getMethodInfo());
      }
    }
    keepOnly(type.getClassFile().getAttributes());
    type.getClassFile().compact();
    return type.toBytecode();
  }

  private static void keepOnly(List<AttributeInfo> attributes) {
    attributes.removeIf(attribute -> !KEPT.contains(attribute.getName()));
  }

  private static boolean isSeen(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }
}
