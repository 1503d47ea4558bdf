package io.hydrasync.cli.option;

import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Takes a relay's key as it is printed, or two. One in 64 begins with a dash, and may then look
 * like an option ({@code -o…}); what reads as a key is one all the same.
 */
public final class RelayKeyParameter implements IParameterPreprocessor {
  /** One key, or two while the relay's is being changed. */
  public static final String LABEL = "B64[,B64]";

  @Override
  public boolean preprocess(
      Stack<String> args, CommandSpec command, ArgSpec option, Map<String, Object> info) {
    if (args.isEmpty() || !args.peek().startsWith("-")) {
      return false;
    }
    try {
      option.setValue(Optional.of(RelayKeys.parse(args.peek())));
    } catch (IllegalArgumentException e) {
      return false; // the parser says what is wrong with it
    }
    args.pop();
    return true;
  }
}
