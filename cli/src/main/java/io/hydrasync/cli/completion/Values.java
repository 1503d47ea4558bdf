package io.hydrasync.cli.completion;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.ArgSpec;

/**
 * What may stand in the place of a value, as its label in the help says: {@code
 * backpressure|grow|spill}, {@code FILE}, {@code TICKET|@FILE|-}. Immutable.
 *
 * @param words that may stand there as they are
 * @param files of which kind, none if there is no file
 */
record Values(List<String> words, Files files) {
  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9_-]*|-");

  /** Files that may be named in the place of a value. */
  enum Files {
    /** None. */
    NONE,

    /** Any. */
    FILE("<file>"),

    /** Directories. */
    DIRECTORY("<directory>"),

    /** Any, behind {@code @}. */
    AT_FILE("<@file>"),

    /** What can be run. */
    COMMAND("<command>");

    private final String mark;

    Files(String... mark) {
      this.mark = String.join("", mark);
    }
  }

  static Values of(ArgSpec argument) {
    List<String> words = new ArrayList<>();
    Files files = Files.NONE;
    for (String part : argument.paramLabel().split("\\|")) {
      if (WORD.matcher(part).matches()) {
        words.add(part);
      }
      switch (part) {
        case "FILE" -> files = Files.FILE;
        case "DIR" -> files = Files.DIRECTORY;
        case "@FILE" -> files = Files.AT_FILE;
        case "CMD" -> files = Files.COMMAND;
        default -> {
          // a name, a number
        }
      }
    }
    if (words.isEmpty() && argument.completionCandidates() != null) {
      argument.completionCandidates().forEach(word -> words.add(word.toLowerCase(Locale.ROOT)));
    }
    return new Values(List.copyOf(words), files);
  }

  boolean isEmpty() {
    return words.isEmpty() && files == Files.NONE;
  }

  /** Words, and a mark for files, apart by blanks. */
  String table() {
    List<String> all = new ArrayList<>(words);
    if (files != Files.NONE) {
      all.add(files.mark);
    }
    return String.join(" ", all);
  }
}
