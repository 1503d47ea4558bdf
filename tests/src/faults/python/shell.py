"""SH: what a shell gives to a command: descriptors, full disks, locales, names of outputs, Ctrl-\\."""
import os, re, signal, stat, subprocess
from rows import row
from stage import Verdict, environment, last_line, until

LIMIT = 100
UMLAUT = "gr\u00fc\u00dfe"


class Ran:
    """A hydra command that a shell has started, and that has ended."""
    def __init__(self, stage, redirections, args, env=()):
        self.stage, given = stage, {**environment(stage.scratch), **dict(env)}
        line = ["sh", "-c", 'exec "$0" "$@" ' + redirections, str(stage.checkout / "hydra"), *args]
        given = {k: v for k, v in given.items() if v is not None}
        try:
            done = subprocess.run([os.fsencode(str(a)) if not isinstance(a, bytes) else a for a in line], env=given,
                                  cwd=stage.scratch, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Verdict(False, "still running after %d s" % LIMIT) from None
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def __str__(self): return "exit %d, %d bytes; %s" % (self.code, len(self.out), last_line(self.err))

    def says(self, code, text):
        """Ends the row: the code, and one line that says it."""
        raise Verdict(self.code == code and text in self.err and self.err.count("\n") == 1, str(self))


def run(stage, *args, to="", env=()): return Ran(stage, to, args, env)


def sent(stage, content=b"payload\n"):
    """A relay and the ticket of what has been sent."""
    relay = stage.lasting_relay()
    stage.path("f").write_bytes(content)
    done = run(stage, "send", "f", "--relay", relay.where, "--wait-consumers", "0", "-q", "--ticket-file", "t")
    if done.code:
        raise Verdict(False, "send: %s" % done)
    return relay


def pipe(stage, name="pipe"):
    os.mkfifo(stage.path(name))
    reader = subprocess.Popen(["cat", name], cwd=stage.scratch, stdout=subprocess.PIPE)
    stage.processes.append(reader)
    return reader


# ---------------------------------------------------------------- descriptors that are closed

@row("SH1a", "send <&-")
def _(stage):
    relay = stage.relay()
    run(stage, "send", "--relay", relay.where, "--wait-consumers", "0", "-q", "--ticket-file", "t",
        to="<&-").says(2, "hydra send: stdin is closed")


@row("SH1b", "recv >&-")
def _(stage):
    sent(stage)
    run(stage, "recv", "@t", to=">&-").says(2, "hydra recv: stdout is closed")


@row("SH1c", "recv -o FILE <&- >&- 2>&- goes on; send 2>&-, whose ticket nobody would see, does not")
def _(stage):
    relay = sent(stage)
    done = run(stage, "recv", "@t", "-o", "out", to="<&- >&- 2>&-")
    got = stage.path("out").read_bytes() if stage.path("out").exists() else b""
    lost = run(stage, "send", "f", "--relay", relay.where, "--wait-consumers", "0", to="2>&-")
    raise Verdict((done.code, got, lost.code) == (0, b"payload\n", 2), "recv: exit %d, FILE has %r; send: exit %d" % (
        done.code, got, lost.code))


@row("SH1d", "send 0>FILE")
def _(stage):
    relay = stage.relay()
    run(stage, "send", "--relay", relay.where, "--wait-consumers", "0", "-q", "--ticket-file", "t",
        to="0>w").says(2, "hydra send: stdin is not open for reading")


# ---------------------------------------------------------------- results that cannot be written

@row("SH2a", "admin new-credential >/dev/full")
def _(stage): run(stage, "admin", "new-credential", "producer", to=">/dev/full").says(1, "cannot write to stdout")


@row("SH2b", "ticket new, --version, completion, relay --print-config >/dev/full")
def _(stage):
    ran = [run(stage, *line.split(), to=">/dev/full") for line in (
        "ticket new --plain --relay localhost:1", "--version", "completion bash", "relay --print-config")]
    raise Verdict(all(r.code == 1 and "cannot write to stdout: No space left" in r.err for r in ran),
                  "exits %s; %s" % (" ".join(str(r.code) for r in ran), last_line(ran[-1].err)))


@row("SH2c", "recv >/dev/full names what is full")
def _(stage):
    sent(stage)
    run(stage, "recv", "@t", to=">/dev/full").says(1, "cannot write to stdout: No space left on device")


# ---------------------------------------------------------------- locales

def shared(stage, *command, env):
    relay = stage.relay()
    return run(stage, "share", "--relay", relay.where, "-q", "--tee", "--ticket-file", "t", "--", *command, env=env)


@row("SH3a", "LC_ALL=C share -- echo with umlauts")
def _(stage):
    done = shared(stage, "echo", UMLAUT, env={"LC_ALL": "C"})
    raise Verdict(done.out == (UMLAUT + "\n").encode(), "printed %r" % done.out)


@row("SH3b", "LC_ALL=C recv @umlaut -o umlaut, --exec with umlauts and the caller's LC_ALL")
def _(stage):
    sent(stage)
    os.rename(stage.path("t"), stage.path("t" + UMLAUT))
    c = {"LC_ALL": "C"}
    file = run(stage, "recv", "@t" + UMLAUT, "-o", UMLAUT, env=c)
    run_command = run(stage, "recv", "@t" + UMLAUT, "--exec", 'echo %s "$LC_ALL"' % UMLAUT, env=c)
    got = stage.path(UMLAUT).read_bytes() if stage.path(UMLAUT).exists() else b""
    raise Verdict(got == b"payload\n" and run_command.out == ("%s C\n" % UMLAUT).encode(),
                  "file: %s; --exec printed %r" % (file, run_command.out))


@row("SH3c", "bytes that are no UTF-8 are refused as arguments, and passed on in the environment")
def _(stage):
    latin = "L\u00e4".encode("latin-1")
    argument = shared(stage, "echo", latin, env={})
    variable = shared(stage, "sh", "-c", 'printf %s "$ODD"', env={b"ODD": latin})
    raise Verdict(argument.code == 2 and "is no valid UTF-8" in argument.err and variable.out == latin,
                  "argument: %s; variable: %r" % (argument, variable.out))


@row("SH3d", "what the caller exports reaches the command, by whatever name")
def _(stage):
    done = shared(stage, "sh", "-c", 'echo "$target,$root,$flags,${LC_ALL-unset}"',
                  env={"target": "a", "root": "b", "flags": "c", "LC_ALL": None})
    raise Verdict(done.out == b"a,b,c,unset\n", "printed %r" % done.out)


# ---------------------------------------------------------------- names of outputs

@row("SH5a", "recv -o FIFO, -o -, -o /dev/fd/N")
def _(stage):
    sent(stage)
    reader = pipe(stage)
    fifo = run(stage, "recv", "@t", "-o", "pipe")
    came = reader.communicate(timeout=10)[0] if fifo.code == 0 else b""
    dash, held = run(stage, "recv", "@t", "-o", "-"), run(stage, "recv", "@t", "-o", "/dev/fd/7", to="7>&1")
    raise Verdict(came == dash.out == held.out == b"payload\n" and not stage.path("-").exists(),
                  "FIFO: %s, %r; -: %r; /dev/fd/7: %r" % (fifo, came, dash.out, held.out))


@row("SH5b", "recv -o /dev/stdout >>FILE goes on behind what is there")
def _(stage):
    sent(stage)
    stage.path("log").write_bytes(b"old\n")
    done = run(stage, "recv", "@t", "-o", "/dev/stdout", to=">>log")
    got = stage.path("log").read_bytes()
    raise Verdict(done.code == 0 and got == b"old\npayload\n", "%s; FILE has %r" % (done, got))


@row("SH5c", "--ticket-file, ticket new -o, --position-file behind symbolic links")
def _(stage):
    relay, links = sent(stage), []
    for name in ("a", "b", "c"):
        stage.path(name).symlink_to("to-" + name)
    run(stage, "send", "f", "--relay", relay.where, "--wait-consumers", "0", "-q", "--ticket-file", "a")
    run(stage, "ticket", "new", "--plain", "--relay", relay.where, "-o", "b")
    run(stage, "recv", "@t", "-o", "out", "--position-file", "c")
    links = [stage.path(n).is_symlink() and stage.path("to-" + n).is_file() for n in ("a", "b", "c")]
    raise Verdict(all(links), "still links to a file: %s" % links)


@row("SH5d", "--ticket-file and ticket new -o into a FIFO; --position-file refuses one")
def _(stage):
    relay, came = sent(stage), []
    for i, line in enumerate((("send", "f", "--relay", relay.where, "--wait-consumers", "0", "-q", "--ticket-file"),
                              ("ticket", "new", "--plain", "--relay", relay.where, "-o"))):
        reader = pipe(stage, "pipe%d" % i)
        run(stage, *line, "pipe%d" % i)
        if not stat.S_ISFIFO(os.stat(stage.path("pipe%d" % i)).st_mode):
            raise Verdict(False, "%s has put a file in its place" % line[0])
        came.append(reader.communicate(timeout=10)[0].startswith(b"hydra://"))
    os.mkfifo(stage.path("notes"))
    refused = run(stage, "recv", "@t", "-o", "out", "--position-file", "notes")
    raise Verdict(all(came) and refused.code == 1 and "no regular file" in refused.err,
                  "tickets %s; --position-file: %s" % (came, refused))


# ---------------------------------------------------------------- Ctrl-\

def dumped(stage, *args, **kw):
    """SIGQUIT to a command, the JVM's dump of its threads; what came on stdout."""
    command = stage.hydra(*args, **kw)
    until(lambda: re.search("connected|ticket", command.err) or command.out, 60, "the command", command)
    command.process.send_signal(signal.SIGQUIT)
    until(lambda: b"Full thread dump" in command.out + command.err.encode(), 30, "the dump", command)
    return command


@row("SH6a", "Ctrl-\\ while recv writes to stdout")
def _(stage):
    relay = sent(stage)
    owner, ticket = stage.owned_ticket(relay)
    done = dumped(stage, "recv", "@%s" % ticket, "--json")
    raise Verdict(done.out == b"", "%d bytes that nobody has sent on stdout" % len(done.out))


@row("SH6b", "Ctrl-\\ while share --tee writes to stdout")
def _(stage):
    relay = stage.relay()
    done = dumped(stage, "share", "--relay", relay.where, "--tee", "--", "sh", "-c", "trap '' QUIT; sleep 5")
    raise Verdict(done.out == b"", "%d bytes that the command has not printed on stdout" % len(done.out))
