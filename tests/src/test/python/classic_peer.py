#!/usr/bin/env python3
"""The classic wire of hydra-sync (the Rust crate, 1.0.0-beta.x): an independent peer, written from its description alone.

Handshake   client: nonce[96] public[32]; server: nonce[96] public[32]
            transport key = SHA3-256(client public || client nonce || server public || server nonce || X25519 || info)
Frame       length u32 || nonce[12] || AES-256-GCM ciphertext || tag[16]; the length counts what follows it
Join        a frame under the transport key: role (1 producer, 2 consumer) || session[64]; nothing comes back
Data        frames under the session key, from the producer to the server and unchanged to every consumer; FIN is the end

From 1.0.0-beta.7 on (only attacked here): nonces of 128 bytes, 352 zeros in front of what the key is made of, no length
fields; a join is answered by a status and, if that is 0, the length of all messages, u64 little-endian.
"""
import argparse, concurrent.futures, hashlib, os, queue, socket, struct, sys, threading, time
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NONCE, HELLO, OVERHEAD = 96, 128, 12 + 16
JOIN_LENGTH = OVERHEAD + 1 + 64
MAX_LENGTH = 64 << 20
ADMIN, PRODUCER, CONSUMER = 0, 1, 2
VERSIONS = ["1.0.0-beta.%d" % n for n in range(3, 7)]


class Cut(EOFError):
    """The other end has closed inside something; part: what came of it."""
    def __init__(self, part):
        super().__init__("closed after %d bytes" % len(part))
        self.part = part


class Refused(Exception):
    """The other end does not keep to the wire."""


def u32(n): return struct.pack(">I", n)
def public(private): return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
def exchange(private, point): return private.exchange(X25519PublicKey.from_public_bytes(point))
def digest(data): return "%d %s" % (len(data), hashlib.sha256(data).hexdigest())


def transport_key(client, server, secret, version):
    parts = (client[NONCE:], client[:NONCE], server[NONCE:], server[:NONCE], secret,
             b"hydra-sync transport key/v" + version.encode())
    return hashlib.sha3_256(b"".join(parts)).digest()


def seal(key, plaintext):
    nonce = os.urandom(12)
    return u32(OVERHEAD + len(plaintext)) + nonce + AESGCM(key).encrypt(nonce, plaintext, None)


def unseal(key, frame):
    """The plaintext of a whole frame; InvalidTag if this is not its key or it was changed."""
    if len(frame) < 4 + OVERHEAD:
        raise InvalidTag()
    return AESGCM(key).decrypt(frame[4:16], frame[16:], None)


def message(seed, number, size):
    """Deterministic content: AES-128-CTR under SHA-256(seed u64 || number u64)[0..16], from a counter of zero."""
    key = hashlib.sha256(struct.pack(">QQ", seed, number)).digest()[:16]
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(bytes(size))


class Link:
    """A connection. What has come and was not taken yet stays, also when the deadline passes."""
    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.buf, self.deadline, self.last, self.how = sock, bytearray(), None, 0, "open"

    def within(self, seconds):
        self.deadline = time.monotonic() + seconds
        return self

    def _receive(self, most=1 << 16):
        self.sock.settimeout(None if self.deadline is None else max(0.001, self.deadline - time.monotonic()))
        part = self.sock.recv(most)
        self.buf += part
        return len(part)

    def need(self, n):
        while len(self.buf) < n:
            if not self._receive(max(1 << 16, min(n - len(self.buf), 1 << 20))):
                raise Cut(bytes(self.buf))

    def take(self, n):
        self.need(n)
        out = bytes(memoryview(self.buf)[:n])
        del self.buf[:n]
        return out

    def frame(self, low=1, high=MAX_LENGTH):
        """A whole frame, sealed; None after a FIN between two frames."""
        try:
            self.need(4)
        except Cut as cut:
            if not cut.part:
                return None
            raise
        length = struct.unpack_from(">I", self.buf)[0]
        if not low <= length <= high:
            raise Refused("a frame of length %d" % length)
        return self.take(4 + length)

    def send(self, data):
        self.sock.settimeout(60)
        self.sock.sendall(data)

    def finish(self):
        """FIN, then waits for the other end's."""
        self.sock.shutdown(socket.SHUT_WR)
        return self.ended(30)

    def ended(self, seconds):
        """Reads on. True when the other end closes within the time; what it sent before is in buf, how it closed in how."""
        self.within(seconds)
        try:
            while self._receive():
                pass
            self.how = "FIN"
        except socket.timeout:
            self.how = "open"
        except OSError:
            self.how = "reset"
        return self.how != "open"

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


def dial(args):
    return Link(socket.create_connection((args.host, args.port), 10)).within(10)


def shake(link, version, pause=None):
    """The client's handshake; returns the transport key. pause: sends single bytes, with such a pause in between."""
    private = X25519PrivateKey.generate()
    mine = os.urandom(NONCE) + public(private)
    for piece in [mine] if pause is None else [bytes([b]) for b in mine]:
        link.send(piece)
        time.sleep(pause or 0)
    theirs = link.take(HELLO)
    return transport_key(mine, theirs, exchange(private, theirs[NONCE:]), version)


def join(args, role):
    link = dial(args)
    link.send(seal(shake(link, args.version), bytes([role]) + args.session))
    link.deadline = None
    return link


# ---------------------------------------------------------------- producer and consumer
def outgoing(args):
    if args.stdin:
        return (line.rstrip(b"\n") for line in sys.stdin.buffer)
    return (message(args.seed, i, size) for i, size in enumerate(args.sizes))


def produce(args):
    """Prints what is sent as `length sha256`. With --go nothing is sent before a line comes on standard input."""
    link = join(args, PRODUCER)
    print("joined", flush=True)
    if args.go:
        sys.stdin.readline()
    time.sleep(args.wait_ms / 1000)
    for data in outgoing(args):
        link.send(seal(args.key, data))
        print(digest(data), flush=True)
    link.send(args.raw)
    if link.finish():
        print("end", flush=True)
        return 0
    print("error not closed", flush=True)
    return 2


def consume(args):
    """Prints what comes as `length sha256`, with several consumers behind the consumer's number."""
    lock = threading.Lock()

    def one(number):
        def say(text):
            with lock:
                print(text if args.consumers == 1 else "%d %s" % (number, text), flush=True)
        link, count = join(args, CONSUMER), 0
        say("joined")
        try:
            while not args.count or count < args.count:
                frame = link.frame()
                if frame is None:
                    say("end")
                    break
                say(digest(unseal(args.key, frame)))
                count += 1
        except InvalidTag:
            say("error wrong key or changed")
            return 5
        except (Cut, Refused, OSError) as problem:
            say("error %s" % problem)
            return 4
        finally:
            link.close()
        return 0 if count >= args.count else 2

    with concurrent.futures.ThreadPoolExecutor(args.consumers) as pool:
        return max(pool.map(one, range(args.consumers)))


# ---------------------------------------------------------------- relay
class Feed:
    """A consumer: frames wait in a queue, None is the end. Never blocks the producer."""
    def __init__(self, link, most):
        self.link, self.most, self.queue = link, most, queue.Queue()
        threading.Thread(target=self.write, daemon=True).start()

    def write(self):
        try:
            for frame in iter(self.queue.get, None):
                self.link.send(frame)
        except OSError:
            pass
        self.link.close()

    def put(self, frame):
        if self.queue.qsize() < self.most:
            self.queue.put(frame)
        else:
            self.link.close()  # it lags

    def end(self):
        self.queue.put(None)


class Room:
    def __init__(self):
        self.producer, self.feeds, self.kept = None, {}, []


class Relay:
    """As the crate's server. With --lenient consumers may come first, nobody lags, and frames are kept for who comes late."""
    def __init__(self, args):
        self.args, self.lock, self.rooms, self.connections = args, threading.Lock(), {}, 0

    def say(self, text):
        with self.lock:
            print(text, flush=True)

    def run(self):
        listener = socket.create_server((self.args.host, self.args.port), backlog=128)
        self.say("listening %s:%d" % listener.getsockname()[:2])
        while True:
            link = Link(listener.accept()[0])
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        with self.lock:
            self.connections += 1
            crowded = self.connections > self.args.max_connections
        try:
            if crowded:
                raise Refused("one connection too many")
            role, session = self.admit(link.within(self.args.deadline_ms / 1000))
            link.deadline = None
            {PRODUCER: self.producer, CONSUMER: self.consumer}[role](link, session)
        except (Refused, Cut, OSError, ValueError) as problem:
            self.say("refused %s" % (str(problem) or type(problem).__name__))
        finally:
            link.close()
            with self.lock:
                self.connections -= 1

    def admit(self, link):
        private, theirs = X25519PrivateKey.generate(), link.take(HELLO)
        secret = exchange(private, theirs[NONCE:])  # ValueError where it is all zero
        mine = os.urandom(NONCE) + public(private)
        link.send(mine)
        frame = link.frame(JOIN_LENGTH, JOIN_LENGTH)
        if frame is None:
            raise Refused("closed before the join")
        for version in self.args.versions:
            try:
                plain = unseal(transport_key(theirs, mine, secret, version), frame)
            except InvalidTag:
                continue
            if plain[0] not in (PRODUCER, CONSUMER):
                raise Refused("role %d" % plain[0])
            return plain[0], plain[1:]
        raise Refused("wrong key or version")

    def producer(self, link, session):
        with self.lock:
            room = self.rooms.setdefault(session, Room())
            if room.producer:
                raise Refused("a second producer")
            room.producer = link
        self.say("joined producer")
        try:
            self.copy(link, room)
        finally:
            with self.lock:
                self.rooms.pop(session)
                for feed in room.feeds.values():
                    feed.end()
            self.say("left producer")

    def copy(self, link, room):
        limits = (0, (1 << 32) - 1) if self.args.careless else (1, MAX_LENGTH)
        try:
            for frame in iter(lambda: link.frame(*limits), None):
                self.broadcast(frame, room)
        except Cut as cut:
            self.broadcast(cut.part, room)

    def broadcast(self, frame, room):
        with self.lock:
            if not room.feeds and not self.args.lenient:
                raise Refused("no consumer")
            room.kept += [frame] if self.args.lenient else []
            for feed in room.feeds.values():
                feed.put(frame)

    def consumer(self, link, session):
        with self.lock:
            if session not in self.rooms and not self.args.lenient:
                raise Refused("a consumer before the producer")
            room = self.rooms.setdefault(session, Room())
            feed = room.feeds[link] = Feed(link, 1 << 40 if self.args.lenient else self.args.queue)
            for frame in room.kept:
                feed.put(frame)
        self.say("joined consumer")
        while not link.ended(3600):
            pass
        with self.lock:
            room.feeds.pop(link)
            if self.rooms.get(session) is room and not room.producer and not room.feeds:
                self.rooms.pop(session)
        feed.end()
        self.say("left consumer")


# ---------------------------------------------------------------- hostile and merely odd clients
ATTACKS = {}
LOW_ORDER = [bytes(32), b"\1" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f", b"\xed" + b"\xff" * 30 + b"\x7f",
             b"\xee" + b"\xff" * 30 + b"\x7f", bytes(31) + b"\x80",
             bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
             bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]


def attack(name, expected, *rest):
    """Registers an attack: what should be seen (alternatives with |), and what the function gets besides the foe."""
    def add(function):
        ATTACKS[name] = (expected, lambda foe: function(foe, *rest))
        return function
    return add


class Foe:
    """One attack: a session with an honest producer and an honest consumer, and whoever attacks it."""
    def __init__(self, args):
        self.args, self.session, self.key = args, os.urandom(64), os.urandom(32)
        self.links, self.note, self.sent = [], "", 0
        self.consumer = self.joined(CONSUMER)
        self.producer = self.joined(PRODUCER)

    def dial(self):
        self.links.append(dial(self.args))
        self.since = time.monotonic()
        return self.links[-1]

    def plain(self, role): return bytes([role]) + self.session

    def joined(self, role, version=None):
        link = self.dial()
        link.send(seal(shake(link, version or self.args.version), self.plain(role)))
        return link

    def flows(self, *consumers):
        """True if frames come from the producer to all of these, in order and unchanged, and nothing else does."""
        waiting, end = list(consumers), time.monotonic() + 10
        while waiting and time.monotonic() < end:
            self.sent += 1
            self.producer.send(seal(self.key, struct.pack(">Q", self.sent)))
            waiting = [c for c in waiting if not self.caught_up(c)]
        return not waiting

    def caught_up(self, consumer):
        consumer.within(0.2)
        try:
            while consumer.last < self.sent:
                frame = consumer.frame()
                number = struct.unpack(">Q", unseal(self.key, frame))[0] if frame else 0
                if number != consumer.last + 1 and (consumer.last or not number):
                    raise Refused("message %d after %d" % (number, consumer.last))
                consumer.last = number
            return True
        except socket.timeout:
            return False

    def works(self, *consumers):
        return "works" if self.flows(self.consumer, *consumers) else "nothing comes"

    def watch(self, link, seconds=None, consumers=()):
        """What becomes of a connection on which the relay should send nothing more, while the honest session goes on."""
        well = self.flows(self.consumer)
        limit = self.args.deadline_ms / 1000
        closed = link.ended(seconds or limit + 5)
        took = time.monotonic() - self.since
        self.note += "%d ms, %d bytes, %s" % (1000 * took, len(link.buf), link.how)
        seen = "open" if not closed else "closed" if took < 0.75 * limit else "closed at the deadline"
        seen = "closed late" if closed and took > limit + 3 else seen
        seen = seen if well and self.flows(self.consumer) else seen + ", the honest session is broken"
        return seen + ("" if not link.buf else ", something leaked")


def attacker(foe, key_of, data_of):
    """Joins the honest session by a frame of the attacker's making."""
    link = foe.dial()
    key = key_of(link)
    link.send(data_of(foe, key))
    return foe.watch(link)


def honest_key(version):
    return lambda link: shake(link, version or VERSIONS[-1])


def bad_join(name, data_of, key_of=honest_key(None), expected="closed"):
    attack(name, expected, key_of, data_of)(attacker)


def flipped(at):
    def data(foe, key):
        frame = bytearray(seal(key, foe.plain(CONSUMER)))
        frame[at] ^= 1
        return bytes(frame)
    return data


good_join = lambda foe, key: seal(key, foe.plain(CONSUMER))
for version_ in ("1.0.0-beta.1", "1.0.0-beta.60", "1.0.0", ""):
    bad_join("wrong-version-%s" % (version_ or "none"), good_join, lambda link, v=version_: shake(link, v))
bad_join("wrong-transport-key", lambda foe, key: seal(os.urandom(32), foe.plain(CONSUMER)))
bad_join("session-key-instead", lambda foe, key: seal(foe.key, foe.plain(CONSUMER)))
for at_ in (4, 15, 16, 17, 80, 81, 96):
    bad_join("join-flipped-at-%d" % at_, flipped(at_))
for role_ in (ADMIN, 3, 255):
    bad_join("role-%d" % role_, lambda foe, key, r=role_: seal(key, foe.plain(r)))
bad_join("join-92", lambda foe, key: seal(key, foe.plain(CONSUMER)[:-1]))
bad_join("join-94", lambda foe, key: seal(key, foe.plain(CONSUMER) + b"\0"))
for length_ in (0, 92, 94, 1 << 31, (1 << 32) - 1):
    bad_join("join-announced-%d" % length_, lambda foe, key, n=length_: u32(n) + good_join(foe, key)[4:])
for length_ in (0, 94, 1 << 31, (1 << 32) - 1):
    bad_join("join-announced-%d-only" % length_, lambda foe, key, n=length_: u32(n),
             expected="closed at the deadline")  # it may be the rest of a longer hello
for count_ in (0, 2, 4, 50, 96):
    bad_join("silence-after-%d-of-the-join" % count_, lambda foe, key, n=count_: good_join(foe, key)[:n],
             expected="closed at the deadline")
for count_ in (0, 1, 64, 96, 127):
    bad_join("silence-after-%d" % count_, lambda foe, key, n=count_: os.urandom(n), lambda link: None, "closed at the deadline")
bad_join("garbage-behind-the-handshake", lambda foe, key: b"\r\n\r\n" + os.urandom(4096))
for number_, point_ in enumerate(LOW_ORDER):
    @attack("low-order-%d" % number_, "closed", point_)
    def _(foe, point):
        link = foe.dial()
        mine = os.urandom(NONCE) + point
        link.send(mine)
        try:
            theirs = link.take(HELLO)
            link.send(seal(transport_key(mine, theirs, bytes(32), foe.args.version), foe.plain(CONSUMER)))
            foe.note = "answered, "
        except (Cut, ConnectionError):
            foe.note = "not answered, "
        return foe.watch(link)


@attack("garbage", "closed")
def _(foe):
    link = foe.dial()
    link.send(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 1000)
    try:
        link.take(HELLO)  # any 128 bytes are a handshake
    except (Cut, ConnectionError):
        link.buf.clear()
    return foe.watch(link)


@attack("join-replayed", "closed")
def _(foe):
    private = X25519PrivateKey.generate()
    mine = os.urandom(NONCE) + public(private)
    first, second = foe.dial(), foe.dial()
    for link in (first, second):
        link.send(mine)
    theirs = first.take(HELLO)
    frame = seal(transport_key(mine, theirs, exchange(private, theirs[NONCE:]), foe.args.version), foe.plain(CONSUMER))
    first.send(frame)
    if not foe.flows(foe.consumer, first):
        return "the first does not work"
    second.take(HELLO)
    second.send(frame)
    return foe.watch(second)


@attack("other-session", "open")
def _(foe):
    link = foe.dial()
    plain = bytearray(foe.plain(CONSUMER))
    plain[-1] ^= 1
    link.send(seal(shake(link, foe.args.version), bytes(plain)))
    return foe.watch(link, 1)


@attack("single-bytes", "works")
def _(foe):
    link = foe.dial()
    for byte in seal(shake(link, foe.args.version, 0.001), foe.plain(CONSUMER)):
        link.send(bytes([byte]))
        time.sleep(0.001)
    return foe.works(link)


@attack("join-split-everywhere", "works")
def _(foe):
    links = []
    for at in range(1, 4 + JOIN_LENGTH):
        link = foe.dial()
        frame = seal(shake(link, foe.args.version), foe.plain(CONSUMER))
        link.send(frame[:at])
        time.sleep(0.002)
        link.send(frame[at:])
        links.append(link)
    return foe.works(*links)


@attack("join-and-frames-at-once", "works")
def _(foe):
    session, foe.session = foe.session, os.urandom(64)
    foe.consumer, link = foe.joined(CONSUMER), foe.dial()
    key, foe.sent = shake(link, foe.args.version), 3
    link.send(seal(key, foe.plain(PRODUCER)) + b"".join(seal(foe.key, struct.pack(">Q", n)) for n in (1, 2, 3)))
    foe.producer = link
    return foe.works()


for version_ in VERSIONS:
    @attack("version-" + version_, "works", version_)
    def _(foe, version):
        return foe.works(foe.joined(CONSUMER, version))


@attack("quiet", "works")
def _(foe):
    consumer = foe.joined(CONSUMER)
    if not foe.flows(foe.consumer, consumer):
        return "nothing comes even before"
    time.sleep(foe.args.quiet_ms / 1000)
    return foe.works(consumer)


def refused_frame(foe, head):
    """A producer that announces what is not allowed: closed, and nothing of it reaches the consumer."""
    if not foe.flows(foe.consumer):
        return "nothing comes even before"
    foe.since = time.monotonic()
    foe.producer.send(head)
    closed = foe.producer.ended(5)
    took = time.monotonic() - foe.since
    foe.consumer.ended(1)
    foe.note = "%d ms, %s; the consumer: %s" % (1000 * took, foe.producer.how, foe.consumer.how)
    return ("closed" if closed else "open") + ("" if not foe.consumer.buf else ", something forwarded")


for length_ in (0, MAX_LENGTH + 1, 1 << 31, (1 << 32) - 1):
    attack("frame-announced-%d" % length_, "closed", u32(length_))(refused_frame)
    attack("frame-announced-%d-and-more" % length_, "closed", u32(length_) + bytes(1 << 16))(refused_frame)

for length_ in (1, 11, 27, 28, 65535, MAX_LENGTH):
    @attack("frame-of-%d" % length_, "forwarded, works", length_)
    def _(foe, length):
        if not foe.flows(foe.consumer):
            return "nothing comes even before"
        frame = u32(length) + os.urandom(length)
        foe.producer.send(frame)
        same = foe.consumer.within(20).frame() == frame
        return ("forwarded, " if same else "changed, ") + foe.works()


@attack("frame-cut", "closed")
def _(foe):
    if not foe.flows(foe.consumer):
        return "nothing comes even before"
    frame = seal(foe.key, bytes(1000))
    foe.producer.send(frame[:500])
    foe.producer.sock.shutdown(socket.SHUT_WR)
    closed = foe.consumer.ended(5)
    foe.note = "%d of 500 bytes came, %s" % (len(foe.consumer.buf), foe.consumer.how)
    return ("closed" if closed else "open") + ("" if frame.startswith(foe.consumer.buf) else ", something else came")


@attack("second-producer", "closed")
def _(foe):
    if not foe.flows(foe.consumer):         # nothing else says that the honest one has joined
        return "nothing comes even before"
    link = foe.dial()
    key = shake(link, foe.args.version)
    link.send(seal(key, foe.plain(PRODUCER)) + seal(foe.key, struct.pack(">Q", 1 << 40)))
    return foe.watch(link)


@attack("consumer-speaks", "open|closed")
def _(foe):
    link = foe.joined(CONSUMER)
    if not foe.flows(foe.consumer, link):
        return "nothing comes even before"
    foe.since = time.monotonic()
    link.send(os.urandom(1000))
    closed = link.ended(1)
    foe.note = "%d ms, %s" % (1000 * (time.monotonic() - foe.since), link.how)
    if not closed:
        foe.note += ", and then " + foe.works(link)
    return ("closed" if closed else "open") + ("" if foe.flows(foe.consumer) else ", the honest session is broken")


@attack("consumer-half-closes", "open|closed")
def _(foe):
    link = foe.joined(CONSUMER)
    if not foe.flows(foe.consumer, link):
        return "nothing comes even before"
    link.sock.shutdown(socket.SHUT_WR)
    closed = link.ended(1)
    return ("closed" if closed else "open") + ("" if foe.flows(foe.consumer) else ", the honest session is broken")


@attack("producer-ends", "the rest, closed")
def _(foe):
    late = foe.joined(CONSUMER)
    if not foe.flows(foe.consumer, late):
        return "nothing comes even before"
    rest = b"".join(seal(foe.key, bytes(n)) for n in (0, 1, 1000, 100000))
    foe.producer.send(rest)
    foe.producer.sock.shutdown(socket.SHUT_WR)
    closed = all([link.ended(5) for link in (foe.consumer, late)])
    same = foe.consumer.buf == rest and late.buf == rest
    return ("the rest, " if same else "not the rest, ") + ("closed" if closed else "open")


# ---------------------------------------------------------------- the wire of beta.7 to beta.9
LATER_NONCE, LATER_HELLO, LATER_JOIN = 128, 160, OVERHEAD + 65
BETA_8, BETA_9 = "1.0.0-beta.8", "1.0.0-beta.9"


def later_shake(link, version=BETA_9, cut=0, pause=0.0):
    """As shake, on the later wire; cut: the hello rests there."""
    private = X25519PrivateKey.generate()
    mine = os.urandom(LATER_NONCE) + public(private)
    if cut:
        link.send(mine[:cut])
        time.sleep(pause)
    link.send(mine[cut:])
    theirs = link.take(LATER_HELLO)
    return hashlib.sha3_256(b"".join((
        bytes(352), mine[LATER_NONCE:], mine[:LATER_NONCE], theirs[LATER_NONCE:], theirs[:LATER_NONCE],
        exchange(private, theirs[LATER_NONCE:]), b"hydra-sync transport key/v" + version.encode()))).digest()


def part(key, plaintext): return seal(key, plaintext)[4:]
def opened(key, sealed): return AESGCM(key).decrypt(sealed[:12], sealed[12:], None)


def later_join(foe, role, id, version=BETA_9, **how):
    """Joins; the link, its status, and the length of messages or 0."""
    link = foe.dial()
    key = later_shake(link, version, **how)
    link.send(part(key, bytes([role]) + id))
    status = opened(key, link.take(OVERHEAD + 1))[0]
    length = 0 if status else struct.unpack("<Q", opened(key, link.take(OVERHEAD + 8)))[0]
    return link, status, length


def later_refusal(name, role, version, status):
    """A status, and then the end, while the honest session goes on."""
    @attack("later-" + name, "status %d, closed" % status)
    def _(foe):
        link, seen, _ = later_join(foe, role, os.urandom(64), version)
        return "status %d, %s" % (seen, foe.watch(link))


for role_ in (3, 4, 128, 255):
    later_refusal("role-%d" % role_, role_, BETA_9, 1)
    later_refusal("role-%d-of-beta.8" % role_, role_, BETA_8, 1)
later_refusal("admin-of-beta.8", 0, BETA_8, 1)
later_refusal("observer-with-any-token", 2, BETA_9, 4)


@attack("later-second-producer", "status 3, closed")
def _(foe):
    id = os.urandom(64)
    later_join(foe, 0, id)
    link, seen, _ = later_join(foe, 0, id)
    return "status %d, %s" % (seen, foe.watch(link))


for at_ in (0, 12, 76, 92):
    @attack("later-join-flipped-at-%d" % at_, "closed", at_)
    def _(foe, at):
        link = foe.dial()
        join = bytearray(part(later_shake(link), bytes([1]) + foe.session))
        join[at] ^= 1
        link.send(bytes(join))
        return foe.watch(link)

for count_ in (129, 159):
    @attack("later-silence-after-%d" % count_, "closed at the deadline", count_)
    def _(foe, count):
        link = foe.dial()
        link.send(os.urandom(count))
        time.sleep(0.1)
        return foe.watch(link)


@attack("later-more-than-a-hello", "closed")
def _(foe):
    link = foe.dial()
    link.send(os.urandom(161))
    return foe.watch(link)


for at_, pause_ in ((1, 0.4), (103, 0.4), (104, 0.4), (104, 0.02), (105, 0.4), (127, 0.4), (128, 0.4), (129, 0.4), (159, 0.4)):
    @attack("later-cut-at-%d-for-%d-ms" % (at_, 1000 * pause_), "joined, works", at_, pause_)
    def _(foe, at, pause):
        _, status, length = later_join(foe, 1, os.urandom(64), cut=at, pause=pause)
        return ("joined, " if status == 0 and length else "status %d, " % status) + foe.works()


def later_flow(foe, send):
    """What a producer's bytes become at a consumer, and how that ends."""
    id = os.urandom(64)
    consumer, _, length = later_join(foe, 1, id)
    producer, _, _ = later_join(foe, 0, id)
    said = send(length + OVERHEAD)
    producer.send(said)
    producer.sock.shutdown(socket.SHUT_WR)
    consumer.ended(20)
    whole = len(said) // (length + OVERHEAD) * (length + OVERHEAD)
    foe.note = "%d of %d bytes" % (len(consumer.buf), len(said))
    return ("whole packets, " if consumer.buf == said[:whole] else "something else, ") + consumer.how


for rest_ in (0, 1, 28):
    @attack("later-end-behind-%d-bytes-of-a-packet" % rest_, "whole packets, " + ("reset" if rest_ else "FIN"), rest_)
    def _(foe, rest):
        return later_flow(foe, lambda packet: os.urandom(2 * packet + rest))


def run_attack(name, args):
    expected, function = ATTACKS[name]
    foe = None
    try:
        foe = Foe(args)
        seen = function(foe)
    except Exception as problem:  # whatever it is, it is not what should be seen
        seen = "failed: %r" % problem
    for link in foe.links if foe else []:
        link.close()
    return seen in expected.split("|"), "%-34s expected %-24s seen %-24s %s" % (name, expected, seen, foe and foe.note or "")


def attack_main(args):
    if args.name == "list":
        print("\n".join("%-34s %s" % (name, expected) for name, (expected, _) in ATTACKS.items()))
        return 0
    names = [n for n in ATTACKS if args.name in ("all", n) or args.name[-1] == "*" and n.startswith(args.name[:-1])]
    if not names:
        sys.exit("no such attack; try: attack list")
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for ok, text in pool.map(lambda n: run_attack(n, args), names):
            bad += not ok
            print("%-9s %s" % ("OK" if ok else "DIFFERENT", text), flush=True)
    print("%d attacks, %d DIFFERENT" % (len(names), bad), file=sys.stderr)
    return min(bad, 125)


# ---------------------------------------------------------------- command line
def hex_of(length):
    def parse(text):
        data = bytes.fromhex(text)
        if length and len(data) != length:
            raise argparse.ArgumentTypeError("%d bytes of hex wanted" % length)
        return data
    return parse


def numbers(text): return [int(n) for n in text.split(",") if n]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    peer = argparse.ArgumentParser(add_help=False)
    peer.add_argument("--host", default="127.0.0.1")
    peer.add_argument("--port", type=int, required=True)
    peer.add_argument("--version", default=VERSIONS[-1])
    member = argparse.ArgumentParser(add_help=False, parents=[peer])
    member.add_argument("--session", type=hex_of(64), required=True, metavar="HEX")
    member.add_argument("--key", type=hex_of(32), required=True, metavar="HEX")
    p = commands.add_parser("produce", parents=[member])
    p.add_argument("--sizes", type=numbers, default=[], metavar="N,N,..")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--stdin", action="store_true", help="every line of standard input is a message")
    p.add_argument("--go", action="store_true", help="wait for a line on standard input before the first message")
    p.add_argument("--wait-ms", type=int, default=0, help="wait before the first message")
    p.add_argument("--raw", type=hex_of(0), default=b"", metavar="HEX", help="bytes to send behind the last message")
    p.set_defaults(run=produce)
    p = commands.add_parser("consume", parents=[member])
    p.add_argument("--count", type=int, default=0, help="stop after so many messages; 0: at the end")
    p.add_argument("--consumers", type=int, default=1)
    p.set_defaults(run=consume)
    p = commands.add_parser("relay")
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--versions", type=lambda s: s.split(","), default=VERSIONS, metavar="V,V,..")
    p.add_argument("--lenient", action="store_true")
    p.add_argument("--deadline-ms", type=int, default=10_000, help="from connecting to the join")
    p.add_argument("--max-connections", type=int, default=32)
    p.add_argument("--careless", action="store_true", help="forward frames of any announced length, whole or not")
    p.add_argument("--queue", type=int, default=1024, help="frames by which a consumer may lag")
    p.set_defaults(run=lambda args: Relay(args).run())
    p = commands.add_parser("attack", parents=[peer])
    p.add_argument("name", help="a name, a prefix*, all or list")
    p.add_argument("--deadline-ms", type=int, default=10_000, help="what the relay grants from connecting to the join")
    p.add_argument("--quiet-ms", type=int, default=1000, help="how long an honest session says nothing")
    p.add_argument("--jobs", type=int, default=8)
    p.set_defaults(run=attack_main)
    args = parser.parse_args()
    try:
        sys.exit(args.run(args))
    except (Cut, Refused, OSError) as problem:
        print("error %s" % problem, flush=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
