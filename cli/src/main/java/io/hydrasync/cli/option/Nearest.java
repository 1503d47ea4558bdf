package io.hydrasync.cli.option;

import java.util.Collection;
import java.util.List;

/** Guesses what a misspelt name was meant to be. Stateless. */
public final class Nearest {
  private static final int SHORTEST_BEGINNING = 3;
  private static final int LETTERS_PER_MISTAKE = 3;
  private static final int MOST = 3;

  private Nearest() {}

  /**
   * The question at the end of a message.
   *
   * @return {@code "; did you mean a or b?"}, or nothing if no name is near
   */
  public static String question(String word, Collection<String> names) {
    List<String> near = of(word, names);
    return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
  }

  /**
   * The names that are nearest: those that begin with the word, or else those with the fewest
   * letters that are wrong, missing, too many or exchanged with their neighbour, one in three at
   * most.
   *
   * @return in alphabetical order, three at most
   */
  public static List<String> of(String word, Collection<String> names) {
    if (bare(word).length() >= SHORTEST_BEGINNING) {
      List<String> longer = names.stream().filter(name -> name.startsWith(word)).toList();
      if (!longer.isEmpty()) {
        return some(longer);
      }
    }
    int least = names.stream().mapToInt(name -> mistakes(word, name)).min().orElse(0);
    return some(
        names.stream()
            .filter(name -> mistakes(word, name) == least)
            .filter(name -> least <= allowed(word, name))
            .toList());
  }

  private static List<String> some(List<String> names) {
    return names.stream().distinct().sorted().limit(MOST).toList();
  }

  private static String bare(String name) {
    return name.replaceFirst("^-+", "");
  }

  private static int allowed(String word, String name) {
    int longest = Math.max(bare(word).length(), bare(name).length());
    return longest < SHORTEST_BEGINNING ? 0 : (longest + 1) / LETTERS_PER_MISTAKE;
  }

  /** The optimal string alignment distance. */
  private static int mistakes(String word, String name) {
    int[][] least = new int[word.length() + 1][name.length() + 1];
    for (int i = 0; i <= word.length(); i++) {
      for (int j = 0; j <= name.length(); j++) {
        least[i][j] =
            i == 0 || j == 0
                ? i + j
                : Math.min(
                    Math.min(least[i - 1][j], least[i][j - 1]) + 1,
                    least[i - 1][j - 1] + (word.charAt(i - 1) == name.charAt(j - 1) ? 0 : 1));
        if (i > 1
            && j > 1
            && word.charAt(i - 1) == name.charAt(j - 2)
            && word.charAt(i - 2) == name.charAt(j - 1)) {
          least[i][j] = Math.min(least[i][j], least[i - 2][j - 2] + 1);
        }
      }
    }
    return least[word.length()][name.length()];
  }
}
