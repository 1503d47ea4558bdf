package io.hydrasync.cli.console;

import io.hydrasync.cli.exit.BeginningGoneException;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.FewerMessagesException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.check.Printable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import picocli.CommandLine;

/** Says on stderr, in one line or in JSON, what a command has failed with. */
public final class FailureReport {
  private FailureReport() {}

  /** For picocli: a command that has thrown. */
  public static int execution(
      Exception problem, CommandLine command, CommandLine.ParseResult arguments) {
    return report(problem, command);
  }

  /** Says it, and tells the exit code. */
  public static int report(Exception problem, CommandLine command) {
    int code = ExitCode.of(problem);
    if (code == ExitCode.BROKEN_PIPE) {
      return code;
    }
    PrintWriter err = command.getErr();
    String what = Failures.oneLine(Failures.describe(problem));
    if (OutputOptions.wantsJson(command)) {
      Json event = Json.event("error").with("exit", code);
      code(problem).ifPresent(name -> event.with("code", name.name()));
      err.println(event.with("message", what));
    } else {
      err.println(command.getCommandSpec().qualifiedName() + ": " + what);
    }
    if (command.getParseResult().hasMatchedOption("--verbose")) {
      StringWriter trace = new StringWriter();
      problem.printStackTrace(new PrintWriter(trace));
      err.print(Printable.lines(trace.toString().replace("\t", "    ")));
    }
    err.flush();
    return code;
  }

  private static Optional<ErrorCode> code(Exception problem) {
    if (problem instanceof HydraException e) {
      return Optional.of(e.code());
    }
    if (problem instanceof FewerMessagesException) {
      return Optional.of(ErrorCode.TRUNCATED);
    }
    return problem instanceof BeginningGoneException
        ? Optional.of(ErrorCode.GAP)
        : Optional.empty();
  }
}
