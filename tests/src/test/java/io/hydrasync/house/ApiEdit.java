package io.hydrasync.house;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import javassist.ClassPool;
import javassist.CtClass;

/** An API of which something is taken away. */
final class ApiEdit {
  private final Map<String, byte[]> classes = new LinkedHashMap<>();

  static ApiEdit of(byte[] jar) throws IOException {
    ApiEdit edit = new ApiEdit();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(jar))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        edit.classes.put(entry.getName(), in.readAllBytes());
      }
    }
    return edit;
  }

  /** Without a type. */
  ApiEdit without(String type) {
    if (classes.remove(entry(type)) == null) {
      throw new IllegalArgumentException("no " + type);
    }
    return this;
  }

  /** Without the methods and fields of that name. */
  ApiEdit without(String type, String member) throws Exception {
    CtClass edited = new ClassPool().makeClass(new ByteArrayInputStream(classes.get(entry(type))));
    boolean found =
        edited.getClassFile().getMethods().removeIf(method -> method.getName().equals(member))
            | edited.getClassFile().getFields().removeIf(field -> field.getName().equals(member));
    if (!found) {
      throw new IllegalArgumentException("no " + type + "." + member);
    }
    classes.put(entry(type), edited.toBytecode());
    return this;
  }

  byte[] jar() throws IOException {
    ByteArrayOutputStream jar = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(jar)) {
      for (Map.Entry<String, byte[]> type : classes.entrySet()) {
        out.putNextEntry(new ZipEntry(type.getKey()));
        out.write(type.getValue());
      }
    }
    return jar.toByteArray();
  }

  private static String entry(String type) {
    return type.replace('.', '/') + ".class";
  }
}
