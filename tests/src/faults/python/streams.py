"""A2 to A6: a stream behind a stream, false replays, positions, signed ends, stale owners."""
import json, os, subprocess, time
from rows import row
from stage import hp, Verdict, last_line, until


# ---------------------------------------------------------------- A2: a ring sealed anew after the relay lost its state

def lost(stage, session, relay):
    """Another relay in its place, to which a producer brings its stream B from frame 5 on."""
    relay = relay.replaced()
    link = session.produce(relay)
    stream = max(hp.now_ms(), (session.head.epoch if session.head else 0) + 1000)
    session.open(link, first=5, stream=stream, epoch=stream + 10)
    session.data(link, range(5, 8), "B%d\n")
    session.end(link, 8)
    session.settled(link, 9)
    link.ctl(hp.BYE)
    return relay


def stream_a(session, relay, frames=3, final=0):
    """Stream A; its END too, unless final is None."""
    link = session.produce(relay)
    session.open(link)
    session.data(link, range(frames), "A%d\n")
    if final is not None:
        session.end(link, frames, final)
    session.settled(link, frames + (final is not None))
    return link


def judge_lost(receiver, out):
    gaps = [(e["from"], int(e["to"])) for e in receiver.events("gap")]
    told = receiver.code == 3 or (0, 5) in gaps
    raise Verdict(told, "exit %d, received %s, B 0-4 %s" % (receiver.code, " ".join(out.decode().split()) or "nothing",
                                                            "told as missing" if told else "vanished unseen"))


@row("A2a", "a stream from frame 5 behind an ended one")
def _(stage):
    relay = stage.relay()
    session, pos, out = stage.raw(relay), stage.path("pos"), stage.path("out")
    first = session.recv("--position-file", pos, "-o", out)
    stream_a(session, relay)
    until(lambda: out.exists() and out.read_bytes().count(b"\n") == 3, 60, "stream A")
    time.sleep(1)
    first.process.terminate()             # which notes the position, A's END included
    first.wait(10)
    if " stream " not in pos.read_text():
        raise Verdict(False, "A's END is not noted: %s" % pos.read_text().strip())
    lost(stage, session, relay)
    receiver = session.recv("--position-file", pos, "-o", out, "--json")
    receiver.wait(60)
    judge_lost(receiver, out.read_bytes())


@row("A2b", "the first stream ever, from frame 5")
def _(stage):
    relay = stage.relay()
    session = stage.raw(relay)
    receiver = session.recv("--json")
    until(lambda: receiver.events("connected"), 60, "the receiver")
    lost(stage, session, relay)
    receiver.wait(60)
    judge_lost(receiver, receiver.out)


@row("A2c", "attached all the time, A without its end, --allow-gaps")
def _(stage):
    relay = stage.relay()
    session = stage.raw(relay)
    receiver = session.recv("--json", "--allow-gaps")
    stream_a(session, relay, final=None)
    until(lambda: receiver.out.count(b"\n") == 3, 60, "stream A")
    lost(stage, session, relay)
    receiver.wait(60)
    judge_lost(receiver, receiver.out)


@row("A2d", "a live receiver that has had nothing yet")
def _(stage):
    relay = stage.relay()
    session = stage.raw(relay)
    stream_a(session, relay, final=None)
    receiver = session.recv("--json", "--from", "live", "--allow-gaps")
    until(lambda: receiver.events("connected"), 60, "the receiver")
    lost(stage, session, relay)
    receiver.wait(60)
    judge_lost(receiver, receiver.out)


# ---------------------------------------------------------------- A3: HEADs without frames

def heads(stage, count, seed, *options):
    """HEADs of so many streams and no frame; then the connection breaks, and the last stream goes on."""
    relay = stage.relay("--linger", "20s")
    session, proxy = stage.raw(relay, seed), stage.proxy(relay)
    link = session.produce()
    session.open(link)
    receiver = session.recv("--json", *options, at=proxy)
    until(lambda: receiver.events("connected"), 60, "the receiver")
    for _ in range(count - 1):
        link.sock.close()
        time.sleep(0.3)
        link = session.produce()
        session.open(link)
    time.sleep(0.5)
    proxy.cut()
    time.sleep(3)
    before = receiver.code
    link.raw(session.keys.seal(hp.DATA, 0, b"hello\n") + session.end_frame(1))
    session.settled(link, 2)
    link.ctl(hp.BYE)
    return receiver, before


@row("A3a", "two HEADs without a frame, a cut")
def _(stage):
    receiver, before = heads(stage, 2, None)
    receiver.wait(60)
    raise Verdict(receiver.code == 4 and "frame 0" in receiver.err,
                  "exit %d%s; %s" % (receiver.code, " at the cut" if before == 5 else "", last_line(receiver.err)))


@row("A3b", "three HEADs of an owned session, a cut, --allow-gaps")
def _(stage):
    receiver, before = heads(stage, 3, os.urandom(32), "--allow-gaps")
    receiver.wait(60)
    raise Verdict(receiver.code == 4 and receiver.out == b"hello\n",
                  "exit %d, %d bytes; %s" % (receiver.code, len(receiver.out), last_line(receiver.err)))


# ---------------------------------------------------------------- A4: a position behind a truncated stream

def sender(stage, owner, ticket, *options):
    return stage.hydra("send", "--ticket", "@%s" % ticket, "--owner-key", "@%s" % owner, "--lines", *options,
                       stdin=subprocess.PIPE)


def killed_then_ended(stage, *options):
    """Two lines, kill -9, two lines and the end; the receiver is attached from the beginning."""
    relay = stage.lasting_relay()
    owner, ticket = stage.owned_ticket(relay)
    out, pos = stage.path("out"), stage.path("pos")

    def recv(*more): return stage.hydra("recv", "@%s" % ticket, "-o", out, "--position-file", pos, "--lines", *more)
    one, receiver = sender(stage, owner, ticket), recv(*options)
    one.type("one\ntwo\n")
    until(lambda: out.exists() and out.read_bytes() == b"one\ntwo\n", 60, "the first two lines", one, receiver)
    one.kill()
    one.process.wait()
    two = sender(stage, owner, ticket)
    two.type("three\nfour\n")
    two.stdin.close()
    if two.wait(60, "the second sender's end"):
        raise Verdict(False, "second send: exit %d; %s" % (two.code, last_line(two.err)))
    receiver.wait(60)
    return receiver, recv, out, pos


@row("A4a", "position file, the sender killed: the next recv goes on")
def _(stage):
    receiver, recv, out, pos = killed_then_ended(stage)
    noted, codes = pos.read_text(), [receiver.code]
    for _ in range(2):
        again = recv()
        codes.append(again.wait(60))
    whole = out.read_bytes() == b"one\ntwo\nthree\nfour\n"
    raise Verdict(codes[:2] == [4, 0] and whole, "exits %s, %d of 4 lines, the position %s" % (
        " ".join(map(str, codes)), out.read_bytes().count(b"\n"), "does not move" if noted == pos.read_text() else "moves"))


@row("A4b", "position file, nobody killed, the first stream's END trimmed")
def _(stage):
    relay = stage.lasting_relay("--retention", "1m")
    session, out, pos = stage.raw(relay), stage.path("out"), stage.path("pos")
    link = session.produce()
    session.open(link)
    session.data(link, range(2), "A%d\n")
    session.settled(link, 2)

    def recv(*more): return session.recv("-o", out, "--position-file", pos, *more)
    recv("--count", "2", "--from", "oldest").wait(60)
    session.data(link, range(2, 4), "A%d\n")
    session.end(link, 4, final=0)
    session.settled(link, 5)
    link.sock.close()
    time.sleep(0.5)
    link = session.produce()
    session.open(link)
    session.data(link, range(40), "B%d\n", size=100_000)
    session.end(link, 40)
    session.settled(link, 41)
    link.ctl(hp.BYE)
    codes = [recv().wait(60)]             # A is told as truncated; then B, whose beginning is gone, too
    codes += [recv("--allow-gaps").wait(60) for _ in range(2)]
    lines = out.read_bytes().split(b"\n")
    raise Verdict(codes == [4, 3, 0] and lines[:2] == [b"A0", b"A1"] and lines[-2].endswith(b"B39"),
                  "exits %s, the last message is %s" % (" ".join(map(str, codes)), lines[-2].decode().strip(".")))


@row("A4c", "position file, the sender killed, --allow-gaps: says so, goes on, 4")
def _(stage):
    receiver, _, out, _ = killed_then_ended(stage, "--allow-gaps")
    whole = out.read_bytes() == b"one\ntwo\nthree\nfour\n"
    raise Verdict(receiver.code == 4 and whole, "exit %d, %d of 4 lines; %s" % (
        receiver.code, out.read_bytes().count(b"\n"), last_line(receiver.err)))


@row("A4d", "position file and --exec, the sender killed: the next recv goes on")
def _(stage):
    relay = stage.lasting_relay()
    owner, ticket = stage.owned_ticket(relay)
    out, pos, codes = stage.path("out"), stage.path("pos"), []

    def recv(): return stage.hydra("recv", "@%s" % ticket, "--position-file", pos, "--exec", "cat >>out; echo >>out")
    one, receiver = sender(stage, owner, ticket), recv()
    one.type("one\ntwo\n")
    until(lambda: out.exists() and out.read_bytes() == b"one\ntwo\n", 60, "the first two messages", one, receiver)
    one.kill()
    one.process.wait()
    two = sender(stage, owner, ticket)
    two.type("three\nfour\n")
    two.stdin.close()
    two.wait(60, "the second sender's end")
    codes.append(receiver.wait(60))
    codes.append(recv().wait(60))
    raise Verdict(codes == [4, 0] and out.read_bytes() == b"one\ntwo\nthree\nfour\n", "exits %s, %d of 4 messages" % (
        " ".join(map(str, codes)), out.read_bytes().count(b"\n")))


# ---------------------------------------------------------------- A5: END in a SIGNED epoch

def signed_end(stage, relay, final):
    """A signed epoch with three messages and its END, covered."""
    session = stage.raw(relay, seed=os.urandom(32))
    link = session.produce()
    session.open(link, flags=1)
    frames = [session.keys.seal(hp.DATA, i, b"%d\n" % i) for i in range(3)] + [session.end_frame(3, final)]
    link.raw(b"".join(frames) + hp.make_check(session.keys, 4, 0, frames, session.seed))
    session.settled(link, 5)
    return session, link


def joins_live(session, relay):
    """What a live joiner behind END gets."""
    consumer = session.join(hp.CONSUMER, relay, flags=2, start=0)
    consumer.deadline = time.monotonic() + 8
    came = []
    try:
        while hp.CHECK not in came:
            inner, typ, _ = consumer.next()
            came += [] if inner else [typ]
    except (TimeoutError, EOFError):
        pass
    raise Verdict(consumer.joined.seq == 3 and came == [hp.HEAD, hp.END, hp.CHECK],
                  "joined at frame %d, END was 3; %s" % (consumer.joined.seq, "END comes" if hp.END in came else "no END comes"))


@row("A5a", "live joiner behind the END of a SIGNED epoch")
def _(stage):
    relay = stage.relay()
    session, link = signed_end(stage, relay, 1)
    link.ctl(hp.BYE)
    joins_live(session, relay)


@row("A5b", "live joiner behind an END that is not final")
def _(stage):
    relay = stage.relay()
    joins_live(signed_end(stage, relay, 0)[0], relay)


@row("A5c", "the same at the relay of the checkout's Python peer")
def _(stage):
    relay = stage.peer_relay()
    joins_live(signed_end(stage, relay, 1)[0], relay)


# ---------------------------------------------------------------- A6: a stale owner

@row("A6a", "a sender that slept undoes a takeover")
def _(stage):
    relay = stage.relay()
    owner, ticket = stage.owned_ticket(relay)
    proxy = stage.proxy(relay)
    text = ticket.read_text().strip()
    asleep = stage.secret("asleep.ticket", text.replace(relay.where, proxy.where))
    stale = sender(stage, owner, asleep)
    stale.type("stale\n")
    watcher = stage.raw_ticket(relay, text)
    until(lambda: watcher.last_epoch(), 60, "the first sender's HEAD")
    first = watcher.last_epoch()
    proxy.hold()                          # it hears nothing any more, as if it were stopped
    fresh = sender(stage, owner, ticket)
    fresh.type("fresh\n")
    until(lambda: watcher.last_epoch() > first, 60, "the HEAD of the one that took over")
    proxy.cut()                           # it wakes up, and its connection has ended meanwhile
    until(lambda: stale.code is not None or fresh.code is not None, 60, "the stale one's end")
    time.sleep(1)
    if fresh.code is not None:
        raise Verdict(False, "the one that took over: exit %d; %s" % (fresh.code, last_line(fresh.err)))
    fresh.type("more\n")
    fresh.stdin.close()
    fresh.wait(60)
    raise Verdict(fresh.code == 0 and stale.code != 0, "the stale one: exit %d, %s; the other: exit %d" % (
        stale.code, last_line(stale.err), fresh.code))


def stale_join(stage, id_of, connected=True):
    """Two owners, one after the other; the first comes back as if it had slept."""
    session = stage.raw(stage.relay(), seed=os.urandom(32))
    first = session.produce()
    old = session.open(first).epoch
    session.data(first, range(2))
    session.settled(first, 2)
    second = session.produce()
    session.open(second)
    session.settled(second, 0)
    try:
        session.produce(start=2, id=id_of(old, session.head.epoch), seq=2)
        said = "JOINED"
    except hp.Fault as e:
        said = e.code
    session.data(second, range(1))
    try:
        session.settled(second, 1)
        other = "goes on"
    except Verdict as v:
        other = v.seen
    raise Verdict(said == "REPLACED" and other == "goes on", "the stale one: %s; the one that took over: %s" % (said, other))


@row("A6b", "JOIN at an old epoch while another is connected")
def _(stage): stale_join(stage, lambda old, new: old)


@row("A6c", "JOIN at an epoch between the two")
def _(stage): stale_join(stage, lambda old, new: new - 1)
