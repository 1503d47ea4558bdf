"""D16 to D19: the classic wires: coming back, tickets that name it, refusals, and streams of whose end nobody tells."""
import argparse, base64, concurrent.futures, importlib.util, os, re, signal, socket, struct, subprocess, threading, time
from rows import row
from stage import TOOL, hp, Verdict, last_line, until

CURRENT = "1.0.0-beta.6"


def load_classic():
    spec = importlib.util.spec_from_file_location("classic_peer", TOOL / "src/test/python/classic_peer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cp = load_classic()


def b64(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Session:
    """A session of the classic wire, and raw connections to it."""
    def __init__(self, port):
        self.id, self.key = os.urandom(64), os.urandom(32)
        self.args = argparse.Namespace(host="127.0.0.1", port=port, version=CURRENT, session=self.id, key=self.key)

    def ready(self, role):
        """Connected, hands shaken, and the join not sent yet: (link, join)."""
        link = cp.dial(self.args)
        key = cp.shake(link, CURRENT)
        link.deadline = None
        return link, cp.seal(key, bytes([role]) + self.id)

    def join(self, role): return cp.join(self.args, role)

    def frame(self, data): return cp.seal(self.key, data)

    def ticket(self, version=CURRENT, hosts=None):
        hosts = hosts or "127.0.0.1:%d" % self.args.port
        return "hydra+classic://%s/%s?version=%s#%s" % (hosts, b64(self.id), version, b64(self.key))

    def recv_args(self, *options):
        """For builds that know no ticket of this wire."""
        return ("recv", "--relay", "127.0.0.1:%d" % self.args.port, "--session-id", self.id.hex(), "--session-key",
                self.key.hex(), "--classic", *options)


def two_loops(stage, *options): return stage.relay("--threads", "2", *options)


def refused(link):
    """Whether the relay resets the connection instead of ending it in order."""
    link.ended(30)
    link.sock.close()
    return link.how != "FIN"


# ---------------------------------------------------------------- D16: back right after the close

def let_in(session, link, number):
    """Whether the relay passes on what a producer has begun with; False where it ends its connection instead."""
    wanted, end = b"%d" % number, time.monotonic() + 30
    while time.monotonic() < end:
        consumer = session.join(cp.CONSUMER).within(30)
        frame = consumer.frame()          # of the producer before, if this one's join is still to come
        consumer.close()
        if frame and cp.unseal(session.key, frame) == wanted:
            return True
        if link.ended(0.01):
            return False
    raise Verdict(False, "producer %d has neither been let in nor refused within 30 s" % number)


@row("D16a", "classic: 300 producers, each right after the one before has closed")
def _(stage):
    session = Session(two_loops(stage).port)
    body, lost, rounds = session.frame(bytes(100_000)), 0, 300
    link, join = session.ready(cp.PRODUCER)
    link.send(join + session.frame(b"0"))
    for number in range(1, rounds + 1):
        while not let_in(session, link, number - 1):
            lost += 1
            link, join = session.ready(cp.PRODUCER)
            link.send(join + session.frame(b"%d" % (number - 1)))
        after, join = session.ready(cp.PRODUCER)
        begin = join + session.frame(b"%d" % number)
        link.send(body)
        link.sock.shutdown(socket.SHUT_WR)
        after.send(begin)
        link.ended(30)
        link.sock.close()
        link = after
    raise Verdict(lost == 0, "%d of %d refused" % (lost, rounds))


@row("D16b", "classic: back while the rest of the one before waits for a consumer")
def _(stage):
    session = Session(two_loops(stage, "--capacity", "8m", "--send-buffer", "64k").port)
    consumer, first = session.join(cp.CONSUMER), session.join(cp.PRODUCER)
    frame, count = session.frame(bytes(1 << 20)), 24
    gone = threading.Event()

    def produce():
        for _ in range(count):
            first.send(frame)
        first.sock.shutdown(socket.SHUT_WR)
        gone.set()
    threading.Thread(target=produce, daemon=True).start()
    for _ in range(8):                    # so that there is a producer, and what fills the log
        consumer.frame()
    second = session.join(cp.PRODUCER)
    second.send(session.frame(b"second"))
    second.sock.shutdown(socket.SHUT_WR)
    got = 8
    while consumer.frame():
        got += 1
    lost = refused(second)
    raise Verdict(got == count and not lost, "%d of %d messages of the first; the second: %s" % (
        got, count, "refused" if lost else "let in"))


@row("D16c", "wire 2, a plain session: 300 producers, each right after the one before broke off")
def _(stage):
    relay = two_loops(stage)
    session, lost, rounds = stage.raw(relay), 0, 300
    link = session.produce()
    for _ in range(rounds):
        after = hp.handshake(hp.dial(relay.where), hp.unb64(relay.key))
        join = hp.join_body(after.h, session.sid, hp.PRODUCER)
        session.open(link)
        session.data(link, range(20), size=20_000)
        link.sock.close()
        after.ctl(hp.JOIN, join)
        after.deadline = time.monotonic() + 30
        try:
            hp.read_joined(after)
        except hp.Fault as e:
            lost += e.code == "PRODUCER_EXISTS"
            after.sock.close()
            after = until(lambda: produced(session), 30, "a place")
        after.deadline = None
        link = after
    raise Verdict(lost == 0, "%d of %d refused" % (lost, rounds))


def produced(session):
    try:
        return session.produce()
    except hp.Fault:
        return None


@row("D16d", "classic: one that is really the second is refused, and the first stays")
def _(stage):
    session = Session(two_loops(stage).port)
    first = session.join(cp.PRODUCER)
    first.send(session.frame(b"one"))
    consumer = session.join(cp.CONSUMER).within(30)
    consumer.frame()
    began = time.monotonic()
    second = refused(session.join(cp.PRODUCER))
    took = time.monotonic() - began
    first.send(session.frame(b"two"))
    got = cp.unseal(session.key, consumer.within(30).frame())
    raise Verdict(second and 0.5 < took < 15 and got == b"two",
                  "the second: %s after %.1f s; the first %s" % ("refused" if second else "let in", took,
                                                                "goes on" if got == b"two" else "has gone"))


# ---------------------------------------------------------------- D17: tickets that name their wire

def sent_classic(stage, *options):
    """What a classic sender says its ticket is, and the file that it is in."""
    relay, path = stage.relay(), stage.path("payload")
    path.write_text("payload\n")
    ticket = stage.path("ticket")
    sender = stage.hydra("send", "--relay", relay.where, "--classic", "--ticket-file", ticket, *options, path)
    sender.wait(60, "the sender's end")
    return relay, ticket


def received(stage, *args):
    out = stage.path("out")
    receiver = stage.hydra("recv", *args, "-o", out)
    try:
        code = receiver.process.wait(20)
    except subprocess.TimeoutExpired:
        raise Verdict(False, "recv waits: %s" % last_line(receiver.err)) from None
    whole = out.exists() and out.read_text() == "payload\n"
    raise Verdict(code == 0 and whole, "exit %d; %s" % (code, "whole" if whole else last_line(receiver.err)))


@row("D17a", "recv with the ticket that send --classic has printed")
def _(stage):
    _, ticket = sent_classic(stage)
    received(stage, ticket.read_text().strip())


@row("D17b", "the same in a file, of another version, and --classic agreed")
def _(stage):
    _, ticket = sent_classic(stage, "--classic=1.0.0-beta.4")
    text = ticket.read_text()
    if "version=1.0.0-beta.4#" not in text:
        raise Verdict(False, "the ticket does not say the version")
    received(stage, "--classic", "@%s" % ticket)


@row("D17c", "a ticket for a version that nobody here speaks")
def _(stage):
    receiver = stage.hydra("recv", Session(1).ticket("1.0.0-beta.10"))
    code = receiver.wait(60)
    named = CURRENT in receiver.err and "1.0.0-beta.3" in receiver.err and "1.0.0-beta.10" in receiver.err
    raise Verdict(code == 2 and named, "exit %d; %s" % (code, last_line(receiver.err)))


@row("D17d", "a ticket with several addresses, wire 2")
def _(stage):
    relay, path, ticket = stage.relay(), stage.path("payload"), stage.path("ticket")
    path.write_text("payload\n")
    sender = stage.hydra("send", "--wait-consumers", "0", "--relay", relay.where, "--ticket-file", ticket, path)
    sender.wait(60, "the sender's end")
    received(stage, ticket.read_text().strip().replace(relay.where, relay.where + ",relay.example:1,[::1]:2"))


@row("D17e", "a ticket with several addresses, classic")
def _(stage):
    relay, ticket = sent_classic(stage)
    received(stage, ticket.read_text().strip().replace(relay.where, relay.where + ",relay.example:1"))


# ---------------------------------------------------------------- D17: what a refusal means

class Refuser:
    """Takes one step with each connection and resets it."""
    def __init__(self, step):
        self.step, self.server = step, socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                sock = self.server.accept()[0]
            except OSError:
                return
            try:
                self.step(sock)
            except OSError:
                pass
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()

    def close(self): self.server.close()


def refuser(stage, step):
    made = Refuser(step)
    stage.closers.append(made.close)
    return made.port


def hinted(command, words):
    code = command.wait(60)
    raise Verdict(code != 0 and words in command.err, "exit %d; %s" % (code, last_line(command.err)))


def after_join(sock):
    """The handshake as far as a relay takes part in it without a version, then the join."""
    link = cp.Link(sock).within(30)
    link.take(cp.HELLO)
    link.send(os.urandom(cp.HELLO))
    link.take(4 + cp.JOIN_LENGTH)


@row("D17f", "classic: the relay resets the connection in the handshake")
def _(stage):
    session = Session(refuser(stage, lambda sock: sock.recv(1)))
    hinted(stage.hydra(*session.recv_args()), "does it serve the classic wire")


@row("D17g", "wire 2: the same")
def _(stage):
    session = Session(refuser(stage, lambda sock: sock.recv(1)))
    hinted(stage.hydra(*[a for a in session.recv_args() if a != "--classic"]), "does it serve wire 2")


@row("D17h", "classic: the relay resets a producer that has joined")
def _(stage):
    session = Session(refuser(stage, after_join))
    path = stage.path("payload")
    path.write_bytes(bytes(1 << 20))
    args = ["send", *session.recv_args(path)[1:]]
    hinted(stage.hydra(*args), "for its version")


# ---------------------------------------------------------------- D17, D18: recv's ways to end

def two_of_three(stage, classic, *options, ends=True):
    """Two messages for a recv that is told how it is to end."""
    relay = stage.relay()
    if classic:
        session = Session(relay.port)
        producer = session.join(cp.PRODUCER)
        for text in (b"1", b"2"):
            producer.send(session.frame(text))
        if ends:
            producer.finish()
        args = session.recv_args(*options)
    else:
        session = stage.raw(relay)
        producer = session.produce()
        session.open(producer)
        session.data(producer, range(2), "%d")
        session.settled(producer, 2)
        if ends:
            session.end(producer, 2)
            session.settled(producer, 3)
        args = session.recv_args(*options)
    stage.closers.append(producer.sock.close)
    receiver = stage.hydra(*args)
    try:
        code = receiver.process.wait(30)
    except subprocess.TimeoutExpired:
        raise Verdict(False, "recv waits: %s" % last_line(receiver.err)) from None
    return code, receiver


def judge(wanted, outcome):
    code, receiver = outcome
    raise Verdict(code == wanted and len(receiver.out) == 2,
                  "exit %d, %d messages; %s" % (code, len(receiver.out), last_line(receiver.err)))


@row("D17i", "recv --count 3, two messages, wire 2")
def _(stage): judge(4, two_of_three(stage, False, "--count", "3"))


@row("D17j", "recv --count 3, two messages, classic")
def _(stage): judge(4, two_of_three(stage, True, "--count", "3"))


@row("D18a", "recv --idle-timeout, wire 2")
def _(stage): judge(0, two_of_three(stage, False, "--idle-timeout", "1s", ends=False))


@row("D18b", "recv --idle-timeout, classic")
def _(stage): judge(0, two_of_three(stage, True, "--idle-timeout", "1s", ends=False))


@row("D18c", "recv --idle-timeout, and fewer than --count")
def _(stage): judge(4, two_of_three(stage, True, "--idle-timeout", "1s", "--count", "3", ends=False))


@row("D18d", "docs/reference/classic-wire.md says what the crate's relay does")
def _(stage):
    text = re.sub(r"\s+", " ", (stage.checkout / "docs/reference/classic-wire.md").read_text())
    facts = {"no FIN": "no FIN, for as long as they stay", "the next producer": "closes the next one",
             "12 ms": "12 ms × ⌊whole frame / 256⌋", "920": "920 small messages"}
    missing = [name for name, words in facts.items() if words not in text]
    raise Verdict(not missing, "not said: %s" % ", ".join(missing) if missing else "all said")


# ---------------------------------------------------------------- D19: the wire of beta.7 to beta.9

def attacked(stage, prefix, *options):
    """All attacks of classic_peer.py of a name's beginning, against a relay of their own."""
    args = argparse.Namespace(host="127.0.0.1", port=stage.relay(*options).port, version=CURRENT, deadline_ms=10_000,
                              quiet_ms=1000)
    names = [name for name in cp.ATTACKS if name.startswith(prefix)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bad = [text for well, text in pool.map(lambda name: cp.run_attack(name, args), names) if not well]
    raise Verdict(names and not bad, "%d of %d as expected; %s" % (len(names) - len(bad), len(names), bad[:1] or "all"))


@row("D19a", "the crate's beta.9: hellos that rest anywhere")
def _(stage): attacked(stage, "later-cut")


@row("D19b", "the crate's beta.8 and beta.9: what is refused gets a status and a FIN")
def _(stage): attacked(stage, "later-", "--classic-packet", "1000")


@row("D19c", "observers of beta.9: the token of --classic-observer-file, made, read, and read again at SIGHUP")
def _(stage):
    path = stage.path("observers")
    relay = stage.relay("--classic-observer-file", path)
    foe = argparse.Namespace(dial=lambda: cp.dial(argparse.Namespace(host="127.0.0.1", port=relay.port)))
    old = path.read_text().strip()
    mode = path.stat().st_mode & 0o777
    link, first, _ = cp.later_join(foe, 2, bytes.fromhex(old))
    link.send(b"abc")
    answers = len(link.take(3 * 60)) // 60
    fresh = os.urandom(64)
    path.write_text(fresh.hex())
    relay.command.process.send_signal(signal.SIGHUP)

    def status(token):
        one, seen, _ = cp.later_join(foe, 2, token)
        one.close()
        return seen
    right = 0 if until(lambda: status(fresh) == 0, 30, "the new token", relay.command) else None
    late = status(bytes.fromhex(old))
    quiet = old not in relay.command.err and fresh.hex() not in relay.command.err
    raise Verdict(mode == 0o600 and (first, answers, late, right) == (0, 3, 4, 0) and quiet,
                  "mode %o; status %d, %d answers; then %d and %d; %s" % (
                      mode, first, answers, late, right, "not logged" if quiet else "logged"))


@row("D19d", "a classic packet that is more than a frame: refused where it was asked for, else the other wires are served")
def _(stage):
    asked = stage.hydra("relay", "--listen", "127.0.0.1:0", "--max-frame", "1m", "--classic-packet", "1m")
    code = asked.wait(60)
    session = Session(stage.relay("--max-frame", "1m").port)
    producer, consumer = session.join(cp.PRODUCER), session.join(cp.CONSUMER).within(30)
    producer.send(session.frame(b"one"))
    served = cp.unseal(session.key, consumer.frame()) == b"one"
    raise Verdict(code == 2 and "classic packet" in asked.err and served, "exit %d, %s; beta.6 %s" % (
        code, last_line(asked.err), "is served" if served else "is not served"))
