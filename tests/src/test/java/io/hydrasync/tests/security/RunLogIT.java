package io.hydrasync.tests.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrasync.protocol.SessionSecrets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What all system tests together have logged. Runs behind them. */
@Tag("any-jdk")
@Order(Integer.MAX_VALUE)
public class RunLogIT {
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9+/_-]{22,}");
  private static final Pattern ARRAY = Pattern.compile("-?\\d{1,3}(, -?\\d{1,3}){15,}");
  private static final Pattern COMMA = Pattern.compile(", ");

  @Test
  void noSecretOfTheRunIsInItsLog() throws IOException {
    assumeTrue(RecordingRandom.isInstalled(), "the run was not recorded");
    byte[] canary = SessionSecrets.generate().key().secretBytes();
    LoggerFactory.getLogger(RunLogIT.class).debug("ready");
    Set<String> forms = new HashSet<>();
    for (String hex : RecordingRandom.drawn()) {
      forms.addAll(forms(HexFormat.of().parseHex(hex)));
    }
    assertThat(forms).as("the search works").containsAll(forms(canary));

    assertThat(found(forms, lines())).isEmpty();
    assertThat(found(forms, forms(canary).stream().map(form -> "x" + form + "y"))).hasSize(6);
  }

  private static Stream<String> lines() throws IOException {
    assertThat(Files.size(RunLog.FILE)).isPositive();
    return Files.lines(RunLog.FILE);
  }

  /** How a secret may look in a log. */
  private static List<String> forms(byte[] secret) {
    String array = Arrays.toString(secret);
    return List.of(
        HexFormat.of().formatHex(secret),
        HexFormat.of().withUpperCase().formatHex(secret),
        Base64.getUrlEncoder().withoutPadding().encodeToString(secret),
        Base64.getEncoder().withoutPadding().encodeToString(secret),
        array.substring(1, array.length() - 1),
        HexFormat.of().formatHex(secret).substring(0, 32));
  }

  private static List<String> found(Set<String> forms, Stream<String> lines) {
    Set<Integer> lengths = new HashSet<>();
    forms.stream().filter(form -> form.indexOf(',') < 0).forEach(f -> lengths.add(f.length()));
    List<String> found = new ArrayList<>();
    lines.forEach(
        line -> {
          if (holdsWord(forms, lengths, line) || holdsArray(forms, line)) {
            found.add(line);
          }
        });
    return found;
  }

  private static boolean holdsWord(Set<String> forms, Set<Integer> lengths, String line) {
    for (Matcher word = WORD.matcher(line); word.find(); ) {
      for (int length : lengths) {
        for (int at = word.start(); at + length <= word.end(); at++) {
          if (forms.contains(line.substring(at, at + length))) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean holdsArray(Set<String> forms, String line) {
    for (Matcher array = ARRAY.matcher(line); array.find(); ) {
      List<String> numbers = List.of(COMMA.split(array.group()));
      for (int size : new int[] {16, 32}) {
        for (int at = 0; at + size <= numbers.size(); at++) {
          if (forms.contains(String.join(", ", numbers.subList(at, at + size)))) {
            return true;
          }
        }
      }
    }
    return false;
  }

  @Test
  void noBufferWasLeaked() throws IOException {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    reportLeaks();

    assertThat(lines().filter(line -> line.toUpperCase(Locale.ROOT).contains("LEAK:"))).isEmpty();
  }

  /** The detector reports what has been collected when the next buffers are made. */
  private static void reportLeaks() {
    for (int i = 0; i < 3; i++) {
      System.gc();
      for (int j = 0; j < 256; j++) {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(64);
        buffer.release();
      }
    }
  }

  @Test
  void theRelayHadNoFaultOfItsOwn() throws IOException {
    assertThat(lines().filter(line -> line.contains("by a fault of this relay"))).isEmpty();
    assertThat(lines().filter(RunLog::isFault)).isEmpty();
  }
}
