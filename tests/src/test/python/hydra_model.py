#!/usr/bin/env python3
"""A model of streams without sockets: the log of hydra_peer's relay, the ring of its producer and the rules of its consumer, in
random worlds where producers come, rotate, leave and crash, frames are lost on the way, a relay forgets, and consumers are cut
off, moved forward and started again.

Of each stream of which a consumer has verified a HEAD, every frame from where it began there to the stream's END is delivered,
or in a GAP event, or behind a TRUNCATED event, and that once; and no honest relay makes a consumer fail. Then each part of the
rules is left out in turn, and has to be missed."""
import argparse, collections, random, sys
sys.dont_write_bytecode = True
import hydra_peer as hp
from hydra_peer import AT, CHECK, DATA, END, GAP, HEAD, OVER, ROTATED, TICK

SIZE = 10                                            # of every frame, in bytes
STARTS = ("beginning", "oldest", "live")


class Wrong(Exception):
    """What the rules do not allow."""


class Head:
    def __init__(self, epoch, stream, first, signed):
        self.epoch, self.stream, self.first, self.signed = epoch, stream, first, signed
        self.T, self.raw = (epoch, stream, first), bytes([0, 0, 0, 0, HEAD]).ljust(SIZE)


def sealed(typ, final): return bytes([0, 0, 0, 0, typ, 255 if final is None else final]).ljust(SIZE)


class Producer:
    """One process. What its ring no longer holds when a relay has forgotten it is lost."""
    def __init__(self, world, signed, ring, old):
        self.world, self.signed, self.old = world, signed, old      # old: rotates with END 0
        self.ring, self.seq, self.stream = hp.Ring(ring), 0, 0
        self.uncovered = 0
        self.open_epoch(0)

    def open_epoch(self, first):
        self.epoch = self.world.new_epoch()
        self.stream = self.stream or self.epoch
        head = Head(self.epoch, self.stream, first, self.signed)
        self.world.heads[self.stream].append(head)
        self.world.relay.append(head, None, head.raw)

    def send(self, typ, final=None, arrives=True):
        s = hp.Sealed(self.seq, typ, final, sealed(typ, final), self.epoch)
        self.seq += 1
        self.ring.put(s)
        self.world.sent[self.stream] = self.seq
        self.uncovered = 0 if typ == CHECK else self.uncovered + 1
        if arrives:
            self.forward(s)
        if self.signed and (typ == END or self.uncovered == 3):
            self.send(CHECK, arrives=arrives)

    def forward(self, s):
        r = self.world.relay
        if r.heads and r.heads[-1].epoch == self.epoch and r.next == s.seq:
            r.append(r.heads[-1], s.seq, s.raw)
            self.ring.acked(r.next)

    def rotate(self):
        self.send(END, 0 if self.old else ROTATED)
        self.open_epoch(self.seq)

    def come_back(self, resume=True):
        """Over a new connection: what the relay does not have, or all of the ring under new keys."""
        r, oldest = self.world.relay, self.ring.frames[0].seq if self.ring.frames else self.seq
        if resume and r.heads and r.heads[-1].epoch == self.epoch and oldest <= r.next:
            for s in [s for s in self.ring.frames if s.seq >= r.next]:
                self.forward(s)
            return
        runs, last = self.ring.runs(), [s for s in self.ring.frames if s.typ != CHECK][-1:]
        runs += [[]] * (last != [] and last[0].final == 0)          # an old producer is about to go on behind its END 0
        self.ring = hp.Ring(self.ring.limit)
        for run in runs:
            self.open_epoch(run[0].seq if run else self.seq)
            for s in run:
                self.ring.put(s._replace(epoch=self.epoch))
                self.forward(s._replace(epoch=self.epoch))


class SkippedView(hp.View):
    """A consumer's view that may be moved forward as SKIP does: every HEAD on the way is given, no END is passed, and in a
    SIGNED epoch a jump begins and ends behind a CHECK or a HEAD."""
    def take(self, most=64):
        out = super().take(most)
        self.held = self.at                              # it is there at once
        return out

    def boundary(self, i):
        log = self.session.log[i - 1 - self.session.base:i - self.session.base]
        return not log or not log[0][0].signed or log[0][1] is None or log[0][2][4] == CHECK

    def skip(self, n):
        s, start = self.session, self.at
        if self.want or not self.boundary(start) or start <= s.base:
            return []
        h, seq, _ = s.log[start - 1 - s.base]
        items = s.log[start - s.base:start - s.base + n]
        ends = [i for i, (_, q, raw) in enumerate(items) if q is not None and raw[4] == END]
        items = items[:ends[0]] if ends else items
        while items and not self.boundary(start + len(items)):
            items.pop()
        out, a = [], h.first if seq is None else seq + 1
        b, stream, self.at, self.held = a, h.stream, start + len(items), start + len(items)
        for h, seq, raw in items:
            if seq is None:
                out += [(GAP, (stream, a, b))] * (b > a) + [(HEAD, h, None, raw)]
                self.head, stream, a, b = h, h.stream, h.first, h.first
            else:
                if h is not self.head:
                    out.append((HEAD, h, None, h.raw))
                    self.head = h
                b = seq + 1
        return out + [(GAP, (stream, a, b))] * (b > a)


class Consumer:
    """The rules, and a ledger of what was told."""
    def __init__(self, world, start, rules):
        self.world, self.start, self.rules = world, start, rules
        self.at = rules(start, self.told)
        self.view, self.queue = None, collections.deque()
        self.ledger = collections.defaultdict(collections.Counter)
        self.truncated, self.ends, self.heads, self.last, self.begun = {}, {}, [], {}, {}
        self.joined_first, self.nowhere, self.skipped = None, False, False

    def told(self, name, **kw):
        if name == "GAP":
            gone = range(kw["from"], kw["to"])
            self.ledger[kw["stream"]].update(gone)
            had = [seq for stream, seq in self.there if stream == kw["stream"] and seq in gone]
            if had and not self.skipped and self.forgets == self.world.forgets:
                raise Wrong("LOST: %s of stream %d, which the relay had when it was joined" % (had, kw["stream"]))
        elif name == "TRUNCATED":
            if kw["stream"] in self.truncated or kw["stream"] in self.ends:
                raise Wrong("TRUNCATED told twice or after END")
            self.truncated[kw["stream"]] = kw["next"] or 0
        else:
            self.begun[kw["stream"]] = kw["seq"]

    def join(self, restarted=False):
        if restarted and self.at.position():
            self.at = self.rules(self.start, self.told, self.at.position())
        relay = self.world.relay
        # What it can have from there; not what waits for its CHECK, or comes again in a later epoch.
        epochs = collections.Counter(h.stream for h in relay.heads)
        self.there = {(h.stream, seq) for h, seq, _ in relay.log if seq is not None and not h.signed and epochs[h.stream] == 1}
        self.view = SkippedView(relay, *self.at.request())
        if not self.joined_first:
            self.joined_first, self.at_join = self.view.joined, dict(self.world.sent)
        if self.view.joined == (0, 0) and self.at.next is None and (self.start, self.joined_first) != ("live", self.at.place):
            self.nowhere = True
        self.at.joined(*self.view.joined)
        self.queue.clear()
        self.held, self.signed, self.skipped, self.heads_here, self.forgets = [], False, False, 0, self.world.forgets

    def cut(self):
        self.world.relay.views.discard(self.view)
        self.view = None

    def read(self, n):
        for _ in range(n):
            if not self.queue:
                self.queue.extend(self.view.take(1))
            if not self.queue:
                return False
            kind, h, *rest = self.queue.popleft()
            if kind == GAP:
                self.at.on_gap(*h)
            elif kind == HEAD:
                self.on_head(h)
            else:
                self.on_frame(h, *rest)
        return True

    def on_head(self, h):
        self.heads_here += 1
        if self.at.admit(h):
            self.held = []
        self.at.on_head(h)
        self.signed = h.signed
        if not self.heads:
            self.first_head = h
        if h.stream not in self.heads:
            self.heads.append(h.stream)

    def on_frame(self, h, seq, raw):
        typ, final = raw[4], raw[5] if raw[5] != 255 else None
        self.at.expect(seq)
        self.at.opened(seq, typ)
        self.held.append((h.stream, seq, typ, final))
        if not self.signed or typ == CHECK:
            held, self.held = self.held, []
            for each in held:
                self.deliver(*each)

    def deliver(self, stream, seq, typ, final):
        began = stream in self.begun
        if self.at.deliver(seq, final):
            self.ledger[stream][seq] += 1
            self.last[stream] = final if typ != CHECK else self.last.get(stream)
            if self.world.over.get(stream) == seq:
                self.ends[stream] = seq
        quiet = not self.nowhere and not self.skipped and self.heads_here == 1 and self.forgets == self.world.forgets
        begun = (stream, self.begun.get(stream))
        if not began and begun[1] is not None and self.start == "oldest" and quiet and begun != self.view.joined:
            raise Wrong("LOST: oldest began at %s, not at %s" % (begun, self.view.joined))

    # ---- what must be true in the end
    def begins(self, stream):
        """From where on every frame of a stream has to be told of."""
        if self.start == "beginning" or stream != self.heads[0]:
            return 0
        if self.nowhere and self.first_head is not self.world.heads[stream][0]:
            return self.first_head.first         # what the relay had let go of before this HEAD came: nobody can know
        if self.start == "live" or self.nowhere:
            return self.at_join.get(stream, 0)
        return self.begun.get(stream, self.world.sent[stream])

    def check(self):
        for stream, told in self.ledger.items():
            if told and max(told.values()) > 1:
                raise Wrong("TWICE: %d of stream %d" % (max(told, key=told.get), stream))
        for stream in self.heads:
            if stream == self.at.stream:
                to = self.at.next or 0
            elif stream in self.truncated:
                to = max(self.ledger[stream], default=-1) + 1
            else:
                to = self.world.sent[stream]
                if stream not in self.ends and self.last.get(stream) != 0:
                    raise Wrong("LOST: the end of stream %d" % stream)
                if stream not in self.ends:
                    to = 0                           # an old producer's END 0, behind which it went on: nobody can know
            for seq in range(self.begins(stream), to):
                if not self.ledger[stream][seq]:
                    raise Wrong("LOST: %d of stream %d" % (seq, stream))
        self.check_arrived(self.world.relay)

    def check_arrived(self, relay):
        """It has read all that the relay has: up to there something was delivered, or waits for its CHECK, or a GAP said so."""
        if relay.heads:
            gap = [self.at.gap[2]] if self.at.gap and self.at.gap[0] == self.at.stream else []
            upto = max(gap + [seq + 1 for _, seq, *_ in self.held] + [self.at.next or 0])
            last = relay.heads[-1]
            nothing = self.at.next is None and (relay.next == last.first or self.at.place == (last.stream, relay.next))
            if (self.at.stream, upto) != (last.stream, relay.next) and not nothing:
                raise Wrong("STUCK: at %s of %s" % ((self.at.stream, upto), (last.stream, relay.next)))


class World:
    def __init__(self, seed, start, rules):
        self.rnd = rnd = random.Random(seed)
        self.relay = hp.Session(bytes(64), SIZE * rnd.choice((1, 3, 8, 100)))
        self.ring, self.signed, self.old = SIZE * rnd.choice((2, 3, 6, 100)), rnd.random() < 0.3, rnd.random() < 0.15
        self.epoch, self.forgets = 0, 0
        self.sent, self.over, self.heads = collections.Counter(), {}, collections.defaultdict(list)
        self.producer, self.consumer = None, Consumer(self, start, rules)

    def new_epoch(self):
        self.epoch += 1
        return self.epoch

    def produce(self, x):
        p = self.producer
        if p is None:
            if x < 0.4:
                self.producer = Producer(self, self.signed, self.ring, self.old)
            return
        if x < 0.35:
            p.send(DATA)
        elif x < 0.42:
            p.send(TICK, arrives=False)              # comes with what resumes
        elif x < 0.47:
            p.rotate()
        elif x < 0.54:
            if x < 0.51:
                self.over[p.stream] = p.seq
                p.send(END, OVER if x < 0.49 else 0)
            self.producer = None                     # else it has crashed
        if self.producer and self.rnd.random() < 0.8:
            p.come_back()

    def forget(self):
        """The relay loses everything; the connection of a consumer that waits may stand."""
        self.forgets += 1
        if self.consumer.view and self.rnd.random() < 0.5:
            self.consumer.cut()
        self.relay.forget()
        if self.producer and self.rnd.random() < 0.7:
            self.producer.come_back()
        else:
            self.producer = None

    def consume(self, x, y):
        c = self.consumer
        if c.view is None:
            if x < 0.6:
                c.join(restarted=y < 0.15)
        elif x < 0.15:
            c.cut()
        elif x < 0.2:
            c.queue.extend(c.view.skip(self.rnd.randint(1, 6)))
            c.skipped = True
        if c.view:
            c.read(self.rnd.randint(0, 6))

    def step(self):
        rnd = self.rnd
        self.produce(rnd.random())
        x = rnd.random()
        if x < 0.06:
            self.forget()
        elif x < 0.09 and self.producer and self.relay.heads:
            self.producer.come_back(resume=False)
        self.consume(rnd.random(), rnd.random())

    def run(self):
        """-> None, or what went wrong."""
        try:
            for _ in range(self.rnd.randint(10, 60)):
                self.step()
            if self.consumer.view is None:
                self.consumer.join()
            while self.consumer.read(64):
                pass
            self.consumer.check()
        except (Wrong, hp.Fault) as e:
            return " ".join(str(a) for a in e.args)


# ---------------------------------------------------------------- the rules with a part left out
class TruncatedOnlyBehindAFrame(hp.Reading):
    """No TRUNCATED for a stream of which a HEAD came and no frame."""
    some = False

    def deliver(self, seq, final=None, why="announced"):
        self.some = True
        return super().deliver(seq, final, why)

    def enter(self, h):
        self.ended, self.some = self.ended or not self.some, False
        super().enter(h)


class AnotherStreamBeginsAtItsHead(hp.Reading):
    """What lies before the `first` of another stream's HEAD is not missed."""
    def go_on(self, h):
        self.next = h.first if self.next == 0 else self.next
        super().go_on(h)


class EveryStreamIsTheFirst(hp.Reading):
    """Oldest takes what there is, in every stream."""
    def enter(self, h):
        if self.known and not self.ended:
            self.tell("TRUNCATED", stream=self.stream, next=self.next)
        self.first, self.known = self.start != "beginning", False
        super().enter(h)


class LiveComesBackLive(hp.Reading):
    """The place that the first JOINED named is forgotten."""
    def joined(self, stream, seq):
        super().joined(stream, seq)
        self.place = None


class NoGapBehindThePlace(hp.Reading):
    """What lies between the place and the first frame is not told."""
    def deliver(self, seq, final=None, why="announced"):
        if self.next is None and self.place:
            self.place = (self.place[0], seq)
        return super().deliver(seq, final, why)


class PlaceInEveryStream(hp.Reading):
    """A HEAD of another stream does not end the exception for live."""
    def enter(self, h):
        if self.place and not self.known:
            self.place = (h.stream, h.first)
        super().enter(h)


class NowhereIsOldest(hp.Reading):
    """After a JOINED of (0, 0): at the first frame that opens, not at the `first` of the first HEAD."""
    def begin(self, seq):
        if self.expected is not None or self.place:
            super().begin(seq)


class NowhereComesBackLive(hp.Reading):
    """After a JOINED of (0, 0) it comes back with start = live."""
    def request(self):
        start, stream, seq = super().request()
        return (hp.LIVE if start == hp.OLDEST and self.start == "live" else start), stream, seq


class RemembersTheEpoch(hp.Reading):
    """Without a position it does not forget the epoch that it saw."""
    def joined(self, stream, seq):
        seen = self.epoch, self.T
        super().joined(stream, seq)
        self.epoch, self.T = seen


class ZeroIsNoPosition(hp.Reading):
    """With next = 0 it comes back as it came."""
    def request(self):
        return super().request() if self.next else (hp.OLDEST, 0, 0)


class RotationEndsTheStream(hp.Reading):
    """END with final = 2 counts as the stream's."""
    def deliver(self, seq, final=None, why="announced"):
        return super().deliver(seq, 0 if final == ROTATED else final, why)

    def go_on(self, h):
        ended = self.ended
        super().go_on(h)
        self.ended = ended


class EndShutsForEver(hp.Reading):
    """After END 0 a HEAD of the same stream does not open it again."""
    def go_on(self, h):
        ended = self.ended
        super().go_on(h)
        self.ended = ended


class JoinedPermitsNothing(hp.Reading):
    """JOINED's position permits no jump from `next`."""
    def permitted(self): return None


class HeadPermitsNothing(hp.Reading):
    """The first frame is at JOINED's position only."""
    def expect(self, seq):
        if self.expected is None and self.named[0] == self.head.stream and seq != self.named[1] and not self.gap:
            raise hp.Fault("GAP", "not at JOINED's position")
        super().expect(seq)


class SilentHead(hp.Reading):
    """A HEAD with `first` above `next` is no GAP event."""
    def skip_to(self, seq, why):
        self.next = max(self.next, seq) if why == "HEAD" else self.next
        super().skip_to(seq, why)


class SilentGap(hp.Reading):
    """A frame beyond `next` is no GAP event."""
    def skip_to(self, seq, why):
        self.next = max(self.next, seq) if why == "announced" else self.next
        super().skip_to(seq, why)


class DeliversAgain(hp.Reading):
    """What was delivered before is not dropped."""
    def deliver(self, seq, final=None, why="announced"):
        return super().deliver(seq, final, why) or True


LEFT_OUT = (TruncatedOnlyBehindAFrame, AnotherStreamBeginsAtItsHead, EveryStreamIsTheFirst, LiveComesBackLive, NoGapBehindThePlace,
            PlaceInEveryStream, NowhereIsOldest, NowhereComesBackLive, RemembersTheEpoch, ZeroIsNoPosition, RotationEndsTheStream,
            EndShutsForEver, JoinedPermitsNothing, HeadPermitsNothing, SilentHead, SilentGap, DeliversAgain)


# ---------------------------------------------------------------- relays that lie
def script(start, *steps, rules=hp.Reading, position=None):
    """What is told when this comes: ("j", stream, seq) JOINED, ("h", epoch, stream, first), ("g", stream, from, to), seq."""
    said = []
    at = rules(start, lambda name, **kw: name == "GAP" and said.append("%d-%d" % (kw["from"], kw["to"])), position)
    try:
        for step in steps:
            if isinstance(step, int):
                at.expect(step)
                at.opened(step, DATA)
                said += [str(step)] * at.deliver(step)
            elif step[0] == "j":
                at.joined(*step[1:])
            elif step[0] == "g":
                at.on_gap(*step[1:])
            else:
                at.on_head(Head(*step[1:], False))
    except hp.Fault as e:
        said.append(e.code)
    return " ".join(said)


FAR = 1 << 61
BACK = (("j", 7, FAR), ("h", 7, 7, 0), 0, 1)           # a place that no stream will ever reach
SCRIPTS = [                                            # what it tells, start, what comes, position
    ("GAP", "beginning", (("j", 7, 0), ("h", 7, 7, 0), 3), None),
    ("0-3 3", "beginning", (("j", 7, 3), ("h", 7, 7, 0), 3), None),
    ("0-3 3", "beginning", (("j", 7, 0), ("g", 7, 0, 3), ("h", 7, 7, 0), 3), None),
    ("0-3 3", "beginning", (("j", 7, 3), ("h", 8, 7, 3), 3), None),
    ("0-3 3 4 5-7 7", "beginning", (("j", 0, 0), ("h", 8, 7, 3), 3, 4, ("g", 7, 5, 9), 7), None),
    ("3", "oldest", (("j", 7, 3), ("h", 7, 7, 0), 3), None),
    ("5 6", "at", (("j", 7, 5), ("h", 7, 7, 0), 5, 6), (7, 0, None, 5, False)),
    ("GAP", "at", (("j", 7, 8), ("h", 7, 7, 0), 8), (7, 0, None, 5, False)),
    ("5-8 8", "at", (("j", 7, 8), ("g", 7, 5, 8), ("h", 7, 7, 0), 8), (7, 0, None, 5, False)),
    ("GAP", "at", (("j", 7, 8), ("g", 7, 6, 8), ("h", 7, 7, 0), 8), (7, 0, None, 5, False)),
    ("0-2 2", "at", (("j", 9, 2), ("g", 7, 5, hp.U64), ("h", 9, 9, 0), 2), (7, 7, (7, 7, 0), 5, True)),
    ("5 REPLAY", "at", (("j", 7, 5), ("h", 7, 7, 0), 5, 5), (7, 0, None, 5, False)),
    ("5", "at", (("j", 7, 3), ("h", 7, 7, 0), 3, 4, 5), (7, 0, None, 5, False)),
    ("STALE_EPOCH", "at", (("j", 6, 0), ("h", 6, 6, 0), 0), (7, 0, None, 5, False)),
    ("STALE_EPOCH", "at", (("j", 7, 5), ("h", 7, 7, 0), 5), (7, 8, (8, 7, 2), 5, False)),
    ("5 6", "live", (("j", 7, 5), ("h", 7, 7, 0), 5, 6), None),
    ("5-8 8", "live", (("j", 7, 5), ("j", 7, 8), ("g", 7, 5, 8), ("h", 7, 7, 0), 8), None),
    ("GAP", "live", (("j", 7, 5), ("j", 7, 8), ("h", 7, 7, 0), 8), None),
    ("0-2 2", "live", (("j", 7, 5), ("j", 9, 2), ("g", 7, 5, hp.U64), ("h", 9, 9, 0), 2), None),
    ("0 1", "live", BACK, None)]


class JoinedPermitsWhereItWasAsked(hp.Reading):
    """JOINED permits a jump also in the stream that was asked for by its place."""
    def permitted(self): return self.named_here()


class PlaceIsAPosition(hp.Reading):
    """The place that JOINED named counts as what was delivered."""
    def begin(self, seq):
        super().begin(self.place[1] if self.place else seq)


LIED_TO = (JoinedPermitsWhereItWasAsked, PlaceIsAPosition)


def lies(rules):
    """The scripts that go otherwise than they should."""
    said = [(want, script(start, *steps, rules=rules, position=position), start) for want, start, steps, position in SCRIPTS]
    return [x for x in said if x[0] != x[1]]


# ---------------------------------------------------------------- relays that lie, one connection after the other
FRAMES, EPOCH, DEADLINE, LONG = 8, 1000, 120, 1800
MOST = 64                                              # connections, beside four for each three seconds


class LiedTo:
    """A client in virtual time at a relay that plays a plan: a move for each connection, from the first again and again."""
    def __init__(self, plan, retries, deadline):
        self.plan, self.now, self.joins, self.retries, self.done = plan, 0.0, 0, retries(deadline, 0.0), False

    def run(self):
        """-> None, or what went wrong. It ends: all is there, or there is a typed error, or it is no worse than a silent relay."""
        try:
            while not self.done and self.now < LONG:
                self.joins += 1
                if self.joins > MOST + self.now * 4 / 3:
                    raise Wrong("ENDLESS: %d connections in %d s" % (self.joins, self.now))
                self.retries.joined(self.now)
                problem = self.connection(self.plan[self.joins % len(self.plan)])
                self.check()
                if problem is not None and not self.again(problem):
                    return None
        except Wrong as e:
            return str(e)

    def again(self, problem):
        self.retries.lost(self.now)
        if hp.counts(problem) and self.retries.failed(hp.failure_of(problem, self.here())) or hp.is_fatal(problem):
            return False
        pause = self.retries.wait(problem, self.now, lambda: 1)
        self.now += pause or 0
        return pause is not None

    def connection(self, move):
        try:
            self.play(move)
        except (hp.Fault, EOFError) as e:
            return e
        return None if self.done else EOFError()


class LiedToConsumer(LiedTo):
    MOVES = ("next", "ahead", "ahead bad", "bad", "far", "moving", "twice", "old", "old bad", "stale", "forged", "forged moving",
             "head again", "record", "PROTOCOL", "TOO_BIG", "SHUTDOWN", "cut", "late", "late record", "very late", "very late ahead",
             "very late bad", "very late twice", "unannounced bad")

    def __init__(self, plan, rules=hp.Reading, retries=hp.Retries, deadline=DEADLINE):
        super().__init__(plan, retries, deadline)
        self.at, self.ledger = rules("beginning", self.told), collections.Counter()
        self.at.retries = self.retries
        self.retries.joined(0.0)
        self.frames(("head", EPOCH), 0, 1, 2)          # honest at first

    def here(self): return self.at.here()

    def told(self, name, **kw):
        if name == "GAP":
            if kw["to"] > max(FRAMES, kw["from"]) + 1:         # a frame that was never sent may be passed over; that is told
                raise Wrong("MOVED to %d" % kw["to"])
            self.ledger.update(range(kw["from"], kw["to"]))

    def frames(self, *steps):
        self.at.joined(EPOCH, self.at.next or 0)
        skips = False
        for step in steps:
            if isinstance(step, int):
                step = ("frame", step, True)
            kind, *rest = step
            if kind == "head":
                skips = False
                h = Head(rest[0], EPOCH, 0, False)
                try:
                    self.at.admit(h)
                except hp.Fault as e:
                    self.at.head_failed(e, h.epoch, self.retries)
                self.at.on_head(h)
            elif kind == "forged":
                self.at.head_failed(hp.Fault("WRONG_KEY"), rest[0], self.retries)
                skips = True
            elif kind == "gap":
                self.at.on_gap(EPOCH, *rest)
            elif kind == "stand":
                self.now += rest[0]
            elif kind == "frame" and not skips:
                self.frame(rest[0], rest[1] and rest[0] <= FRAMES)

    def frame(self, seq, good):
        def open_it():
            if not good:
                raise hp.Fault("CORRUPT", "relayed tag")
        got = self.at.arrived(seq, DATA, self.retries, open_it)
        if got and self.at.deliver(seq, None, got[1]):
            self.ledger[seq] += 1
            self.retries.progress()
            self.done = seq >= FRAMES

    def play(self, move):
        n, k, head = self.at.next, self.joins, ("head", EPOCH)
        late, move = {"very": (61, move[10:]), "late": (59, move[5:])}.get(move.split()[0], (0, move))
        ahead, far, moving = n + 2, 1 << 61, n + 10 + k
        steps = {"next": [n], "ahead": [ahead], "ahead bad": [("frame", ahead, False)], "bad": [("frame", n, False)],
                 "far": [("gap", n, far), ("frame", far, False)], "moving": [("gap", n, moving), ("frame", moving, False)],
                 "twice": [0, 0], "old": list(range(n)), "old bad": [0, ("frame", 1, False)], "stale": [("head", EPOCH - 1)],
                 "forged": [("forged", EPOCH + 1), n], "forged moving": [("forged", EPOCH + k), n], "head again": [head, head],
                 "unannounced bad": [("frame", moving, False)]}.get(move, [])
        self.frames(head, ("stand", late), *steps)
        if move == "record":
            raise hp.Fault("CORRUPT", "SEALED tag")
        if move in hp.ERRORS[1:]:
            raise hp.Fault(move, relay=True, retry=hp.RETRY.get(move, 0))

    def check(self):
        for seq in range(self.at.next):
            if self.ledger[seq] != 1:
                raise Wrong("%s: %d" % ("TWICE" if self.ledger[seq] else "LOST", seq))


class LiedToProducer(LiedTo):
    """acked, seq: as the producer knows them. Nothing new is sent, so nothing but the first ACK of all is worth time."""
    MOVES = ("anew", "anew all", "anew head", "anew one more", "anew other epoch", "resumed", "resumed same", "resumed back and forth",
             "beyond", "PROTOCOL", "SHUTDOWN", "cut", "anew late", "anew all late", "anew very late", "superseded")

    def __init__(self, plan, kept=hp.Kept, retries=hp.Retries, deadline=DEADLINE):
        super().__init__(plan, retries, deadline)
        self.kept, self.seq, self.acked, self.stream = kept(self.retries), 4, 0, 1
        self.retries.joined(0.0)
        self.kept.opened(self.stream, 0)

    def here(self): return self.stream, self.acked

    def ack(self, nxt):
        if nxt > self.seq:
            raise hp.Fault("CORRUPT", "ACK beyond what was sent")
        self.kept.acknowledged(nxt, self.seq)
        self.acked = max(self.acked, nxt)

    def play(self, move):
        name, _, what = move.partition(" ")
        late = 61 if what.endswith("very late") else 59 if what.endswith("late") else 0
        if name == "anew":
            if self.kept.sealed_anew(0, self.acked):
                problem = hp.Fault("CORRUPT", "in vain")
                problem.last = True
                raise problem
            self.acked = 0
            self.kept.opened(self.stream, 0)
        elif name == "superseded":                     # told: what was there is gone, and nothing else is sent
            self.stream, self.seq, self.acked = self.stream + 1, 0, 0
            self.kept.opened(self.stream, 0)
        self.now += late
        for nxt in {"all": (self.seq,), "all late": (self.seq,), "head": (0, 0), "one more": (min(self.joins, self.seq),), "same": (self.acked,),
                    "back and forth": (min(self.seq, self.acked + 1), 0, 1, self.seq)}.get(what, ()):
            self.ack(nxt)
        if name == "beyond":
            self.ack(self.seq + 1)
        if move in hp.ERRORS[1:]:
            raise hp.Fault(move, relay=True, retry=hp.RETRY.get(move, 0))

    def check(self): pass


# ---- with a part left out
class KindsApart(hp.Retries):
    """A place counts each kind of failure by itself."""
    def mine(self, f): return f._replace(place=(f.place, f.code))
    def passes(self, failure): return super().passes(self.mine(failure))
    def failed(self, failure): return super().failed(self.mine(failure))


class PlacesOnly(hp.Retries):
    """Nothing is fatal for being the sixteenth."""
    LAST_AT_ONE_NEXT = 10 ** 9


class JoinedGivesTime(hp.Retries):
    """The deadline begins again where a connection is joined."""
    def joined(self, now):
        super().joined(now)
        self.without, self.pause = 0.0, 0.2


class AMinuteForgetsFrames(hp.Retries):
    """A connection that has stood for a minute makes good what frames were the cause of, too."""
    def lost(self, now):
        if now - self.since >= self.STOOD:
            self.failures = []
        super().lost(now)


class HeadIsProgress(hp.Reading):
    """A HEAD that verifies ends the counts, and begins the deadline again."""
    def on_head(self, h):
        super().on_head(h)
        self.retries.progress()


class OldIsProgress(hp.Reading):
    """A frame that was delivered before counts as progress."""
    def opened(self, seq, typ):
        self.retries.progress()
        return super().opened(seq, typ)


class PassedOverIsProgress(hp.Reading):
    """A frame that is passed over ends the counts."""
    def pass_over(self, seq, why):
        super().pass_over(seq, why)
        self.retries.progress()


class DamageMoves(hp.Reading):
    """A damaged frame that is passed over moves `next` wherever it is."""
    def pass_over(self, seq, why):
        super().pass_over(seq, why)
        self.skip_to(seq + 1, "corrupt")


class JumpsBlindly(hp.Reading):
    """A jump takes effect before its frame has opened."""
    def arrived(self, seq, typ, retries, open_it):
        self.expect(seq)
        self.skip_to(seq, "announced")
        return super().arrived(seq, typ, retries, open_it)


class AnewForEver(hp.Kept):
    """How often a ring is sealed anew is not counted."""
    def sealed_anew(self, oldest, acked): return False


class EveryAckIsProgress(hp.Kept):
    """An ACK that says what was known ends the counts."""
    def acknowledged(self, nxt, seq):
        super().acknowledged(nxt, seq)
        self.anew = 0
        self.retries.progress(gives_time=False)


class EveryEpochGivesTime(hp.Kept):
    """An ACK of what an earlier epoch's ACKs had said begins the deadline again."""
    def acknowledged(self, nxt, seq):
        more = nxt > self.said
        super().acknowledged(nxt, seq)
        if more:
            self.retries.progress()


ENDS = [                                               # with which connection, where there is any amount of time
    (3, ("twice",)), (3, ("stale",)), (3, ("record",)), (3, ("PROTOCOL", "record", "twice")), (3, ("twice", "TOO_BIG", "ahead")),
    (3, ("stale", "stale", "stale")), (4, ("stale", "twice", "record")), (3, ("very late twice",)), (7, ("cut", "very late twice", "cut")),
    (16, ("moving",)), (16, ("far",)), (16, ("ahead bad",)), (16, ("forged",)), (16, ("forged moving",)), (16, ("forged moving", "moving")),
    (6, ("anew",)), (6, ("anew head",)), (6, ("anew other epoch",)), (6, ("anew late",)), (6, ("anew very late",)), (12, ("anew", "cut")),
    (3, ("beyond",)), (3, ("beyond", "PROTOCOL")), (8, ("anew", "resumed", "beyond"))]


def plans(moves, runs, seed):
    """Every move, every pair of them, and rotations of three and more."""
    rnd = random.Random(seed)
    yield from ((a,) for a in moves)
    yield from ((a, b) for a in moves for b in moves if a != b)
    for _ in range(runs):
        yield tuple(rnd.choice(moves) for _ in range(rnd.randint(3, 6)))


def lied_to(client, runs, seed, **parts):
    """The first plan that goes wrong, and how; None."""
    for end, plan in ENDS:
        if set(plan) <= set(client.MOVES):
            made = client(plan, deadline=10 ** 9, **parts)
            problem = made.run()
            if problem or made.joins != end:
                return plan, problem or "ends with connection %d" % made.joins
    for plan in plans(client.MOVES, runs, seed):
        problem = client(plan, **parts).run()
        if problem:
            return plan, problem
    return None


LIED_TO_LEFT_OUT = [(LiedToConsumer, "retries", r) for r in (KindsApart, PlacesOnly, JoinedGivesTime, AMinuteForgetsFrames)] + \
    [(LiedToConsumer, "rules", r) for r in (HeadIsProgress, OldIsProgress, PassedOverIsProgress, DamageMoves, JumpsBlindly)] + \
    [(LiedToProducer, "kept", r) for r in (AnewForEver, EveryAckIsProgress, EveryEpochGivesTime)]


def missed(rules, runs, first):
    """The first world in which a part that was left out is missed, and how; None."""
    for seed in range(first, first + runs):
        for start in STARTS:
            problem = World(seed, start, rules).run()
            if problem:
                return seed, start, problem
    return None


def every_rule(start, runs, first):
    """How many kinds of failures there are with all rules; says so."""
    kinds, example = collections.Counter(), {}
    for seed in range(first, first + runs):
        problem = World(seed, start, hp.Reading).run()
        if problem:
            kinds[problem.split(" ")[0]] += 1
            example.setdefault(problem, seed)
    print("%-9s all rules, start %s: %d worlds" % ("WRONG" if example else "ok", start, runs), dict(kinds), list(example.items())[:3])
    return len(example)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("runs", type=int, nargs="?", default=1000, help="worlds for each start")
    ap.add_argument("--seed", type=int, default=0, help="of the first world")
    args = ap.parse_args()
    bad = sum(every_rule(start, args.runs, args.seed) for start in STARTS)
    wrong = lies(hp.Reading)
    bad += len(wrong)
    print("%-9s lies: %d scripts" % ("WRONG" if wrong else "ok", len(SCRIPTS)), wrong)
    for client in (LiedToConsumer, LiedToProducer):
        found = lied_to(client, args.runs, args.seed)
        bad += found is not None
        print("%-9s %s: %d moves" % ("WRONG" if found else "ok", client.__name__, len(client.MOVES)), found or "")
    for client, part, left_out in LIED_TO_LEFT_OUT:
        found = lied_to(client, args.runs, args.seed, **{part: left_out})
        bad += found is None
        print("%-9s %s: %s" % ("missed" if found else "UNNOTICED", left_out.__doc__, found))
    for rules in LIED_TO:
        found = lies(rules)
        bad += not found
        print("%-9s %s: %s" % ("missed" if found else "UNNOTICED", rules.__doc__, found[:1]))
    for rules in LEFT_OUT:
        found = missed(rules, 50 * args.runs, args.seed)         # the rarest is missed in one of some hundred worlds
        bad += not found
        print("%-9s %s: %s" % ("missed" if found else "UNNOTICED", rules.__doc__.split("\n")[0], found))
    return min(bad, 125)


if __name__ == "__main__":
    sys.exit(main())
