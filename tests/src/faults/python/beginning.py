"""A1: what lies before the first frame delivered is a loss, unless the receiver asked for it."""
import json, os, pty, re, struct, subprocess, time
from rows import row
from stage import hp, Verdict, joined, last_line, megabytes, unread_bytes, until

BIG = 12_000_000
GONE = re.compile(r"the first (\d+) frames of this stream are gone; --from oldest takes what is left")


def noise(stage, name="f", size=BIG):
    path = stage.path(name)
    path.write_bytes(os.urandom(size))
    return path


def ticket_of(sender, path):
    until(lambda: path.exists() and path.read_text().startswith("hydra") or sender.code is not None, 60, "the ticket")
    return "@%s" % path


def sent_unread(stage, *relay_options):
    """A relay that has only the tail of what was sent: nobody was there."""
    relay = stage.lasting_relay(*relay_options)
    path = noise(stage)
    sender = stage.hydra("send", "--relay", relay.where, "--ticket-file", stage.path("t"), "-q", "--wait-consumers",
                         "0", path)
    if sender.wait(60, "the sender's end"):
        raise Verdict(False, "send: exit %d, %s" % (sender.code, last_line(sender.err)))
    return "@%s" % stage.path("t"), path.read_bytes()


def judge_whole(code, got, sent):
    raise Verdict((code, got) == (0, sent) or (code, got) == (3, b""),
                  "exit %d, %s of %s%s" % (code, megabytes(got), megabytes(sent), "" if code or got == sent
                                           else ", and nobody was told"))


def judge_nothing(receiver, written):
    """Refused: nothing written, exit 3, and it says what to do, in one line."""
    said = GONE.findall(receiver.err)
    raise Verdict(receiver.code == 3 and not written and len(said) == 1 and int(said[0]) > 0,
                  "exit %d, %s; %s" % (receiver.code, written or "nothing written", last_line(receiver.err)))


# ---------------------------------------------------------------- a receiver that comes late

@row("A1.1a", "late receiver, file")
def _(stage):
    relay, path = stage.relay(), noise(stage)
    sender = stage.hydra("send", "--relay", relay.where, "--ticket-file", stage.path("t"), "-q", path)
    ticket = ticket_of(sender, stage.path("t"))
    late(sender)
    receiver = stage.hydra("recv", ticket, "-q")
    receiver.wait(60)
    judge_whole(receiver.code, receiver.out, path.read_bytes())


def late(sender, seconds=3):
    """Comes after the sender, if that does not wait, has ended; otherwise after a while."""
    end = time.monotonic() + seconds
    while sender.code is None and time.monotonic() < end:
        time.sleep(0.05)


@row("A1.1b", "late receiver, tar c | send, recv | tar x")
def _(stage):
    relay, photos, there = stage.relay(), stage.path("photos"), stage.path("there")
    photos.mkdir(), there.mkdir()
    for i in range(12):
        noise(stage, "photos/%d" % i, 1_000_000)
    tar = subprocess.Popen(["tar", "c", "-C", stage.scratch, "photos"], stdout=subprocess.PIPE)
    stage.processes.append(tar)
    sender = stage.hydra("send", "--relay", relay.where, "--ticket-file", stage.path("t"), stdin=tar.stdout)
    tar.stdout.close()
    ticket = ticket_of(sender, stage.path("t"))
    late(sender)
    untar = subprocess.Popen(["tar", "x", "-C", there], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    stage.processes.append(untar)
    receiver = stage.hydra("recv", ticket, stdout=untar.stdin)
    untar.stdin.close()
    code = receiver.wait(60)
    untar.wait(10)
    whole = sum((there / "photos" / p.name).exists() and (there / "photos" / p.name).read_bytes() == p.read_bytes()
                for p in photos.iterdir())
    raise Verdict(whole == 12 and code == 0, "exit %d, %d of 12 photos" % (code, whole))


@row("A1.1c", "late receiver, all of it sent unread: no file is made")
def _(stage):
    ticket, _ = sent_unread(stage)
    out = stage.path("g")
    receiver = stage.hydra("recv", ticket, "-o", out)
    receiver.wait(60)
    judge_nothing(receiver, out.exists() and "a file of %s" % megabytes(out.read_bytes()))


@row("A1.1d", "late receiver, a file that is there: not cut")
def _(stage):
    ticket, _ = sent_unread(stage)
    out = stage.path("g")
    out.write_bytes(b"precious")
    receiver = stage.hydra("recv", ticket, "-o", out)
    receiver.wait(60)
    judge_nothing(receiver, out.read_bytes() != b"precious" and "the file is overwritten")


@row("A1.1e", "late receiver of send --lines")
def _(stage):
    relay = stage.lasting_relay("--retention", "64k")
    sender = stage.hydra("send", "--relay", relay.where, "--ticket-file", stage.path("t"), "--lines", "-q",
                         stdin=subprocess.PIPE)
    ticket = ticket_of(sender, stage.path("t"))
    sender.type("".join("%07d\n" % i for i in range(500_000)))
    sender.stdin.close()
    sender.wait(60)
    receiver = stage.hydra("recv", ticket, "--lines")
    receiver.wait(60)
    judge_nothing(receiver, receiver.out and "%d of 500000 lines" % receiver.out.count(b"\n"))


# ---------------------------------------------------------------- a relay that lies

def lying_row(id, title, script):
    @row(id, "lying relay: " + title)
    def _(stage):
        session = []

        def play(link, join, number):
            script(link, join, number, session[0])
            link.ctl(hp.STATE, b"\2")
        liar = stage.liar(play)
        session.append(stage.raw(liar))
        session[0].stream = hp.now_ms()
        receiver = session[0].recv()
        receiver.wait(60)
        raise Verdict(receiver.code == 3 and not receiver.out,
                      "exit %d, %d of 8 messages; %s" % (receiver.code, receiver.out.count(b"\n"), last_line(receiver.err)))


def head_and_rest(link, session, first, seqs):
    """A HEAD of the stream, the messages, and the end."""
    if not hasattr(session, "made"):
        session.made = hp.make_head(session.sid, session.key, session.stream + (first > 0), session.stream, first)
    raw, session.keys = session.made
    link.raw(raw)
    session.data(link, seqs)
    link.raw(session.end_frame(8))


def left_out(link, join, number, session):
    joined(link, session.stream, join.seq)
    head_and_rest(link, session, 0, range(max(3, join.seq), 8))


def moved(link, join, number, session):
    joined(link, session.stream, max(3, join.seq))
    head_and_rest(link, session, 0, range(max(3, join.seq), 8))


def gapped(link, join, number, session):
    joined(link, session.stream, join.seq)
    link.ctl(hp.GAP, struct.pack(">QQQ", session.stream, 0, 3))
    head_and_rest(link, session, 0, range(max(3, join.seq), 8))


def later_head(link, join, number, session):
    joined(link, session.stream, max(3, join.seq))
    head_and_rest(link, session, 3, range(max(3, join.seq), 8))


def nothing_yet(link, join, number, session):
    joined(link, 0, 0)
    head_and_rest(link, session, 3, range(max(3, join.seq), 8))


def foreign(link, join, number, session):
    joined(link, session.stream - 7, 3)
    head_and_rest(link, session, 0, range(max(3, join.seq), 8))


lying_row("A1.2a", "the first frames left out", left_out)
lying_row("A1.2b", "JOINED moved", moved)
lying_row("A1.2c", "GAP [0, 3)", gapped)
lying_row("A1.2d", "a HEAD whose first is 3", later_head)
lying_row("A1.2e", "JOINED (0, 0), then a HEAD whose first is 3", nothing_yet)
lying_row("A1.2f", "JOINED names another stream, frames from 3", foreign)


# ---------------------------------------------------------------- live

def live_cut(stage, size, *relay_options):
    """A live receiver at 1000, cut off before its first frame; 1000 … 1009 are sent before it is back."""
    relay = stage.relay(*relay_options)
    session, proxy = stage.raw(relay), stage.proxy(relay)
    producer = session.produce()
    session.open(producer)
    session.data(producer, range(1000))
    session.settled(producer, 1000)
    receiver = session.recv("--from", "live", "--json", at=proxy)
    until(lambda: receiver.events("connected"), 60, "the receiver")
    proxy.refusing = True
    proxy.cut()
    time.sleep(0.3)                       # the relay sees that nobody is there
    session.data(producer, range(1000, 1010), size=size)
    session.settled(producer, 1010)
    proxy.refusing = False
    time.sleep(4)                         # longer than the receiver's first attempts are apart
    session.data(producer, range(1010, 1015))
    session.end(producer, 1015)
    producer.ctl(hp.BYE)
    receiver.wait(60)
    got = [int(x.strip(b".")) for x in receiver.out.split()]
    told = [(e["from"], int(e["to"])) for e in receiver.events("gap")] or "GAP" in receiver.err or "missing" in receiver.err
    silent = got != list(range(1000, 1015)) and receiver.code != 3
    raise Verdict(not silent and (receiver.code == 3 or got == list(range(1000, 1015))),
                  "exit %d, messages %s, %s" % (receiver.code, "%d-%d" % (got[0], got[-1]) if got else "none",
                                               "a gap told" if told else "no gap told"))


@row("A1.3a", "live, cut before its first frame, all still held")
def _(stage): live_cut(stage, 0)


@row("A1.3b", "live, cut before its first frame, let go meanwhile")
def _(stage): live_cut(stage, 400_000, "--retention", "0")


@row("A1.3c", "live, GAP between JOINED and the first frame")
def _(stage):
    session = []

    def play(link, join, number):
        joined(link, session[0].stream, 1000)
        link.ctl(hp.GAP, struct.pack(">QQQ", session[0].stream, 1000, 1010))
        link.raw(session[0].made[0])
        session[0].data(link, range(1010, 1015))
        link.raw(session[0].end_frame(1015))
        link.ctl(hp.STATE, b"\2")
    liar = stage.liar(play)
    session.append(stage.raw(liar))
    session[0].stream = hp.now_ms()
    session[0].made = hp.make_head(session[0].sid, session[0].key, session[0].stream, session[0].stream, 0)
    session[0].keys = session[0].made[1]
    receiver = session[0].recv("--from", "live")
    receiver.wait(60)
    raise Verdict(receiver.code == 3, "exit %d, %d messages; %s" % (receiver.code, receiver.out.count(b"\n"),
                                                                   last_line(receiver.err)))


# ---------------------------------------------------------------- what recv is asked for

@row("A1.4a", "--from beginning, all there")
def _(stage):
    session, receiver = small_session(stage), None
    receiver = session.recv("--from", "beginning")
    receiver.wait(60)
    raise Verdict(receiver.code == 0 and receiver.out == b"0\n1\n2\n3\n4\n",
                  "exit %d, %d of 5 messages; %s" % (receiver.code, receiver.out.count(b"\n"), last_line(receiver.err)))


def small_session(stage):
    """Five messages and the end, all with the relay."""
    session = stage.raw(stage.relay())
    link = session.produce()
    session.open(link)
    session.data(link, range(5))
    session.end(link, 5)
    session.settled(link, 6)
    link.ctl(hp.BYE)
    return session


@row("A1.4b", "--from beginning, its first frames gone")
def _(stage):
    ticket, _ = sent_unread(stage)
    receiver = stage.hydra("recv", ticket, "--from", "beginning")
    receiver.wait(60)
    judge_nothing(receiver, receiver.out and megabytes(receiver.out))


@row("A1.5a", "--allow-gaps, late")
def _(stage):
    ticket, sent = sent_unread(stage)
    receiver = stage.hydra("recv", ticket, "--allow-gaps")
    receiver.wait(60)
    tail = receiver.out and sent.endswith(receiver.out)
    raise Verdict(receiver.code == 3 and tail and "missing" in receiver.err,
                  "exit %d, %s of %s; %s" % (receiver.code, megabytes(receiver.out), megabytes(sent),
                                            last_line(receiver.err)))


@row("A1.5b", "--allow-gaps --json -o FILE, late: the gap from 0")
def _(stage):
    ticket, sent = sent_unread(stage, "--retention", "1m")
    out = stage.path("g")
    receiver = stage.hydra("recv", ticket, "--allow-gaps", "--json", "-o", out)
    receiver.wait(60)
    gaps = [(e["from"], int(e["to"])) for e in receiver.events("gap")]
    raise Verdict(receiver.code == 3 and len(gaps) == 1 and gaps[0][0] == 0 and sent.endswith(out.read_bytes()),
                  "exit %d, %s of %s, gaps %s" % (receiver.code, megabytes(out.read_bytes()), megabytes(sent), gaps))


@row("A1.6a", "a position file goes before --from beginning")
def _(stage):
    session = small_session(stage)
    pos, out = stage.path("pos"), stage.path("out")
    session.recv("--position-file", pos, "-o", out, "--count", "3", "--from", "oldest").wait(60)
    receiver = session.recv("--position-file", pos, "-o", out, "--from", "beginning")
    receiver.wait(60)
    got = out.read_bytes().replace(b"\n", b" ").decode() if out.exists() else ""
    raise Verdict(receiver.code == 0 and got == "0 1 2 3 4 ",
                  "exit %d, the file holds %s; %s" % (receiver.code, got, last_line(receiver.err)))


@row("A1.6b", "a position file that is not there yet, late: not made")
def _(stage):
    ticket, _ = sent_unread(stage)
    pos, out = stage.path("pos"), stage.path("g")
    receiver = stage.hydra("recv", ticket, "--position-file", pos, "-o", out)
    receiver.wait(60)
    judge_nothing(receiver, ", ".join(p.name for p in (pos, out) if p.exists()))


# ---------------------------------------------------------------- what send says and does

def command_row(id, what, *args):
    @row(id, "%s prints the receiver's command with --from oldest" % what)
    def _(stage):
        relay = stage.relay()
        sender = stage.hydra(*(relay.where if a == "R" else a for a in args), stdin=subprocess.PIPE)
        sender.type("hello\n")
        sender.stdin.close()
        until(lambda: "--from oldest" in sender.err or sender.code is not None, 60, "the receiver's command")
        raise Verdict("--from oldest" in sender.err, re.sub(r"hydra://\S+", "TICKET", last_line(sender.err)))


command_row("A1.7a", "share", "share", "--relay", "R", "--", "echo", "hello")
command_row("A1.7b", "send --lines", "send", "--relay", "R", "--lines")
command_row("A1.7c", "send --keep", "send", "--relay", "R", "--keep")


@row("A1.8a", "send of a pipe waits, says so, reads nothing")
def _(stage):
    relay = stage.relay()
    read, write = os.pipe()
    os.write(write, b"x" * 4096)
    sender = stage.hydra("send", "--relay", relay.where, "--ticket-file", stage.path("t"), stdin=read)
    ticket_of(sender, stage.path("t"))
    time.sleep(2)
    left, said = unread_bytes(read), [x for x in sender.err.splitlines() if "wait" in x and "consumer" in x]
    if left == 4096 and len(said) == 1 and sender.code is None:
        receiver = stage.hydra("recv", "@%s" % stage.path("t"))
        os.close(write)
        if (receiver.wait(60), receiver.out, sender.wait(60)) != (0, b"x" * 4096, 0):
            raise Verdict(False, "then recv: exit %d, %d bytes" % (receiver.code, len(receiver.out)))
    raise Verdict(left == 4096 and len(said) == 1, "%d of 4096 bytes left in the pipe; %s" % (left, said or "says nothing"))


@row("A1.8b", "send with a file as stdin waits, reads nothing")
def _(stage):
    relay, path = stage.relay(), noise(stage, size=100_000)
    with open(path, "rb") as given:
        sender = stage.hydra("send", "--relay", relay.where, "--ticket-file", stage.path("t"), "--json", stdin=given)
        ticket_of(sender, stage.path("t"))
        time.sleep(2)
        at, waiting = os.lseek(given.fileno(), 0, os.SEEK_CUR), len(sender.events("waiting"))
    raise Verdict(at == 0 and waiting == 1, "it has read %d of 100000 bytes; it has %ssaid that it waits"
                  % (at, "" if waiting else "not "))


@row("A1.9a", "--wait-timeout: the session is given up")
def _(stage):
    relay = stage.relay()
    sender = stage.hydra("send", "--relay", relay.where, "--wait-timeout", "1s", noise(stage, size=1000))
    code = sender.wait(60)
    raise Verdict(code == 6 and "0 of 1 consumers came" in sender.err, "exit %d; %s" % (code, last_line(sender.err)))


@row("A1.9b", "--wait-timeout, one of two came")
def _(stage):
    relay = stage.relay()
    sender = stage.hydra("send", "--relay", relay.where, "--ticket-file", stage.path("t"), "--wait-consumers", "2",
                         "--wait-timeout", "15s", noise(stage, size=1000))
    receiver = stage.hydra("recv", ticket_of(sender, stage.path("t")))
    code = sender.wait(60)
    if code != 6:
        raise Verdict(False, "exit %d; %s" % (code, last_line(sender.err)))
    receiver.wait(60, "the consumer's end")
    raise Verdict("1 of 2 consumers came" in sender.err and receiver.code == 4 and not receiver.out,
                  "exit 6; %s; its consumer: exit %d" % (last_line(sender.err), receiver.code))


# ---------------------------------------------------------------- what nobody took

def unread(session, link, enough, seconds=15):
    """The last UNREAD (stream, oldest, frames) that says enough."""
    body = session.hear(link, lambda typ, b: typ == 0xC5 and len(b) >= 24 and enough(*struct.unpack(">QQQ", b[:24])),
                        seconds, "UNREAD")
    return struct.unpack(">QQQ", body[:24])


@row("A1.10a", "UNREAD tells the producer what nobody took")
def _(stage):
    session = stage.raw(stage.relay("--retention", "0"))
    link = session.produce()
    head = session.open(link)
    session.data(link, range(200), size=10_000)
    stream, oldest, frames = unread(session, link, lambda stream, oldest, frames: oldest > 50)
    raise Verdict(stream == head.stream and frames == oldest <= 200, "%d frames unread, %d is the oldest" % (frames, oldest))


@row("A1.10b", "UNREAD after a rejoin; what was taken does not count")
def _(stage):
    session = stage.raw(stage.relay("--retention", "0"), seed=os.urandom(32))
    link = session.produce()
    session.open(link)
    reader = session.join(hp.CONSUMER, flags=2, start=1)
    session.data(link, range(50), size=10_000)
    read = 0
    while read <= 50:                     # the HEAD, and frames 0 … 49
        read += not reader.next()[0]
    reader.ctl(hp.BYE)
    reader.sock.close()
    session.hear(link, lambda typ, b: typ == hp.ACK and hp.fields(">Q8sQI", b)[3] == 0, 8, "an ACK without consumers")
    session.data(link, range(50, 250), size=10_000)
    session.settled(link, 250)
    link.sock.close()
    again = session.produce(start=2, id=session.head.epoch, seq=250)
    _, oldest, frames = unread(session, again, lambda *_: True)
    raise Verdict(frames == oldest - 50, "%d frames unread, %d is the oldest, 50 were taken" % (frames, oldest))


def told_row(id, what, args):
    @row(id, "%s says once that nobody took the beginning" % what)
    def _(stage):
        relay = stage.relay()
        noise(stage)
        sender = stage.hydra(*(relay.where if a == "R" else a for a in args), stdin=subprocess.PIPE)
        if "-" in args:
            sender.stdin.write(stage.path("f").read_bytes())
        sender.stdin.flush()
        end = time.monotonic() + 20
        while sender.code is None and time.monotonic() < end and "obody has taken" not in sender.err:
            time.sleep(0.05)
        time.sleep(2.5)                   # more than one UNREAD would need
        said = [x for x in sender.err.splitlines() if "obody has taken" in x]
        raise Verdict(len(said) == 1 and bool(re.search(r"\d", said[0])), said[0] if said else "it says nothing of it")


told_row("A1.10c", "share", ("share", "--relay", "R", "--", "sh", "-c", "cat f; sleep 6"))
told_row("A1.10d", "send of stdin, --wait-consumers 0,", ("send", "--relay", "R", "--wait-consumers", "0", "-"))


# ---------------------------------------------------------------- a receiver that waits

WAITS = re.compile(r"(?i)nobody|no producer|wait")


def spoken(condition):
    """Waits until it is said, or has not been in 12 s; and long enough to hear it twice."""
    end = time.monotonic() + 12
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(3)


def absent(stage):
    relay = stage.relay()
    return stage.raw(relay)


@row("A1.11a", "recv of a session that nobody has open says so")
def _(stage):
    receiver = absent(stage).recv()
    spoken(lambda: WAITS.search(receiver.err))
    said = [x for x in receiver.err.splitlines() if WAITS.search(x)]
    raise Verdict(len(said) == 1, "%d lines: %s" % (len(said), last_line(receiver.err)))


@row("A1.11b", "recv --json of a session whose producer went for good")
def _(stage):
    relay = stage.relay("--linger", "1s")
    session = stage.raw(relay)
    link = session.produce()
    session.open(link)
    link.sock.close()
    time.sleep(2)                         # the relay forgets the session
    receiver = session.recv("--json")
    spoken(lambda: re.search(r'"event":"(?!connected|progress)', receiver.err))
    names = [json.loads(x)["event"] for x in receiver.err.splitlines()]
    said = [x for x in names if x not in ("connected", "progress")]
    raise Verdict(len(said) == 1, "events: %s" % (said or sorted(set(names))))


@row("A1.11c", "recv on a terminal that waits says so")
def _(stage):
    session = absent(stage)
    ours, theirs = pty.openpty()
    process = subprocess.Popen([str(stage.checkout / "hydra"), *map(str, session.recv_args())],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, cwd=stage.scratch,
                               env={**os.environ, "XDG_CONFIG_HOME": str(stage.path("config")), "TERM": "xterm"})
    stage.processes.append(process)
    os.set_blocking(ours, False)
    text, said, end = "", None, time.monotonic() + 12
    while not said and time.monotonic() < end:
        try:
            text += os.read(ours, 1 << 16).decode(errors="replace")
        except BlockingIOError:
            time.sleep(0.05)
        said = re.search(r"(?i)nobody|no producer|waiting for a producer", text)
    raise Verdict(bool(said), "on the screen: %r" % re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]+", " ", text).strip()[-100:])


# ---------------------------------------------------------------- little room

def waiting_send(stage, seconds, *relay_options):
    relay, path = stage.relay(*relay_options), noise(stage)
    sender = stage.hydra("send", "--relay", relay.where, "--ticket-file", stage.path("t"), path)
    ticket = ticket_of(sender, stage.path("t"))
    late(sender, seconds)
    receiver = stage.hydra("recv", ticket, "-q")
    receiver.wait(60)
    judge_whole(receiver.code, receiver.out, path.read_bytes()) if receiver.code == 0 else None
    raise Verdict(False, "exit %d, %s" % (receiver.code, last_line(receiver.err)))


@row("A1.12a", "--retention 0, late: recv gets all")
def _(stage): waiting_send(stage, 4, "--retention", "0")


@row("A1.12b", "a relay short of memory, late: recv gets all")
def _(stage): waiting_send(stage, 4, "--memory", "4MiB")


@row("A1.12c", "a sender that waits sends no TICKs to nobody")
def _(stage):
    relay = stage.relay("--retention", "0")
    session = stage.raw(relay, seed=os.urandom(32))
    owner = stage.secret("owner.key", session.seed.hex())
    sender = stage.hydra("send", "--relay", relay.where, "--relay-key", relay.key, "--session-id", session.sid.hex(),
                         "--session-key", "@%s" % session.key_file, "--owner-key", "@%s" % owner, "--wait-consumers", "1",
                         noise(stage, size=1000))
    until(lambda: "waiting" in sender.err, 60, "word that it waits", sender)
    time.sleep(15)
    came, consumer, stale = hp.now_ms(), session.join(hp.CONSUMER, flags=2, start=1), 0
    while True:
        inner, typ, raw = consumer.next()
        if inner:
            continue
        if typ == hp.HEAD:
            head = hp.Head(raw, session.sid)
            keys = hp.Keys(head.salt, head.T, session.key)
        elif typ == hp.TICK:
            stale += struct.unpack(">Q", keys.open(raw))[0] < came - 500
        else:
            break
    raise Verdict(not stale and sender.wait(60) == 0, "%d TICKs from before the first consumer" % stale)
