"""N9: a name has more than one address, and other ones later. N10: a clock that is wrong by days is named."""
import re, socket, struct, time, urllib.request
from rows import row
from library import java_row
from stage import hp, Verdict, joined, last_line, until

DAY_MS = 86_400_000
TEN_DAYS = 10 * DAY_MS
UTC = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
NAME = "relay.hydra.test"


# ---------------------------------------------------------------- the addresses of a name

def named(stage, *addresses):
    """What makes the JVM know the name by these addresses, in this order, and no other name."""
    path = stage.path("hosts")
    path.write_text("".join("%s %s\n" % (a, NAME) for a in (*addresses, "127.0.0.1")) + "127.0.0.1 localhost\n")
    return {"HYDRA_JAVA_OPTS": "-Djdk.net.hosts.file=%s" % path}


class Full:
    """An address at which the operating system does not answer: a listener's queue is full."""
    def __init__(self, stage, host, port):
        self.server = socket.socket()
        self.server.bind((host, port))
        self.server.listen(0)
        self.filling = []
        for _ in range(3):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex((host, port))
            self.filling.append(client)
        stage.closers.append(self.close)

    def close(self):
        for sock in (*self.filling, self.server):
            sock.close()


def sent_by_name(stage, env, relay):
    """A sender and a receiver that know the relay by its name."""
    path = stage.path("f")
    path.write_bytes(b"x" * 100_000)
    sender = stage.hydra("send", "--relay", "%s:%d" % (NAME, relay.port), "--ticket-file", stage.path("t"), "-q", path,
                         env=env)
    until(lambda: stage.path("t").exists() or sender.code is not None, 30, "the ticket")
    receiver = stage.hydra("recv", "@%s" % stage.path("t"), "-q", env=env)
    receiver.wait(30)
    raise Verdict((receiver.code, receiver.out) == (0, path.read_bytes()), "recv: exit %d, %d bytes; send: %s" % (
        receiver.code, len(receiver.out), last_line(sender.err)))


@row("N9.1a", "the first address of a name refuses: send and recv")
def _(stage):
    sent_by_name(stage, named(stage, "127.0.0.9"), stage.relay())


@row("N9.1b", "the first address of a name does not answer: send and recv")
def _(stage):
    relay = stage.relay()
    Full(stage, "127.0.0.9", relay.port)
    sent_by_name(stage, named(stage, "127.0.0.9"), relay)


@row("N9.1c", "the first two addresses do not answer, the third does, soon: doctor")
def _(stage):
    relay = stage.relay()
    Full(stage, "127.0.0.8", relay.port)
    Full(stage, "127.0.0.9", relay.port)
    doctor = stage.hydra("doctor", "--relay", "%s:%d" % (NAME, relay.port), env=named(stage, "127.0.0.8", "127.0.0.9"))
    doctor.wait(30)
    line = re.search(r"^\S+ +relay .*$", doctor.out.decode(), re.M)
    raise Verdict(doctor.code == 0 and "answers" in doctor.out.decode(), line[0] if line else last_line(doctor.err))


@row("N9.2a", "the first address of a name refuses: admin")
def _(stage):
    key = stage.path("admin.key")
    relay = stage.relay("--admin-key-file", key)
    admin = stage.hydra("admin", "status", "--relay", "%s:%d" % (NAME, relay.port), "--credential", "@%s" % key,
                        env=named(stage, "127.0.0.9"))
    admin.wait(30)
    raise Verdict(admin.code == 0, "exit %d, %s" % (admin.code, last_line(admin.err)))


def line_with(text, word):
    return next((line for line in text.splitlines() if word in line), last_line(text))


def tried(stage, command):
    """No address answers: each of them is named."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ended = stage.hydra(*command, "--relay", "%s:%d" % (NAME, port), env=named(stage, "127.0.0.8", "127.0.0.9"))
    ended.wait(60)
    said = ended.out.decode() + ended.err
    raise Verdict(ended.code == 1 and all("127.0.0.%d: " % n in said for n in (8, 9, 1)), line_with(said, "reach"))


@row("N9.3a", "no address can be reached: doctor names each")
def _(stage): tried(stage, ["doctor"])


@row("N9.3b", "no address can be reached: bench names each")
def _(stage): tried(stage, ["bench", "--duration", "1s"])


java_row("N9.4a", "library: a name that the application has looked up is looked up anew: consumer")
java_row("N9.4b", "library: a name that the application has looked up is looked up anew: producer, classic")


# ---------------------------------------------------------------- zones and host:port

def zoned(stage, *command):
    """An address with a zone is taken, though nobody is there."""
    ended = stage.hydra(*command)
    ended.wait(60)
    said = ended.out.decode() + ended.err
    raise Verdict(ended.code != 2 and "[fe80::1%lo]" in said or "fe80::1%lo:9" in said, line_with(said, "%lo"))


@row("N9.5a", "a zone in --relay: doctor")
def _(stage): zoned(stage, "doctor", "--relay", "[fe80::1%lo]:9")


@row("N9.5b", "a zone in --relay: recv")
def _(stage):
    session = stage.raw(stage.relay())
    zoned(stage, "recv", "--relay", "[fe80::1%lo]:9", "--session-id", session.sid.hex(), "--session-key",
          "@%s" % session.key_file)


def refused(stage, what, *command):
    ended = stage.hydra(*command)
    ended.wait(60)
    raise Verdict(ended.code == 2 and what in ended.err, "exit %d, %s" % (ended.code, last_line(ended.err)))


@row("N9.6a", "a zone in a ticket is refused by name")
def _(stage):
    text = "hydra://[fe80::1%%25eth0]:4370/%s#%s" % (hp.b64(bytes(64)), hp.b64(bytes(32)))
    refused(stage, "percent sign", "ticket", "show", "@%s" % stage.secret("t", text))


@row("N9.6b", "a zone in a new ticket is refused by name")
def _(stage): refused(stage, "zone", "send", "--relay", "[fe80::1%eth0]:4370")


@row("N9.7a", "::1 without brackets: says what is missing")
def _(stage): refused(stage, "in brackets", "doctor", "--relay", "::1")


@row("N9.7b", "a host that is not ASCII: says how to write it")
def _(stage): refused(stage, "xn--", "doctor", "--relay", "b\u00fccher.example:4370")


# ---------------------------------------------------------------- what the relay counts

@row("N9.8a", "a connection that a race has lost is no failed handshake: metrics")
def _(stage):
    relay = stage.relay("--http", "0")
    where = until(lambda: re.search(r"http://\S+/", relay.command.err), 30, "its HTTP")[0]
    socket.create_connection(("127.0.0.1", relay.port)).close()

    def counts():
        text = urllib.request.urlopen(where + "metrics", timeout=30).read().decode()
        found = re.findall(r'^hydra_handshakes_total\{result="(\w+)"\} (\S+)$', text, re.M)
        return {name: float(count) for name, count in found if float(count)}

    seen = until(counts, 30, "a count")
    raise Verdict(seen == {"unused": 1}, str(seen))


@row("N9.8b", "a connection that a race has lost is no failed handshake: admin status")
def _(stage):
    key = stage.path("admin.key")
    relay = stage.relay("--admin-key-file", key)
    for _ in range(5):
        socket.create_connection(("127.0.0.1", relay.port)).close()
    time.sleep(0.5)
    admin = stage.hydra("admin", "status", "--json", "--relay", relay.where, "--credential", "@%s" % key)
    admin.wait(30)
    counts = re.search(r'"handshakes":\s*(\{[^}]*\})', admin.out.decode())
    raise Verdict(counts is not None and '"failed":0' in counts[1].replace(" ", ""), counts[1] if counts else "none")


# ---------------------------------------------------------------- clocks

def judge_times(said):
    """Both times and the difference in words."""
    line = next((x for x in said.splitlines() if len(re.findall(UTC, x)) >= 2), last_line(said))
    raise Verdict(len(re.findall(UTC, line)) >= 2 and re.search(r"\b(10|9) days\b", line) is not None, line[:260])


@row("N10.1a", "a producer ten days ahead of its relay: what it is told")
def _(stage):
    session = stage.raw(stage.relay())
    link = session.produce()
    session.open(link, epoch=hp.now_ms() + TEN_DAYS)
    link.deadline = time.monotonic() + 10
    try:
        while True:
            inner, typ, body = link.next()
            if inner and typ == hp.ERROR:
                judge_times(hp.relay_error(body).text)
    except (EOFError, OSError) as e:
        raise Verdict(False, "no ERROR: %r" % e)


@row("N10.1b", "a producer ten days ahead of its relay: what the operator is told")
def _(stage):
    relay = stage.relay()
    session = stage.raw(relay)
    session.open(session.produce(), epoch=hp.now_ms() + TEN_DAYS)
    end = time.monotonic() + 5
    while "days" not in relay.command.err and time.monotonic() < end:
        time.sleep(0.05)
    judge_times(relay.command.err)


def received_from(stage, epoch):
    """A receiver whose relay has a stream of that time."""
    session = []

    def play(link, join, number):
        joined(link, 0, 0)
        session[0].open(link, epoch=epoch)

    session.append(stage.raw(stage.liar(play)))
    receiver = session[0].recv("--reconnect-timeout", "2s")
    receiver.wait(60)
    judge_times(receiver.err)


@row("N10.2a", "a receiver ten days behind the producer")
def _(stage): received_from(stage, hp.now_ms() + TEN_DAYS)


@row("N10.2b", "a producer that comes back with a clock set back by ten days")
def _(stage):
    session, began = [], hp.now_ms()

    def play(link, join, number):
        if number == 0:
            joined(link, 0, 0)
            session[0].open(link, epoch=began)
            session[0].data(link, range(3))
        else:
            joined(link, began, 3)
        session[0].open(link, epoch=began - TEN_DAYS)

    session.append(stage.raw(stage.liar(play)))
    receiver = session[0].recv("--reconnect-timeout", "5s")
    receiver.wait(60)
    judge_times(receiver.err)


def sending_behind(stage, *command, **kw):
    def play(link, join, number):
        link.ctl(hp.JOINED, struct.pack(">BIQQ16sH", 0, hp.MAX_FRAME, hp.now_ms() + TEN_DAYS, 0, bytes(16), 30))

    liar = stage.liar(play)
    path = stage.path("f")
    path.write_bytes(b"x")
    sender = stage.hydra(*command, "--relay", liar.where, "--ticket-file", stage.path("t"), *kw.get("args", [path]))
    sender.wait(60)
    judge_times(sender.err)


@row("N10.3a", "a sender ten days behind the one before")
def _(stage): sending_behind(stage, "send")


@row("N10.3b", "a sharer ten days behind the one before")
def _(stage): sending_behind(stage, "share", args=["--", "true"])


def late(stage, by):
    """TICKs of a clock that is wrong."""
    session = stage.raw(stage.relay())
    link = session.produce()
    session.open(link)
    receiver = session.recv()
    session.hear(link, lambda typ, body: typ == hp.ACK and hp.fields(">Q8sQI", body)[3] == 1, 30, "the receiver")
    for seq in range(3):
        drift = 5_000 * seq if by > 0 else -5_000 * seq  # it does not catch up
        link.raw(session.keys.seal(hp.TICK, seq, hp.u64(hp.now_ms() + by + drift)))
        time.sleep(0.2)
    session.end(link, 3)
    receiver.wait(30)
    judge_times(receiver.err)


@row("N10.4a", "a producer's clock is ten days behind: recv")
def _(stage): late(stage, -TEN_DAYS)


@row("N10.4b", "a producer's clock is ten days ahead: recv")
def _(stage): late(stage, TEN_DAYS)
