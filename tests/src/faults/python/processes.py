"""What surrounds a command: signals and its children, a home directory, files of text, a log that is renamed."""
import os, pathlib, re, signal, subprocess, time
import stage as st
from rows import row
from stage import Verdict, last_line, until

TREE = ("note='echo $$ >>pids; while :; do sleep 0.1; done'; echo $$ >>pids; sh -c \"$note\" & (sh -c \"$note\" &); "
        "while :; do sleep 0.1; done")
SIZE = 3


def running(stage):
    """Who has noted itself in the file of pids and still runs."""
    try:
        noted = (stage.path("pids")).read_text().split()
    except FileNotFoundError:
        return []
    return [int(pid) for pid in noted if is_alive(pid)]


def is_alive(pid):
    try:
        stat = pathlib.Path("/proc/%s/stat" % pid).read_text()
        return stat.rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def end_tree(stage):
    for pid in running(stage):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def ticket_with(stage, relay, *lines):
    """The ticket of a session that has these messages."""
    path = stage.path("in")
    path.write_text("\n".join(lines) + "\n")
    sender = stage.hydra("send", "--relay", relay.where, "--relay-key", relay.key, "--ticket-file", stage.path("t"),
                         "--lines", "-q", path)
    if sender.wait(60, "the sender's end"):
        raise Verdict(False, "send: exit %d, %s" % (sender.code, last_line(sender.err)))
    return "@%s" % stage.path("t")


def judge_tree(stage, command, was, code):
    left = len(running(stage))
    raise Verdict(not left and command.code == code,
                  "exit %s, %d of %d processes of the command left" % (command.code, left, was))


def ended_by(stage, command, name):
    """Ends a command whose tree is complete."""
    stage.closers.append(lambda: end_tree(stage))
    until(lambda: len(running(stage)) == SIZE, 60, "the command's tree", command)
    command.process.send_signal(name)
    command.wait(60)


# ---------------------------------------------------------------- signals

def exec_row(id, title, name, code):
    @row(id, "recv --exec: " + title)
    def _(stage):
        ticket = ticket_with(stage, stage.lasting_relay(), "one")
        receiver = stage.hydra("recv", ticket, "--position-file", stage.path("p"), "--exec", TREE)
        ended_by(stage, receiver, name)
        judge_tree(stage, receiver, SIZE, code)


exec_row("D4.1a", "SIGTERM ends the command and all that it has started", signal.SIGTERM, 143)
exec_row("D4.1b", "so does SIGHUP", signal.SIGHUP, 129)


@row("D4.2a", "recv --exec: a restart does not run a message beside itself")
def _(stage):
    ticket = ticket_with(stage, stage.lasting_relay(), "one")
    args = ("recv", ticket, "--position-file", stage.path("p"), "--exec")
    first = stage.hydra(*args, "trap '' TERM; " + TREE)
    ended_by(stage, first, signal.SIGTERM)
    beside = stage.path("beside")
    again = stage.hydra(*args, "cat >%s; for p in $(cat pids); do case $(sed 's/.*) //' /proc/$p/stat) in "
                        "Z*|'') ;; *) echo $p >>%s ;; esac; done; :" % (stage.path("got"), beside))
    again.wait(60)
    found = beside.read_text().split() if beside.exists() else []
    raise Verdict(again.code == 0 and not found and stage.path("got").read_text() == "one",
                  "exit %s, %d processes of the first run beside the second" % (again.code, len(found)))


@row("D4.2b", "recv --exec: a command that fails leaves nothing for the next run to meet")
def _(stage):
    ticket = ticket_with(stage, stage.lasting_relay(), "one")
    stage.closers.append(lambda: end_tree(stage))
    receiver = stage.hydra("recv", ticket, "--exec", "sh -c 'echo $$ >>pids; sleep 100; :' & until test -s pids; do :; "
                           "done; exit 3")
    receiver.wait(60)
    judge_tree(stage, receiver, 1, 1)


@row("D4.3a", "share: SIGTERM ends the command and all that it has started")
def _(stage):
    relay = stage.relay()
    sharer = stage.hydra("share", "--relay", relay.where, "--relay-key", relay.key, "--", "sh", "-c", TREE)
    ended_by(stage, sharer, signal.SIGTERM)
    judge_tree(stage, sharer, SIZE, 143)


@row("D4.3b", "share: so does a relay that is lost for good")
def _(stage):
    relay = stage.relay()
    sharer = stage.hydra("share", "--relay", relay.where, "--relay-key", relay.key, "--reconnect-timeout", "0", "--",
                         "sh", "-c", "trap '' TERM; " + TREE)
    stage.closers.append(lambda: end_tree(stage))
    until(lambda: len(running(stage)) == SIZE, 60, "the command's tree", sharer)
    relay.command.kill()
    sharer.wait(60)
    judge_tree(stage, sharer, SIZE, 1)


# ---------------------------------------------------------------- no home

def home_row(id, title, **environment):
    @row(id, "no home: " + title)
    def _(stage):
        relay, here = stage.relay(), stage.path("here")
        here.mkdir()
        (here / "in").write_text("hello")
        env = {k: v for k, v in st.environment(stage.scratch).items() if k not in ("HOME", "XDG_CONFIG_HOME")}
        env.update({"HYDRA_JAVA_OPTS": "-Duser.home=?"} if environment.get("HOME", "") == "" else {}, **environment)
        done = subprocess.run([str(stage.checkout / "hydra"), "send", "--relay", relay.where, "--wait-consumers", "0",
                               "--ticket-file", "t", "in"], cwd=here, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=100)
        files = sorted(p.name for p in here.iterdir() if p.name not in ("in", "t"))
        raise Verdict(done.returncode == 0 and not files and "trusted for this run only" in done.stderr,
                      "exit %d, %s; %s" % (done.returncode, "here: " + " ".join(files) if files else "no file here",
                                           done.stderr.strip().splitlines()[0][:160]))


home_row("D6.1a", "HOME is empty, the system does not know one", HOME="")
home_row("D6.1b", "HOME is not set, XDG_CONFIG_HOME relative", XDG_CONFIG_HOME="config")
home_row("D6.2a", "HOME=/dev/null", HOME="/dev/null")
home_row("D6.2b", "HOME cannot be written to", HOME="/proc/self")


# ---------------------------------------------------------------- texts

def text_row(id, title, play):
    @row(id, "texts: " + title)
    def _(stage):
        play(stage)


def position_in(stage, data):
    """recv with a position file that somebody has edited: exit code and what it says."""
    ticket = ticket_with(stage, stage.lasting_relay(), "one")
    stage.path("p").write_bytes(data)
    receiver = stage.hydra("recv", ticket, "--position-file", stage.path("p"), "-o", stage.path("out"))
    receiver.wait(60)
    return receiver


def latin_position(stage):
    receiver = position_in(stage, b"v1 1 2 0 none 0 -\n0 \xe9\n")
    raise Verdict(receiver.code == 1 and "p, line 2: not UTF-8" in receiver.err, last_line(receiver.err))


def latin_config(stage):
    path = stage.path("hydra.properties")
    path.write_bytes(b"# a remark\nkey-file=Schl\xfcssel\n")
    relay = stage.hydra("relay", "--check-config", "--config", path)
    relay.wait(60)
    raise Verdict(relay.code == 2 and "hydra.properties, line 2: not UTF-8" in relay.err, last_line(relay.err))


def marked(stage, encoding):
    """The same ticket as an editor of another system saves it."""
    ticket = ticket_with(stage, stage.lasting_relay(), "one")
    text = stage.path("t").read_text().strip()
    stage.path("t").write_bytes(("\ufeff" + text + "\r\n").encode(encoding))
    receiver = stage.hydra("recv", ticket)
    receiver.wait(60)
    raise Verdict(receiver.code == 0 and receiver.out == b"one", "exit %d; %s" % (receiver.code,
                                                                                last_line(receiver.err)))


def printed(stage, value):
    """The configuration that is printed, read and printed again."""
    first = stage.hydra("relay", "--print-config", "--key-file=" + value)
    first.wait(60)
    stage.path("again").write_bytes(first.out)
    second = stage.hydra("relay", "--print-config", "--config", stage.path("again"))
    second.wait(60)
    one, two = (re.sub(rb"# from .*\n", b"", c.out) for c in (first, second))
    lost = sorted(set(one.splitlines()) ^ set(two.splitlines()))
    raise Verdict(second.code == 0 and one == two, "exit %d, %d lines differ %s; %s" % (
        second.code, len(lost), lost[:2], last_line(second.err)))


text_row("D7.1a", "a position file in Latin-1 is refused with its line", latin_position)
text_row("D7.1b", "a configuration in Latin-1 is refused with its line", latin_config)
text_row("D7.2a", "a ticket with a byte order mark and CRLF", lambda stage: marked(stage, "utf-8"))
text_row("D7.2b", "a ticket in UTF-16", lambda stage: marked(stage, "utf-16-le"))
text_row("D7.3a", "--print-config of a value with blanks at its ends", lambda stage: printed(stage, " a\\b "))
text_row("D7.3b", "--print-config of a value with a line end", lambda stage: printed(stage, "a\nhttp=1"))


@row("D7.4a", "recv: the position of another session is refused")
def _(stage):
    other_session(stage, "-o", stage.path("out"))


@row("D7.4b", "recv --exec: the position of another session is refused")
def _(stage):
    other_session(stage, "--exec", "cat >>out")


def other_session(stage, *to):
    relay = stage.lasting_relay()
    ticket = ticket_with(stage, relay, "one")
    first = stage.hydra("recv", ticket, "--position-file", stage.path("p"), *to)
    first.wait(60)
    stage.path("t").unlink()
    second = stage.hydra("recv", ticket_with(stage, relay, "two"), "--position-file", stage.path("p"), *to)
    second.wait(60)
    raise Verdict(first.code == 0 and second.code == 1 and "another session" in second.err
                  and stage.path("out").read_text() == "one", "exit %s, out: %r; %s" % (
                      second.code, stage.path("out").read_text(), last_line(second.err)))


# ---------------------------------------------------------------- the log file, and who waits in vain

def logging_relay(stage):
    """A relay that logs into a file each connection that has ended."""
    os.environ.update(LOG_FILE=str(stage.path("log")), LOG_LEVEL="INFO")
    try:
        return stage.relay()
    finally:
        del os.environ["LOG_FILE"], os.environ["LOG_LEVEL"]


def logs(stage): return {p.name: p.read_text() for p in stage.scratch.glob("log*") if p.is_file()}


@row("D8.1a", "SIGHUP opens the renamed log file again")
def _(stage):
    relay = logging_relay(stage)
    ticket_with(stage, relay, "one")
    until(lambda: "role" in logs(stage)["log"], 30, "a line")
    stage.path("log").rename(stage.path("log.1"))
    relay.command.process.send_signal(signal.SIGHUP)
    until(lambda: any("reloaded" in text for text in logs(stage).values()), 30, "the relay's answer")
    stage.path("t").unlink()
    ticket_with(stage, relay, "two")
    until(lambda: sum(text.count('role="producer"') for text in logs(stage).values()) == 2, 30, "the second line")
    seen = {name: text.count('role="producer"') for name, text in logs(stage).items()}
    raise Verdict(seen == {"log": 1, "log.1": 1}, "lines: %s" % seen)


@row("D8.1b", "SIGHUP where the log file cannot be opened: the open one goes on, and it is said")
def _(stage):
    relay = logging_relay(stage)
    stage.path("log").rename(stage.path("log.1"))
    stage.path("log").mkdir()
    relay.command.process.send_signal(signal.SIGHUP)
    until(lambda: "reloaded" in logs(stage)["log.1"], 30, "the relay's answer")
    raise Verdict("cannot be opened again" in relay.command.err, last_line(relay.command.err))


def gone_row(id, title, kill):
    @row(id, "recv says that the producer has gone: " + title)
    def _(stage):
        relay = stage.relay()
        sender = stage.hydra("send", "--relay", relay.where, "--relay-key", relay.key, "--ticket-file", stage.path("t"),
                             "--lines", *([] if kill else ["--keep"]), stdin=subprocess.PIPE)
        until(lambda: stage.path("t").exists() and stage.path("t").read_text().strip(), 60, "the ticket", sender)
        receiver = stage.hydra("recv", "@%s" % stage.path("t"), "--lines")
        sender.type("one\n")
        until(lambda: receiver.out, 60, "a line", receiver)
        sender.kill() if kill else sender.stdin.close()
        sender.process.wait()
        end = time.monotonic() + 8
        while "gone" not in receiver.err and time.monotonic() < end:
            time.sleep(0.05)
        raise Verdict("gone" in receiver.err, last_line(receiver.err))


gone_row("D9.1a", "it was killed", True)
gone_row("D9.1b", "it has left as it should", False)
