#!/usr/bin/env python3
"""hydra-sync wire 2: an independent peer written from the specification alone (interoperability tests)."""
import argparse, base64, collections, concurrent.futures, hashlib, hmac, json, os, queue, random, select, socket, struct, sys
import threading, time
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAGIC = b"HYDRA2\r\n"
MAX_FRAME, MAX_RECORD, NEVER, U64 = (1 << 26) + 1024, 65535, 0xFFFFFFFF, (1 << 64) - 1
SEALED, HEAD, DATA, BATCH, TICK, END, CHECK = 0x01, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15
JOIN, JOINED, ACK, GAP, STATE, ERROR, BYE, PING, PONG, ADMIN, REPLY = range(0x80, 0x8B)
COUNT, PEERS, UNREAD, NEXT_KEY = 0xC0, 0xC1, 0xC5, 0xC8
LIVE, OLDEST, AT = 0, 1, 2                       # JOIN.start
WAIT, LINK = 2, 8                                # JOIN.flags
OVER, ROTATED = 1, 2                             # END.final; 0: the producer goes on with a new stream
ADMIN_ROLE, PRODUCER, CONSUMER = 0, 1, 2
ERRORS = ("", "PROTOCOL", "TOO_BIG", "TIMEOUT", "UNAUTHORIZED", "NOT_OWNER", "PRODUCER_EXISTS", "NO_SESSION", "TOO_SLOW",
          "LIMIT", "REPLACED", "KICKED", "SHUTDOWN", "UNSUPPORTED", "INTERNAL")
RETRY = {"TIMEOUT": 1000, "PRODUCER_EXISTS": 1000, "NO_SESSION": 1000, "TOO_SLOW": 0, "LIMIT": 5000, "INTERNAL": 1000}


class Fault(Exception):
    """A failure with the name that the specification gives it; relay=True when the other end said so in an ERROR."""
    def __init__(self, code, text="", relay=False, retry=0):
        super().__init__(code, text)
        self.code, self.text, self.relay, self.retry = code, text, relay, retry

    def final(self):
        """Whether another connection cannot help."""
        local = self.code in ("RELAY_KEY_MISMATCH", "NOT_RECIPIENT", "VERSION", "TRUNCATED") or getattr(self, "last", False)
        return self.retry == NEVER if self.relay else local


def H(*parts): return hashlib.sha256(b"".join(parts)).digest()
def L(x): return b"hydra-sync/2 " + x.encode() + b"\0"
def mac(key, data): return hmac.new(key, data, hashlib.sha256).digest()
def u16(x): return struct.pack(">H", x)
def u32(x): return struct.pack(">I", x)
def u64(x): return struct.pack(">Q", x)
def b64(x): return base64.urlsafe_b64encode(x).rstrip(b"=").decode()
def unb64(s): return base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))
def now_ms(): return int(time.time() * 1000)
def pub(key): return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
def frame(typ, body=b""): return u32(1 + len(body)) + bytes([typ]) + body


def readable(sock, seconds):
    """Whether something, or the end, has come by then; select.select() knows no socket above 1023."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def content(i, size): return (H(u64(i)) * (size // 32 + 1))[:size]


def event(name, **kw):
    print(json.dumps({"event": name, **kw}), file=sys.stderr, flush=True)


def expand(prk, info, n):
    out, t, i = b"", b"", 1
    while len(out) < n:
        t = mac(prk, t + info + bytes([i]))
        out, i = out + t, i + 1
    return out[:n]


def ed_sign(seed, msg): return Ed25519PrivateKey.from_private_bytes(seed).sign(msg)


def ed_ok(public, sig, msg):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(sig, msg)
        return True
    except (InvalidSignature, ValueError):
        return False


# ---------------------------------------------------------------- Noise NX (section 1)
class Cipher:
    """A Noise CipherState. rekey_every: records after which both ends rekey."""
    def __init__(self, key, rekey_every=1 << 20):
        self.key, self.gcm, self.n, self.every = key, AESGCM(key), 0, rekey_every

    def rekey(self):
        self.key = self.gcm.encrypt(bytes(4) + b"\xff" * 8, bytes(32), None)[:32]
        self.gcm = AESGCM(self.key)

    def _step(self):
        self.n += 1
        if self.n % self.every == 0:
            self.rekey()

    def seal(self, data, ad=b""):
        out = self.gcm.encrypt(bytes(4) + u64(self.n), data, ad)
        self._step()
        return out

    def open(self, data, ad=b""):
        out = self.gcm.decrypt(bytes(4) + u64(self.n), data, ad)
        self._step()
        return out


class Noise:
    def __init__(self, prologue=MAGIC):
        self.h = self.ck = b"Noise_NX_25519_AESGCM_SHA256".ljust(32, b"\0")
        self.cipher = None
        self.mix(prologue)

    def mix(self, data): self.h = H(self.h, data)

    def dh(self, private, public):
        out = expand(mac(self.ck, private.exchange(X25519PublicKey.from_public_bytes(public))), b"", 64)
        self.ck, self.cipher = out[:32], Cipher(out[32:])

    def seal(self, data):
        out = self.cipher.seal(data, self.h)
        self.mix(out)
        return out

    def open(self, data):
        out = self.cipher.open(data, self.h)
        self.mix(data)
        return out

    def split(self):
        out = expand(mac(self.ck, b""), b"", 64)
        return Cipher(out[:32]), Cipher(out[32:])

    def start(self, private):                      # initiator: -> e
        self.e = private
        self.mix(pub(private))
        self.mix(b"")
        return pub(private)

    def finish(self, message2):                    # initiator: <- e, ee, s, es; returns the relay's static key
        re, s, tag = message2[:32], message2[32:80], message2[80:]
        self.mix(re)
        self.dh(self.e, re)
        rs = self.open(s)
        self.dh(self.e, rs)
        self.open(tag)
        return rs

    def respond(self, message1, static, private):  # responder: both messages
        self.mix(message1)
        self.mix(b"")
        self.mix(pub(private))
        self.dh(private, message1)
        s = self.seal(pub(static))
        self.dh(static, message1)
        return pub(private) + s + self.seal(b"")


# ---------------------------------------------------------------- frames on a socket (section 2)
class Link:
    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.lock, self.tx, self.rx, self.h = sock, threading.Lock(), None, None, None
        self.buf, self.plain, self.nread = bytearray(), bytearray(), 0
        self.max_frame, self.max_inner, self.idle, self.deadline, self.closing = MAX_FRAME, 4096, 45.0, None, False
        self.trust = None                    # the keys that a relay may have, where we follow what it says of them; once joined
        self.heard = False

    def need(self, n):
        end = time.monotonic() + self.idle
        while len(self.buf) < n:
            left = (end if self.deadline is None else self.deadline) - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if not readable(self.sock, min(left, 0.5)):
                continue
            data = self.sock.recv(max(1 << 16, min(n - len(self.buf), 1 << 20)))
            if not data:
                raise EOFError("inside a frame" if self.buf else "between frames")
            self.buf += data
            self.nread += len(data)

    def take(self, n):
        self.need(n)
        out = bytes(self.buf[:n])
        del self.buf[:n]
        return out

    def _inner(self):
        if len(self.plain) < 4:
            return None
        n = struct.unpack_from(">I", self.plain)[0]
        if n == 0 or (len(self.plain) > 4 and self.plain[4] == SEALED):
            raise Fault("PROTOCOL", "inner len 0 or nested SEALED")
        if n > self.max_inner:
            raise Fault("TOO_BIG", "inner frame")
        if len(self.plain) < 4 + n:
            return None
        typ, body = self.plain[4], bytes(self.plain[5:4 + n])
        del self.plain[:4 + n]
        return True, typ, body

    def next(self):
        """One frame: (True, type, body) out of SEALED records or (False, type, whole frame) from outside."""
        got = self.one()
        if self.trust is not None:
            self.follow(*got)
        return got

    def follow(self, inner, typ, body):
        """Section 17: NEXT_KEY is right behind JOINED; anything else there says that there is no other key."""
        named = inner and typ == NEXT_KEY
        if named and len(body) < 32:
            raise Fault("CORRUPT", "a NEXT_KEY cut short")
        if named or not self.heard:
            now = [self.key] + [body[:32]] * (named and body[:32] != self.key)
            if self.trust != now:
                self.trust[:] = now
                event("keys", now=[b64(k) for k in now])
        self.heard = True

    def one(self):
        while True:
            got = self._inner()
            if got:
                return got
            self.need(4)
            n = struct.unpack_from(">I", self.buf)[0]
            if n == 0:
                raise Fault("PROTOCOL", "len 0")
            if n > self.max_frame:
                raise Fault("TOO_BIG", "len %d" % n)
            self.need(5)
            typ = self.buf[4]
            if typ == SEALED and not 17 <= n - 1 <= MAX_RECORD:
                raise Fault("PROTOCOL", "SEALED length")
            raw = self.take(4 + n)
            if typ != SEALED:
                return False, typ, raw
            try:
                self.plain += self.rx.open(raw[5:])
            except InvalidTag:
                raise Fault("CORRUPT", "SEALED tag") from None

    def seal(self, inner, step=MAX_RECORD - 16):   # the result must be sent in this order
        return b"".join(frame(SEALED, self.tx.seal(inner[i:i + step])) for i in range(0, len(inner), step))

    def raw(self, data):
        with self.lock:
            self.sock.sendall(data)

    def ctl(self, typ, body=b""):
        with self.lock:
            self.sock.sendall(self.seal(frame(typ, body)))

    def shut(self):
        """Ends reads and writes at once, also those that are blocked."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def error(self, code, retry=None):
        """ERROR, FIN; the reading side drains later."""
        self.closing, self.deadline = True, time.monotonic() + 5
        try:
            usual = 0 if self.max_inner > 4096 and code in ("PROTOCOL", "TOO_BIG") else RETRY.get(code, NEVER)
            retry = usual if retry is None else retry
            self.ctl(ERROR, u16(ERRORS.index(code)) + u32(retry) + code.encode())
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def drain(self):
        self.closing, self.deadline = True, time.monotonic() + 5
        try:
            self.sock.shutdown(socket.SHUT_WR)
            while True:
                self.buf.clear()
                self.need(1)
        except (OSError, EOFError):
            pass


# ---------------------------------------------------------------- session ids, JOIN (sections 3, 4)
def owned_sid(seed, rnd):
    p = pub(Ed25519PrivateKey.from_private_bytes(seed))
    return p + rnd + H(L("session"), p, rnd)[:16]


def is_owned(sid): return hmac.compare_digest(H(L("session"), sid[:48])[:16], sid[48:])


def cred_fields(cred, h, role, sid):
    return (H(L("cred-id"), cred)[:8] + mac(cred, L("cred") + h + bytes([role]) + sid)) if cred else bytes(40)


def join_body(h, sid, role, flags=0, start=0, overflow=0, id=0, seq=0, resume=bytes(16), seed=None, cred=None):
    owner = ed_sign(seed, L("owner") + h + sid) if seed and role == PRODUCER else bytes(64)
    return (bytes([role, flags, start, overflow]) + sid + u64(id) + u64(seq) + resume + owner
            + cred_fields(cred, h, role, sid))


def link_cred(cluster_key): return mac(cluster_key, L("link"))


def dial(relay, source=None, seconds=10):
    host, port = relay.rsplit(":", 1)
    return Link(socket.create_connection((host.strip("[]"), int(port)), seconds, source and (source, 0)))


def handshake(link, pin=None, private=None):
    link.sock.settimeout(None)
    noise = Noise()
    link.raw(MAGIC + noise.start(private or X25519PrivateKey.generate()))
    try:
        message2 = link.take(96)
    except EOFError:
        raise Fault("VERSION" if len(link.buf) == 8 and link.buf[:5] == b"HYDRA" else "EOF", "in the handshake") from None
    try:
        link.key = noise.finish(message2)
    except (InvalidTag, ValueError):
        raise Fault("CORRUPT", "handshake") from None
    if pin and not any([hmac.compare_digest(k, link.key) for k in pin]):
        raise Fault("RELAY_KEY_MISMATCH")
    link.h = noise.h
    link.tx, link.rx = noise.split()
    return link


def fields(fmt, body):
    if len(body) < struct.calcsize(fmt):
        raise Fault("PROTOCOL", "short control frame")
    return struct.unpack_from(fmt, body)


def relay_error(body):
    code, retry = fields(">HI", body)
    name = ERRORS[code] if code < len(ERRORS) else "ERROR_%d" % code
    return Fault(name, "retry %d: %s" % (retry, body[6:262].decode("utf-8", "replace")), relay=True, retry=retry)


Joined = collections.namedtuple("Joined", "flags max_frame id seq resume linger")


def read_joined(link):
    inner, typ, body = link.next()
    if inner and typ == ERROR:
        raise relay_error(body)
    if not inner or typ != JOINED:
        raise Fault("CORRUPT", "first frame is %#x" % typ)
    link.joined = Joined(*fields(">BIQQ16sH", body))
    link.linked = struct.unpack_from(">BQQ", body, 39) if len(body) >= 56 else None      # policy, tail: to a JOIN with LINK
    link.max_frame, link.max_inner = min(link.joined.max_frame, MAX_FRAME), (1 << 20) + 64
    return link


Failure = collections.namedtuple("Failure", "place next code framed")    # framed: a relayed frame was the cause


class Retries:
    """Whether there is another connection, and when (section 7, Failures and Deadline): no socket, no clock; times in seconds."""
    LAST, LAST_AT_ONE_NEXT, STOOD = 3, 16, 60

    def __init__(self, deadline, now):
        self.deadline, self.without, self.pause = deadline, 0.0, 0.2     # without: a connection, before the last one
        self.since, self.gone = now, None        # when the last one was joined; when it was lost
        self.failures = []

    # ---- failures
    def at(self, place): return sum(f.place == place for f in self.failures)
    def at_next(self, nxt): return sum(f.next == nxt for f in self.failures)

    def passes(self, failure):
        """Whether a failure that has not been counted passes its place over."""
        return self.at(failure.place) + 1 >= self.LAST and self.at_next(failure.next) + 1 < self.LAST_AT_ONE_NEXT

    def failed(self, failure):
        """Counts. -> whether it is fatal."""
        self.failures = self.failures[-4 * self.LAST_AT_ONE_NEXT:] + [failure]
        return self.at(failure.place) >= self.LAST or self.at_next(failure.next) >= self.LAST_AT_ONE_NEXT

    def progress(self, gives_time=True):
        self.failures = []
        if gives_time:
            self.without, self.pause = 0.0, 0.2

    # ---- time
    def joined(self, now):
        if self.gone is not None:
            self.without += now - self.gone
        self.since, self.gone = now, None

    def lost(self, now):
        self.gone, self.pause = now, min(self.pause, 1)
        if now - self.since >= self.STOOD:
            self.without, self.pause = 0.0, 0.2
            self.failures = [f for f in self.failures if f.framed]

    def wait(self, problem, now, jitter=lambda: random.uniform(0.75, 1.25)):
        """-> how long to wait before the next attempt; None where there is none."""
        left = self.deadline - self.without - (now - self.gone)
        if left < 1e-3 or isinstance(problem, Fault) and problem.final():
            return None
        asked = problem.retry / 1000 if isinstance(problem, Fault) and problem.relay else 0
        pause, self.pause = max(asked, self.pause * jitter()), min(2 * self.pause, 30)
        return min(pause, left)

    def again(self, problem, place, connect):
        """Sleeps and connects until that works; raises what there is no way on from. place: of what has none of its own."""
        self.lost(time.monotonic())
        while True:
            if counts(problem) and self.failed(failure_of(problem, place())) or is_fatal(problem):
                raise problem
            pause = self.wait(problem, time.monotonic())
            if pause is None:
                raise problem
            time.sleep(pause)
            try:
                return connect()
            except (Fault, EOFError, OSError) as e:
                if self.gone is None:
                    self.lost(time.monotonic())              # joined, and broken before it could be used
                problem = e


def counts(problem):
    return isinstance(problem, Fault) and problem.code != "EOF" and (not problem.relay or problem.code in ("PROTOCOL", "TOO_BIG"))


def is_fatal(problem): return isinstance(problem, Fault) and problem.code == "PROTOCOL" and not problem.relay


def failure_of(problem, nxt):
    """place: where a frame or a HEAD failed; None: at next, and framed says whether a relayed frame was the cause."""
    place = getattr(problem, "place", None)
    return Failure(place or nxt, nxt, problem.code, place is not None or getattr(problem, "framed", False))


def connect(args, role, **kw):
    """A round over the relays, beginning with the last one that let us in. PRODUCER_EXISTS ends it."""
    relays, first = args.relay.split(","), getattr(args, "turn", 0)
    for i in range(len(relays)):
        args.turn = (first + i) % len(relays)
        try:
            return connect_to(args, relays[args.turn], role, **kw)
        except (Fault, EOFError, OSError) as e:
            if i == len(relays) - 1 or isinstance(e, Fault) and e.code in ("PRODUCER_EXISTS", "REPLACED"):
                args.turn = (args.turn + 1) % len(relays)
                raise


def connect_to(args, relay, role, **kw):
    link = handshake(dial(relay, seconds=10 if "," not in args.relay else 2), args.relay_key)
    link.deadline = time.monotonic() + 10 if "," in args.relay else None
    link.ctl(JOIN, join_body(link.h, args.session_id, role, cred=args.cred, **kw))
    j = read_joined(link).joined
    link.trust = args.relay_key                              # what is trusted is what was given, and follows from here
    link.deadline, link.idle = None, 3 * args.heartbeat
    event("joined", relayKey=b64(link.key), flags=j.flags, maxFrame=j.max_frame, id=j.id, seq=j.seq,
          resume=j.resume.hex(), linger=j.linger)

    def pinger():
        try:
            while True:
                time.sleep(args.heartbeat)
                link.ctl(PING, u64(now_ms()))
        except OSError:
            pass
    threading.Thread(target=pinger, daemon=True).start()
    return link


# ---------------------------------------------------------------- epochs, keys, relayed frames (sections 5, 6)
class Head:
    """A HEAD taken apart; malformed ones raise PROTOCOL."""
    def __init__(self, raw, sid):
        b = raw[4:]
        if len(b) < 60:
            raise Fault("PROTOCOL", "short HEAD")
        _, self.epoch, self.stream, self.first, self.flags, self.salt, n = struct.unpack_from(">BQQQB32sH", b)
        owned, end = is_owned(sid), 60 + 84 * n
        if n > 512 or len(b) != end + 32 + 64 * owned:
            raise Fault("PROTOCOL", "HEAD length")
        if self.flags & ~1 or (not owned and (self.flags or n)):
            raise Fault("PROTOCOL", "HEAD flags or n")
        if self.stream > self.epoch or (self.stream == self.epoch and self.first) or self.first >> 62:
            raise Fault("PROTOCOL", "HEAD stream or first")
        self.raw, self.sid, self.owned, self.n, self.signed = raw, sid, owned, n, self.flags & 1
        self.T = H(L("stream"), sid, b[:end])
        self.commit, self.sig = b[end:end + 32], b[end + 32:]

    def sig_ok(self):
        return not self.owned or ed_ok(self.sid[:32], self.sig, L("head") + self.T + self.commit)


class Keys:
    def __init__(self, salt, T, session_key):
        self.prk, self.T, self.g = mac(salt, session_key), T, {}
        self.commit = expand(self.prk, L("commit") + T, 32)

    def key(self, g):
        if g not in self.g:
            out = expand(self.prk, L("key") + self.T + u64(g), 44)
            self.g = {g: (out[:32], out[32:], AESGCM(out[:32]))}
        return self.g[g]

    def _nonce(self, seq):
        _, iv, gcm = self.key(seq >> 12)
        return gcm, bytes(a ^ b for a, b in zip(iv, bytes(4) + u64(seq)))

    def seal(self, typ, seq, data):
        head = u32(25 + len(data)) + bytes([typ]) + u64(seq)
        gcm, nonce = self._nonce(seq)
        return head + gcm.encrypt(nonce, data, head)

    def open(self, raw):
        gcm, nonce = self._nonce(struct.unpack_from(">Q", raw, 5)[0])
        try:
            return gcm.decrypt(nonce, raw[13:], raw[:13])
        except InvalidTag:
            raise Fault("CORRUPT", "relayed tag") from None


def make_head(sid, session_key, epoch, stream, first, flags=0, salt=None, seed=None, n=0, stanzas=b"", bad_sig=False):
    salt = salt or os.urandom(32)
    b = struct.pack(">BQQQB32sH", HEAD, epoch, stream, first, flags, salt, n) + stanzas
    T = H(L("stream"), sid, b)
    keys = Keys(salt, T, session_key)
    sig = ed_sign(seed, L("head") + T + keys.commit) if seed else b""
    if bad_sig:
        sig = sig[:8] + bytes([sig[8] ^ 1]) + sig[9:]
    b += keys.commit + sig
    return u32(len(b)) + b, keys


def make_check(keys, seq, start, frames, seed):
    digests = b"".join(H(f) for f in frames)
    head = u32(25 + 72 + len(digests)) + bytes([CHECK]) + u64(seq)
    body = u64(start) + digests
    return keys.seal(CHECK, seq, body + ed_sign(seed, L("check") + keys.commit + head + body))


def pack_batch(messages): return b"".join(u32(len(m)) + m for m in messages)


def unpack_batch(data):
    out, i = [], 0
    while i < len(data):
        n = struct.unpack_from(">I", data, i)[0] if i + 4 <= len(data) else len(data)
        if i + 4 + n > len(data):
            raise Fault("PROTOCOL", "BATCH fill")
        out.append(data[i + 4:i + 4 + n])
        i += 4 + n
    if not out:
        raise Fault("PROTOCOL", "empty BATCH")
    return out


# ---------------------------------------------------------------- producer
Sealed = collections.namedtuple("Sealed", "seq typ final raw epoch")     # final: of an END
Epoch = collections.namedtuple("Epoch", "number first head keys")        # one of a producer's own


class Ring:
    """A producer's last frames, acknowledged or not, as they were sealed."""
    def __init__(self, limit=64 << 20):
        self.limit, self.frames, self.bytes = limit, collections.deque(), 0
        self.unacked, self.pending = 0, collections.deque()

    def put(self, sealed):
        self.frames.append(sealed)
        self.pending.append((sealed.seq, len(sealed.raw)))
        self.bytes, self.unacked = self.bytes + len(sealed.raw), self.unacked + len(sealed.raw)
        while len(self.frames) > 2 and self.bytes > self.limit and self.frames[0].seq < self.pending[0][0]:
            self.bytes -= len(self.frames.popleft().raw)

    def acked(self, nxt):
        while self.pending and self.pending[0][0] < nxt:
            self.unacked -= self.pending.popleft()[1]

    def runs(self):
        """For starting over: the frames of each new epoch. Split behind an END after which more comes, and behind its CHECK;
        CHECKs that would cover nothing are left out."""
        runs, over = [[]], None
        for f in self.frames:
            if over is not None and f.typ != CHECK:
                runs, over = runs + [[]], None
            if f.typ != CHECK or any(x.typ != CHECK for x in runs[-1]):
                runs[-1].append(f)
            if f.typ == END and f.final != OVER:
                over = f.final
        return runs + [[]] if over == ROTATED else runs


class Kept:
    """What a relay has said that it has of a producer's frames, and how often it was sent all of them (section 7)."""
    def __init__(self, retries):
        self.retries, self.anew, self.stream, self.most = retries, 0, 0, 0       # most: of the stream's ACKs

    def opened(self, stream, first):
        """A HEAD is about to be sent."""
        self.most = self.most if stream == self.stream else 0
        self.stream, self.first, self.said, self.named = stream, first, first, False

    def acknowledged(self, nxt, seq):
        """An ACK of the present epoch that may be true, while seq is the next frame."""
        more, new = nxt > self.said or seq == self.first and not self.named, nxt > self.most
        self.said, self.most, self.named = max(self.said, nxt), max(self.most, nxt), True
        if more or new:
            self.anew = 0
            self.retries.progress(gives_time=new)

    def sealed_anew(self, oldest, acked):
        """All that the ring holds is about to be sent again. -> whether that has been in vain too often."""
        self.anew += 1
        vain = Failure((self.stream, oldest), (self.stream, acked), "CORRUPT", True)
        return self.anew >= 4 and self.retries.failed(vain)


class Producer:
    def __init__(self, args):
        self.retries = Retries(args.reconnect, time.monotonic())
        self.kept = Kept(self.retries)
        self.a, self.seed, self.cond = args, args.owner_seed, threading.Condition(threading.RLock())
        self.stream = self.number = 0                # number: the highest epoch of which a HEAD has begun to be sent
        self.token, self.anew, self.down, self.bye = bytes(16), False, False, False
        self.seq = self.acked = args.first
        self.ring, self.consumers, self.fault = Ring(), 0, None
        self.eof, self.rise, self.out, self.out_len = threading.Event(), False, [], 0
        self.link = self.join()
        self.link.raw(self.open_epoch(self.seq))
        for target in (self.reader, self.ticker):
            threading.Thread(target=target, daemon=True).start()

    # ---- epochs
    def join(self):
        link = connect(self.a, PRODUCER, seed=self.seed, start=AT if self.number else LIVE, id=self.number,
                       seq=self.acked if self.number else 0, resume=self.token)
        self.token, self.known = link.joined.resume, link.joined.id
        if self.known > now_ms() + 86400000:
            raise Fault("STALE_EPOCH", "the relay's epoch is in the future")
        return link

    def open_epoch(self, first):
        """-> the HEAD of a new epoch: of a new stream where there is none."""
        self.number = max(now_ms(), self.number + 1, self.known + 1)
        self.stream = self.stream or self.number - bool(first)        # --first: as one that has started over
        head, keys = make_head(self.a.session_id, self.a.session_key, self.number, self.stream, first,
                               int(self.a.signed), seed=self.seed)
        self.epoch = Epoch(self.number, first, head, keys)
        self.uncovered, self.check_from, self.uncovered_since = [], first, 0.0
        self.kept.opened(self.stream, first)
        event("head", epoch=self.number, stream=self.stream, first=first, T=keys.T.hex())
        return head

    def rotate(self):
        with self.cond:
            self.send(END, u64(now_ms()) + bytes([ROTATED]), True)
            self.out.append(self.open_epoch(self.seq))

    def come_back(self, link):
        """After a lost connection: what the relay does not have yet. cond is held."""
        j, self.out, self.out_len = link.joined, [], 0
        if j.flags & 4 and not self.anew:
            oldest = self.ring.frames[0].seq if self.ring.frames else self.seq
            if j.id != self.number or not max(oldest, self.epoch.first) <= j.seq <= self.seq:
                self.anew = True                             # with the next connection
                raise Fault("CORRUPT", "resumed at %d of epoch %d" % (j.seq, j.id))
            event("resumed", epoch=j.id, next=j.seq)
            data = [f.raw for f in self.ring.frames if f.seq >= j.seq]
        elif j.id > self.number:                             # somebody else wrote to the session
            self.stream, self.seq, self.acked, self.ring = 0, 0, 0, Ring()
            data = [self.open_epoch(0)]
            event("newStream", stream=self.stream)
        else:
            data = self.start_over()
        self.link, self.anew = link, False
        link.raw(b"".join(data))
        self.down = False

    def start_over(self):
        runs = self.ring.runs()
        first = next((run[0].seq for run in runs if run), self.seq)
        if self.kept.sealed_anew(first, self.acked):
            problem = Fault("CORRUPT", "all from %d on was sent in %d epochs, and nothing is acknowledged" % (first, self.kept.anew))
            problem.last = True
            raise problem
        self.ring, data, self.acked = Ring(), [], first
        for run in runs:
            data.append(self.open_epoch(run[0].seq if run else self.seq))
            for f in run:
                if f.typ == CHECK:
                    raw = make_check(self.epoch.keys, f.seq, self.check_from, self.uncovered, self.seed)
                    self.uncovered, self.check_from, self.uncovered_since = [], f.seq + 1, 0.0
                else:
                    raw = self.epoch.keys.seal(f.typ, f.seq, f.epoch.keys.open(f.raw))
                    if self.a.signed:
                        self.uncovered.append(raw)
                        self.uncovered_since = self.uncovered_since or time.monotonic()
                self.ring.put(f._replace(raw=raw, epoch=self.epoch))
                data.append(raw)
        event("startedOver", first=first, epochs=len(runs))
        return data

    # ---- from the relay
    def reader(self):
        problem = None
        while not problem:
            try:
                self.read()
            except (Fault, EOFError, OSError) as e:
                self.link.shut()                             # frees a writer that is blocked
                problem = self.reconnect(e)
        with self.cond:
            self.fault = problem
            self.cond.notify_all()
        event("closed", why=repr(problem))
        self.eof.set()

    def read(self):
        while True:
            inner, typ, body = self.link.next()
            if not inner:
                raise Fault("CORRUPT", "relayed frame to a producer")
            if typ == ERROR:
                raise relay_error(body)
            if typ == ACK:
                self.on_ack(*fields(">Q8sQI", body))
            elif typ == UNREAD:
                self.on_unread(*fields(">QQQ", body))
            elif typ == PONG:
                event("pong", ms=now_ms() - fields(">Q", body)[0])
            elif not 0xC0 <= typ:
                raise Fault("CORRUPT", "control %#x to a producer" % typ)

    def reconnect(self, problem):
        """-> None once there is another connection, else why there will be none."""
        if not self.a.reconnect or self.bye:
            return problem
        with self.cond:
            self.down = True
        try:
            self.retries.again(problem, lambda: (self.stream, self.acked), self.go_on)
        except (Fault, EOFError, OSError) as e:
            return e

    def go_on(self):
        link = self.join()
        self.retries.joined(time.monotonic())
        try:
            with self.cond:
                self.come_back(link)
                self.cond.notify_all()
        except (Fault, OSError):
            link.shut()
            raise

    def on_ack(self, epoch, head8, nxt, consumers):
        with self.cond:
            self.rise |= consumers > self.consumers
            if consumers != self.consumers or nxt != self.acked:
                event("ack", epoch=epoch, next=nxt, consumers=consumers)
            self.consumers = consumers
            if epoch == self.number:
                if nxt > self.seq or head8 != H(self.epoch.head)[:8]:
                    self.anew = True
                    raise Fault("CORRUPT", "ACK beyond what was sent, or of another HEAD")
                self.kept.acknowledged(nxt, self.seq)
                self.acked = max(self.acked, nxt)
                self.ring.acked(nxt)
            self.cond.notify_all()

    def on_unread(self, stream, oldest, unread):
        if stream == self.stream:
            event("unread", stream=stream, oldest=oldest, unread=unread)

    # ---- to the relay
    def send(self, typ, data, flush=False):
        with self.cond:
            self.cond.wait_for(lambda: self.ring.unacked < self.ring.limit or self.fault)
            if self.fault:
                raise self.fault
            raw = self.epoch.keys.seal(typ, self.seq, data)
            self._put(typ, data[8] if typ == END else None, raw)
            if self.a.signed:
                self.uncovered_since = self.uncovered_since or time.monotonic()
                self.uncovered.append(raw)
                self.check(len(self.uncovered) >= 256 or sum(map(len, self.uncovered)) >= 8 << 20 or typ == END)
            if flush or self.out_len >= 1 << 18:
                self.flush()

    def _put(self, typ, final, raw):
        self.ring.put(Sealed(self.seq, typ, final, raw, self.epoch))
        self.out.append(raw)
        self.out_len, self.seq = self.out_len + len(raw), self.seq + 1

    def check(self, due):
        if self.uncovered and (due or time.monotonic() - self.uncovered_since > 0.02):
            self._put(CHECK, None, make_check(self.epoch.keys, self.seq, self.check_from, self.uncovered, self.seed))
            self.uncovered, self.check_from, self.uncovered_since = [], self.seq, 0.0
            self.flush()

    def flush(self):
        with self.cond:
            data, self.out, self.out_len = b"".join(self.out), [], 0
            if self.down:
                return                                       # come_back sends it from the ring
            try:
                self.link.raw(data)
            except OSError:
                if not self.a.reconnect:
                    raise
                self.down = True
                self.link.shut()

    def ticker(self):
        """A TICK every 10 s while the last ACK counted a consumer, and within 1 s of a rise."""
        last, self.ended = time.monotonic(), False
        try:
            while not self.eof.is_set():
                time.sleep(0.01 if self.a.signed else 0.25)
                with self.cond:
                    if self.ended:
                        return
                    self.check(False)
                    due = self.rise or self.consumers and time.monotonic() - last >= 10
                    if due and self.ring.unacked < self.ring.limit:
                        self.rise, last = False, time.monotonic()
                        self.send(TICK, u64(now_ms()), True)
        except (OSError, EOFError, Fault):
            pass

    def messages(self):
        if not self.a.stdin:
            yield from (content(i, self.a.size) for i in range(self.a.first, self.a.first + self.a.count))
            return
        while True:
            block = os.read(0, self.a.size)
            if not block:
                return
            yield block

    def run(self):
        a, pack, n, frames, t0 = self.a, [], 0, 0, time.monotonic()
        with self.cond:
            self.cond.wait_for(lambda: self.consumers >= a.wait_consumers or self.fault)
        for m in self.messages():
            n += 1
            pack.append(m)
            if len(pack) >= max(a.batch, 1):
                if a.rotate and frames and frames % a.rotate == 0:
                    self.rotate()
                self.send(BATCH if a.batch else DATA, pack_batch(pack) if a.batch else m, a.stdin)
                pack, frames = [], frames + 1
        if pack:
            self.send(BATCH, pack_batch(pack))
        self.flush()
        event("sent", messages=n, seq=self.seq, seconds=round(time.monotonic() - t0, 3))
        self.eof.wait(a.hold)
        with self.cond:
            if a.end:
                self.ended = True
                self.send(END, u64(now_ms()) + bytes([OVER]), True)
            if not self.cond.wait_for(lambda: self.acked >= self.seq or self.fault, 60 + a.reconnect) or self.acked < self.seq:
                raise self.fault or Fault("TIMEOUT", "no ACK of %d" % self.seq)
            self.bye = a.end
        event("acked", next=self.acked)
        if a.end:
            self.link.ctl(BYE)
            if not self.eof.wait(15) or not isinstance(self.fault, EOFError):
                raise Fault("TIMEOUT", "no EOF after BYE")
        return 0


# ---------------------------------------------------------------- consumer
class Reading:
    """Where a consumer is, by the rules of sections 4 and 6: no socket, no key, no clock. What is told goes to tell(name, **fields).

    start: beginning, oldest, live or at; position: (stream, epoch, T, next, ended) or None, as position() gave it."""
    def __init__(self, start, tell, position=None):
        self.start, self.tell = start, tell
        self.stream, self.epoch, self.T, self.next, self.ended = position or (0, 0, None, None, False)
        self.known = position is not None    # a HEAD of this stream has verified, or a position in it was stored
        self.first = not self.known and start in ("oldest", "live")      # still in the stream that the exception is for
        self.place = None                    # live: what the first JOINED named; until a frame has opened
        self.nowhere = False                 # there has been a JOINED of (0, 0)
        self.fresh, self.began = True, None  # fresh: no JOINED yet; began: missedBefore

    def position(self):
        return None if self.next is None else (self.stream, self.epoch, self.T, self.next, self.ended)

    def request(self):
        """start, id and seq of the next JOIN."""
        if self.next is not None:
            return AT, self.stream, self.next
        if self.place:
            return (AT,) + self.place
        return (LIVE if self.start == "live" and not self.nowhere else OLDEST), 0, 0

    def joined(self, stream, seq):
        start, asked, _ = self.request()
        self.asked = asked if start == AT else None
        if self.next is None:
            self.epoch, self.T = 0, None     # nothing was delivered under them
            if not stream:
                self.nowhere = True
            elif self.fresh and self.start == "live":
                self.place = (stream, seq)
        self.fresh, self.named = False, (stream, seq)
        self.head = self.expected = self.gap = self.behind = None       # behind: what a jump is called that begins at a damaged frame
        self.over = False                    # whether this epoch's END has opened on this connection

    def on_gap(self, stream, start, to):
        g = self.gap
        if g and g[0] == stream and g[1] <= start <= g[2]:
            start, to = g[1], max(to, g[2])
        self.gap = (stream, start, to)

    # ---- HEAD
    def admit(self, h):
        """Whether a HEAD, of which nothing is known yet, is new here; STALE_EPOCH."""
        if h.epoch == self.epoch and h.T == self.T:
            return False
        lower = h.stream < self.stream and (self.epoch or self.next is not None)
        if h.epoch < self.epoch or h.epoch == self.epoch and self.T is not None or lower:
            raise Fault("STALE_EPOCH")
        return True

    def on_head(self, h):
        """A HEAD has verified."""
        new = self.admit(h)
        if new and self.expected is not None:
            self.expected = h.first          # else JOINED may have meant this one
        self.over = self.over and not new
        self.head, self.epoch, self.T = h, h.epoch, h.T
        if not new:
            return
        if not self.known or h.stream != self.stream:
            self.enter(h)
        elif self.next is not None:
            self.go_on(h)
        elif self.nowhere and not self.place:
            self.begin(h.first)

    def enter(self, h):
        if self.known and not self.ended:
            self.tell("TRUNCATED", stream=self.stream, next=self.next)
        self.first = self.first and not self.known and (not self.place or self.place[0] == h.stream)
        self.stream, self.known, self.ended = h.stream, True, False
        if not self.first:
            self.next, self.place = 0, None
            self.began = 0 if self.began is None else self.began
            self.go_on(h)
        elif self.nowhere and not self.place:
            self.begin(h.first)
        else:
            self.next = None

    def go_on(self, h):
        if h.first >= self.next:
            self.ended = False               # after END 0: the stream is open again
        self.skip_to(h.first, "HEAD")

    def begin(self, seq):
        self.next = self.began = seq
        self.tell("begin", stream=self.stream, seq=seq)

    def skip_to(self, seq, why):
        if seq > self.next:
            self.tell("GAP", stream=self.stream, **{"from": self.next, "to": seq}, why=why)
            self.next = seq

    # ---- frames
    def base(self):
        """From where a jump needs permission; None: from nowhere."""
        if self.next is not None:
            return self.next
        return max(self.place[1], self.head.first) if self.place and self.asked is not None else None

    def named_here(self):
        """JOINED's position, where the first frame may be at it."""
        return self.named[1] if self.expected is None and self.named[0] == self.head.stream else None

    def permitted(self):
        """JOINED's position, where it permits a jump from `next`: not in the stream that was asked for by its place."""
        return None if self.head.stream == self.asked else self.named_here()

    def expect(self, seq):
        """Whether a frame with this seq may come now: REPLAY, GAP."""
        if seq == self.expected:
            return
        h, gap, named = self.head, self.gap or (None, 0, 0), self.named_here()
        places = [self.expected] if self.expected is not None else [h.first] if named is None else [h.first, named]
        if seq < min(places):
            raise Fault("REPLAY", "seq %d, expected %s" % (seq, places))
        if seq not in places and not any(gap[0] == h.stream and gap[1] <= p and seq <= gap[2] for p in places):
            raise Fault("GAP", "unannounced: seq %d, expected %s" % (seq, places))
        base = self.base()
        if base is None:
            return
        base = max(base, self.permitted() or 0)
        if seq > base and not (gap[0] == h.stream and gap[1] <= base and seq <= gap[2]):
            raise Fault("GAP", "unannounced: seq %d, next %d" % (seq, base))

    def here(self):
        """The place of all failures that have none of their own."""
        return (self.stream, self.next) if self.next is not None else None, None

    def failure(self, code, place=None): return Failure(place or self.here(), self.here(), code, True)

    def arrived(self, seq, typ, retries, open_it):
        """A frame has come. -> (its plaintext, what a jump to it is called, whether it is no neighbour), or None: passed over."""
        why = "announced"
        try:
            self.expect(seq)
        except Fault as e:
            e.framed = True
            if e.code != "GAP" or not retries.passes(self.failure("GAP")):
                raise
            why = "unannounced"
        try:
            plain = open_it()
        except Fault as e:
            e.place = self.head.stream, seq
            if self.ended and seq >= (self.next or 0) or not retries.passes(self.failure("CORRUPT", e.place)):
                raise
            retries.failed(self.failure("CORRUPT", e.place))
            self.pass_over(seq, why)
            return None
        jumped, why, self.behind = self.opened(seq, typ), self.behind or why, None
        return plain, why, jumped

    def head_failed(self, problem, epoch, retries):
        """A HEAD has failed; where it is not passed over that is raised."""
        problem.framed, problem.place = True, ("HEAD", epoch) if epoch else None
        failure = failure_of(problem, self.here())
        damage = epoch and problem.code in ("CORRUPT", "BAD_SIGNATURE", "WRONG_KEY")
        if not damage or not self.known or not retries.passes(failure):
            raise problem
        retries.failed(failure)
        if retries.at(failure.place) == Retries.LAST:
            self.tell("TRUNCATED", stream=self.stream, next=self.next, skipped=epoch)

    def pass_over(self, seq, why):
        """A damaged frame: only at `next` it moves anything."""
        if seq == self.next:
            self.skip_to(seq + 1, "corrupt")
        else:
            self.behind = why if why == "unannounced" else "corrupt"
        self.expected, self.gap = seq + 1, None

    def opened(self, seq, typ):
        """A frame has opened. -> whether it is no neighbour of the one before it."""
        after = self.ended and self.next is not None and seq >= self.next
        if (self.over or after) and typ != CHECK:
            raise Fault("PROTOCOL", "a frame after END")
        self.over = self.over or typ == END
        jumped, self.expected, self.gap = seq != self.expected, seq + 1, None
        return jumped

    def deliver(self, seq, final=None, why="announced"):
        """An opened (and covered) frame takes effect. -> False where it has been delivered already."""
        if self.next is None:
            self.begin(min(seq, self.place[1]) if self.place else seq)
        if seq < self.next:
            return False
        self.skip_to(seq, why)
        self.next, self.place, self.first = seq + 1, None, False
        if final in (0, OVER):
            self.ended = True
        return True


class Consumer:
    def __init__(self, args):
        self.a, self.sid = args, args.session_id
        self.out = open(args.o, "wb") if args.o else None if args.verify_size is not None else sys.stdout.buffer
        at = args.start == "at"
        self.index = None                        # number of the next deterministic message, where it is known
        self.at = Reading(args.start, self.tell, (args.stream, 0, None, args.seq, False) if at else None)
        self.keys = self.check_from = self.prev_tick = None
        self.final, self.held = False, []
        self.count = self.bytes = self.gaps = self.truncated = 0
        self.live, self.state2, self.last, self.skips = 0, False, time.monotonic(), False
        self.retries = Retries(args.reconnect, time.monotonic())
        self.connect()

    def tell(self, name, **kw):
        self.index = None                        # what comes is not what followed
        self.gaps += name == "GAP"
        self.truncated += name == "TRUNCATED"
        event(name, **kw)

    def connect(self):
        start, stream, seq = self.at.request()
        epoch = self.at.epoch if self.at.next is not None else 0
        self.link = connect(self.a, CONSUMER, flags=0 if self.a.no_wait else WAIT, start=start, id=stream, seq=seq,
                            resume=u64(epoch) + bytes(8))
        self.at.joined(self.link.joined.id, self.link.joined.seq)
        self.retries.joined(time.monotonic())
        self.keys, self.held, self.skips, self.live = None, [], False, self.link.joined.flags >> 1 & 1

    def on_head(self, raw):
        """The third time that one fails behind a good one, its epoch is skipped."""
        try:
            self.take_head(raw)
            self.skips = False
        except Fault as e:
            self.at.head_failed(e, fields(">Q", raw[5:])[0] if len(raw) >= 13 else None, self.retries)
            self.skips = True

    def take_head(self, raw):
        try:
            h = Head(raw, self.sid)
        except Fault as e:
            raise Fault("CORRUPT", e.text) from None
        if not self.at.admit(h) and self.keys:
            return
        if h.epoch > now_ms() + 2 * 86400000:
            raise Fault("STALE_EPOCH")
        if not h.sig_ok():
            raise Fault("BAD_SIGNATURE", "HEAD")
        if h.n:
            raise Fault("NOT_RECIPIENT")
        keys = Keys(h.salt, h.T, self.a.session_key)
        if not hmac.compare_digest(keys.commit, h.commit):
            raise Fault("WRONG_KEY")
        self.at.on_head(h)
        self.head, self.keys, self.held, self.check_from = h, keys, [], h.first
        event("head", epoch=h.epoch, stream=h.stream, first=h.first, signed=bool(h.signed), owned=h.owned)

    def on_frame(self, typ, raw):
        if self.skips and CHECK >= typ:
            return
        if self.keys is None or not CHECK >= typ or len(raw) < 29:
            problem = Fault("CORRUPT", "relayed frame %#x" % typ)
            problem.framed = True
            raise problem
        seq = struct.unpack_from(">Q", raw, 5)[0]
        got = self.at.arrived(seq, typ, self.retries, lambda: self.keys.open(raw))
        if not got:
            return
        pt, why, jumped = got
        if jumped and seq != self.head.first:
            self.check_from = None           # the CHECK that comes covers some that did not
        self.last = time.monotonic()
        self.take(seq, typ, raw, pt, why)

    def take(self, seq, typ, raw, pt, why):
        h, final = self.head, pt[8] if typ == END and len(pt) == 9 else None
        if typ == END and final not in (0, OVER, ROTATED):
            raise Fault("PROTOCOL", "END")
        if typ == CHECK:
            if not h.signed:
                raise Fault("PROTOCOL", "CHECK in an unsigned epoch")
            self.on_check(raw, seq, pt)
        elif h.signed:
            self.held.append((seq, typ, pt, H(raw), final, why))
            if len(self.held) > 256 or sum(len(x[2]) for x in self.held[:-1]) > 8 << 20:
                raise Fault("BAD_SIGNATURE", "too much uncovered")
        else:
            self.deliver(seq, typ, pt, final, why)

    def on_check(self, raw, seq, pt):
        start, digests, sig = struct.unpack_from(">Q", pt)[0] if len(pt) >= 72 else -1, pt[8:-64], pt[-64:]
        if start < 0 or start > seq or len(digests) != 32 * (seq - start):
            raise Fault("PROTOCOL", "CHECK length")
        if not ed_ok(self.sid[:32], sig, L("check") + self.head.commit + raw[:13] + pt[:-64]) \
                or self.check_from not in (None, start) \
                or any(x[0] < start or x[3] != digests[32 * (x[0] - start):32 * (x[0] - start + 1)] for x in self.held):
            raise Fault("BAD_SIGNATURE", "CHECK")
        held, self.held, self.check_from = self.held, [], seq + 1
        for s, typ, data, _, final, why in held:
            self.deliver(s, typ, data, final, why)
        self.deliver(seq, CHECK, b"")

    def deliver(self, seq, typ, pt, final=None, why="announced"):
        if not self.at.deliver(seq, final, why):
            return
        self.index = self.index if seq else 0
        self.retries.progress()
        if typ == DATA:
            self.message(pt)
        elif typ == BATCH:
            for m in unpack_batch(pt):
                self.message(m)
        elif typ == TICK:
            if len(pt) != 8:
                raise Fault("PROTOCOL", "TICK")
            lag, tick = now_ms() - struct.unpack(">Q", pt)[0], self.prev_tick
            self.prev_tick = lag
            event("STALLED" if abs(lag) > 60000 and tick is not None and lag >= tick else "tick", lagMs=lag)
        elif typ == END:
            self.final = final == OVER
            event("end", final=final, seq=seq)

    def message(self, m):
        size = self.a.verify_size
        if size is not None:
            if self.index is None:        # joined in the middle: find the number once
                self.index = next((i for i in range(1 << 20) if content(i, size) == m), 0) if size >= 8 else 0
            if m != content(self.index, size):
                raise Fault("CONTENT", "message %d differs" % self.index)
            self.index += 1
        if self.out:
            self.out.write(m)
            self.out.flush()
        self.count, self.bytes = self.count + 1, self.bytes + len(m)

    def read(self):
        """Until as many messages are here as were asked for."""
        while not (self.a.count and self.count >= self.a.count):
            try:
                inner, typ, body = self.link.next()
            except Fault as e:
                raise Fault("CORRUPT", e.text) from None
            if not inner:
                (self.on_head(body) if typ == HEAD else self.on_frame(typ, body))
                if self.final and self.link.deadline is None:
                    self.link.deadline = time.monotonic() + self.a.end_wait
            elif typ == GAP:
                gap = fields(">QQQ", body)
                self.at.on_gap(*gap)
                event("gap", stream=gap[0], **{"from": gap[1], "to": gap[2]})
            elif typ == STATE:
                self.on_state(fields(">B", body)[0])
            elif typ == ERROR:
                raise relay_error(body)
            elif typ == PONG and self.live == 1 and time.monotonic() - self.last > 30:
                event("STALLED", silentFor=round(time.monotonic() - self.last))
            elif typ in (JOINED, ACK) or (typ < 0xC0 and typ != PONG):
                raise Fault("CORRUPT", "control %#x to a consumer" % typ)
        self.link.ctl(BYE)

    def on_state(self, state):
        self.live = state
        event("state", state=state)
        if state == 2:
            self.state2 = True
            if not self.at.ended:
                raise Fault("TRUNCATED", "STATE 2 without END")

    def over_now(self):
        """Nothing can follow: what is behind the last END is the end of the connection."""
        return (self.final or self.state2) and not self.held

    def run(self):
        t0, code, problem = time.monotonic(), 0, None
        try:
            while True:
                try:
                    self.read()
                    break
                except (EOFError, OSError, Fault) as e:
                    if self.over_now() and (not isinstance(e, Fault) or e.relay):
                        break
                    self.link.shut()
                    if not self.a.reconnect:
                        raise
                    self.retries.again(e, self.at.here, self.connect)
        except (EOFError, OSError) as e:            # TimeoutError is an OSError
            event("TRUNCATED", why=repr(e), next=self.at.next)
            code = 4
        except Fault as e:
            event(e.code, relay=e.relay, text=e.text, next=self.at.next, expected=getattr(self.at, "expected", None))
            code = {"GAP": 3, "TRUNCATED": 4}.get(e.code, 2 if e.relay else 5)
        event("done", messages=self.count, bytes=self.bytes, gaps=self.gaps, truncated=self.truncated, state2=self.state2,
              stream=self.at.stream, next=self.at.next, missedBefore=self.at.began, seconds=round(time.monotonic() - t0, 3))
        return code or (4 if self.truncated else 3 if self.gaps else 0)


# ---------------------------------------------------------------- relay
class Session:
    """A session's log and what is known of it. cond is held around everything here."""
    def __init__(self, sid, capacity=U64):
        self.sid, self.owned, self.cond, self.gen = sid, is_owned(sid), threading.Condition(threading.RLock()), 0
        self.producer, self.consumers, self.version, self.capacity = None, set(), 0, capacity
        self.views, self.lies = set(), 0
        self.overflow = 1                                # 1: backpressure, the only one here
        self.links, self.mirror, self.used = {}, None, time.monotonic()  # links to us, and their COUNT; ours; when there was a consumer
        self.forget()

    def forget(self):
        self.heads, self.log, self.base, self.bytes = [], [], 0, 0   # log: (head, seq or None for the HEAD itself, raw)
        self.next = self.taken = self.stream = self.highest = 0      # taken: of the last stream, given to a consumer below it
        self.lost = []                                   # of the last stream, let go of and never taken: [from, to)
        self.tokens, self.exists, self.state, self.expiry = [], False, 0, None
        self.gen += 1
        for v in self.views:
            v.at, v.held, v.head, v.given, v.told, v.joined = 0, 0, None, None, False, (0, 0)

    def changed(self):
        self.version += 1
        self.cond.notify_all()

    def has(self, link): return link in self.consumers or link in self.links
    def count(self): return len(self.consumers) + sum(self.links.values())
    def is_mirror(self): return self.mirror is not None

    # ---- the log: base = the index of its first item
    def end(self): return self.base + len(self.log)

    def append(self, h, seq, raw):
        if seq is None:
            if self.stream != h.stream:
                self.taken, self.lost, self.stream = 0, [], h.stream
            self.lost = [(a, min(b, h.first)) for a, b in self.lost if a < h.first]
            self.heads.append(h)
            h.start, h.begin, h.next = self.end(), h.first, h.first
            self.highest = max(self.highest, h.epoch)
        else:
            h.next = seq + 1
        self.log.append((h, seq, raw))
        self.bytes, h.end, self.next = self.bytes + len(raw), self.end(), h.next
        self.trim()

    def begin_at(self, seq):
        """A mirror's last epoch, which has no frame, begins behind its HEAD's first."""
        h = self.heads[-1]
        h.begin = h.next = self.next = seq

    def finish(self):
        """This log is finished and a new one begins behind it: the item between them has no head, and the new one's heads."""
        self.heads = []
        self.log.append((None, self.heads, b""))

    def trim(self):
        """Lets the oldest go as long as there is too much of it that nobody waits for."""
        held = min([v.held for v in self.views if v.counts], default=self.end())
        n = 0
        while self.bytes > self.capacity and self.base + n < held:
            self.let_go(*self.log[n])
            n += 1
        del self.log[:n]
        self.base += n
        self.heads[:-1] = [h for h in self.heads[:-1] if h.end > self.base]

    def let_go(self, h, seq, raw):
        self.bytes -= len(raw)
        if h is None or seq is None or h.stream != self.stream or seq < self.taken:
            return
        if any(x.stream == h.stream and x.epoch > h.epoch and x.first <= seq for x in self.heads):
            return                                       # it comes again
        if self.lost and self.lost[-1][1] == seq:
            self.lost[-1] = (self.lost[-1][0], seq + 1)
        else:
            self.lost.append((seq, seq + 1))

    def full(self): return self.bytes > self.capacity and len(self.log) > 1

    def gave(self, h, seq):
        """A consumer has the last byte of this frame."""
        if h.stream == self.stream:
            self.taken = max(self.taken, seq + 1)

    def unread(self): return sum(b - a for a, b in self.lost)

    def oldest(self):
        """The lowest seq of the last stream that the log holds, its next if there is none."""
        return min((seq for h, seq, _ in self.log if h and seq is not None and h.stream == self.stream), default=self.next)

    # ---- where a consumer begins
    def position(self, i, heads=None):
        h, seq, _ = self.log[i - self.base] if i < self.end() else (None, None, None)
        if h is None:
            h = (heads or self.heads)[-1]
            return h.stream, h.next
        return h.stream, h.begin if seq is None else seq

    def place(self, start, stream, seq, heads=None):
        """(log index, JOINED position, GAP or None, position waited for or None)"""
        heads = self.heads if heads is None else heads
        if not heads:
            return self.end(), (0, 0), None, None
        if start == LIVE:
            i = self.end() - self.last_end()
            return i, self.position(i), None, None
        i = max(self.base, heads[0].start)
        if start == OLDEST:
            return i, self.position(i, heads), None, None
        mine = [h for h in heads if h.stream == stream]
        fit = [h for h in mine if h.first <= seq]
        if not mine:
            return i, self.position(i, heads), (stream, seq, U64), None
        return self.place_in(fit[-1] if fit else mine[0], seq, heads)

    def place_in(self, h, seq, heads):
        """In an epoch, or in what follows it."""
        def at(i, gap):
            pos = self.position(i, heads)
            return i, pos, (h.stream, seq, pos[1] if pos[0] == h.stream else U64) if gap else None, None

        if seq < h.begin:
            return at(max(self.base, h.start), True)
        if seq < h.next:
            i = h.start + 1 + seq - h.begin
            return at(max(self.base, i), i < self.base)
        if h is heads[-1]:
            return h.end, (h.stream, seq), None, (h.stream, seq) if seq > h.next else None
        return at(max(self.base, h.end), seq > h.next)

    def place_link(self, start, stream, seq, epoch):
        """The same for a mirror whose last epoch is this (section 14)."""
        if start == OLDEST or not self.heads:
            return self.place(OLDEST, 0, 0)
        mine = [h for h in self.heads if h.epoch == epoch and h.stream == stream]
        if mine:
            return self.place_in(mine[0], seq, self.heads)
        h = next((h for h in self.heads if h.epoch > epoch), self.heads[-1])
        i = max(self.base, h.start)
        pos = self.position(i)
        gap = (stream, seq, U64) if pos[0] != stream else (stream, seq, pos[1]) if pos[1] > seq else None
        return i, pos, gap, None

    def epoch_at(self, i):
        """The head of what is at this index, or will be."""
        h = self.log[i - self.base][0] if i < self.end() else None
        return h or (self.heads[-1] if self.heads else None)

    def last_end(self):
        """How many items at the end of the log are an END, and its CHECK."""
        types = [raw[4] for h, seq, raw in self.log[-2:] if seq is not None and h and h is self.heads[-1]]
        return 1 if types[-1:] == [END] else 2 if types == [END, CHECK] else 0


class View:
    """What one consumer, or a link, gets of a session's log, in order. The session's cond is held around everything here."""
    def __init__(self, session, start, stream, seq, place=None):
        self.session, self.counts, self.due = session, 1, None           # counts: whether others wait for it; due: a HEAD for now
        self.at, self.joined, self.gap, self.want = place or session.place(start, stream, seq)
        self.tail = False                    # want is a place that is known to come: what is before it is not for this one
        self.held = self.at                  # what may not be let go of: moves once the bytes have been given
        self.head = None                     # what this connection has been given last
        self.given = None                    # (stream, seq) behind the last frame that it has been given
        self.told = False                    # whether where the first frame behind `head` is has been settled
        session.views.add(self)

    def waits(self):
        s = self.session
        if self.gap or self.due:
            return False
        return self.at >= s.end() or self.at == s.end() - 1 and s.log[-1][0] is None

    def take(self, most=64):
        """-> [(GAP, (stream, from, to)) | (HEAD, head, None, raw) | (DATA, head, seq, raw)]"""
        s, out = self.session, [(GAP, self.gap)] if self.gap else []
        if self.due:
            self.give_head(self.due, out)
        self.gap = self.due = None
        if self.at < s.base:                 # nobody waits for this one
            raise Fault("TOO_SLOW")
        while self.at < s.end() and len(out) < most:
            h, seq, raw = s.log[self.at - s.base]
            if h is None:
                if not self.cross(seq, out):
                    break
                continue
            self.at += 1
            if self.want and (self.tail and h.stream < self.want[0] or h.stream == self.want[0] and h.first <= self.want[1]):
                if seq is None or h.stream < self.want[0] or seq < self.want[1]:
                    continue
            elif self.want:                  # it can no longer come
                out.append((GAP, self.want + (h.first if h.stream == self.want[0] else U64,)))
            self.want = None
            if h is not self.head:
                self.give_head(h, out)
            if seq is not None:
                named = not self.given and self.joined == (h.stream, seq)
                if not self.told and seq != h.first and not named:
                    out.append((GAP, (h.stream, h.first, seq)))
                self.told, self.given = True, (h.stream, seq + 1)
                out.append((DATA, h, seq, raw))
        return out

    def give_head(self, h, out):
        out.append((HEAD, h, None, h.raw))
        self.head, self.told = h, False

    def cross(self, heads, out):
        """The log is finished here: goes on in the next one, at its position. -> False where that has not begun yet."""
        s = self.session
        place = self.want or self.given or (self.joined if self.joined[0] else None)
        if not heads:
            self.at += heads is not s.heads
            return heads is not s.heads
        if not place or self.want and self.tail:
            self.at += 1
            return True
        self.at, _, gap, self.want = s.place(AT, *place, heads)
        out += [(GAP, gap)] if gap else []
        return True


class Liar(View):
    """A lie about the first frames of the stream, up to `below`: they are just left out; or JOINED is moved behind them; or a
    GAP says that they are gone. Or it is honest up to `below`, and then never lets a frame through: in turns, in three ways; far,
    with a damaged frame behind an announced gap."""
    LIES = ("left-out", "joined", "gap", "turns", "far", "forgets")

    def __init__(self, session, start, stream, seq, lie, below):
        super().__init__(session, start, stream, seq)
        self.below, self.lie = below, lie
        session.lies += 1
        self.turn = session.lies % 3
        if lie in ("turns", "far"):
            return
        if self.joined[0] and self.joined[1] < below:
            self.gap = (self.joined[0], self.joined[1], below) if lie == "gap" else self.gap
            self.joined = (self.joined[0], below) if lie == "joined" else self.joined

    def take(self, most=64):
        if self.lie == "forgets":
            return super().take(most)
        if self.lie not in ("turns", "far"):
            return [x for x in super().take(most) if x[0] != DATA or x[2] >= self.below]
        return [y for x in super().take(most) for y in ([x] if x[0] != DATA or x[2] < self.below else self.instead(*x))]

    def instead(self, _, h, seq, raw):
        """In the place of a frame."""
        if seq != self.below:
            return []
        late = seq + 2
        if self.lie == "far":
            late = (1 << 62) - 1
            gap = [(GAP, (h.stream, seq, late))]
        else:
            gap = []
        if self.turn == 1 and not gap:                   # an old one first, and once more: REPLAY
            first = next(r for x, s, r in self.session.log if x is h and s is not None)
            return [(DATA, h, h.first, first)] * 2
        if self.turn == 2 and not gap:                   # the next one in its place: GAP
            return [(DATA, h, s, r) for x, s, r in self.session.log if x is h and s == seq + 1]
        return gap + [(DATA, h, late, flip(raw[:5] + u64(late) + raw[13:]))]


class LinkView(View):
    """What a link gets. Where it does not go on where it was, the HEAD of its place comes at once."""
    def __init__(self, session, start, stream, seq, epoch):
        super().__init__(session, start, stream, seq, session.place_link(start, stream, seq, epoch))
        self.counts = 0                      # its last COUNT
        if self.joined[0] and self.joined != (stream, seq):
            self.due = session.epoch_at(self.at)


class Mirror:
    """An edge's part of a session: a link to the owner, made again and again, that fills the session's log."""
    def __init__(self, relay, s):
        self.relay, self.s = relay, s
        self.link, self.up, self.refused, self.lost, self.tail = None, False, False, time.monotonic(), (0, 0)
        self.due = False                     # a HEAD that JOINED has promised
        threading.Thread(target=self.run, daemon=True).start()

    def mine(self): return self.s.mirror is self

    def ready(self, epoch): return self.up and not self.due and self.s.highest >= epoch

    def stop(self):
        """The session's cond is held."""
        self.s.mirror, link = None, self.link
        if link:
            def leave():
                try:
                    link.ctl(BYE)
                except OSError:
                    pass
                link.shut()
            threading.Thread(target=leave, daemon=True).start()

    def run(self):
        s, relay = self.s, self.relay
        with s.cond:
            pass                             # whoever made it has told the session
        while self.mine():
            heard, problem, over = relay.heard, None, False
            try:
                over = self.once(relay.owner)
            except (Fault, EOFError, OSError) as e:
                problem = e
            if self.link:
                self.link.shut()
            with s.cond:
                if not self.mine():
                    return
                self.refused = isinstance(problem, Fault) and problem.relay and problem.code == "NO_SESSION"
                self.lost = time.monotonic() if self.up else self.lost
                self.up, self.link = False, None
                s.state = 2 if over else 0
                s.expiry = time.monotonic() + relay.LINGER if over else None
                s.changed()
                event("linkLost", why="STATE 2" if over else repr(problem))
                asked = problem.retry / 1000 if isinstance(problem, Fault) and problem.relay and problem.retry != NEVER else 0
                pause = None if over else max(asked, random.uniform(0.2, 1))
                s.cond.wait_for(lambda: relay.heard != heard or not self.mine(), pause)

    def once(self, owner):
        """One link. -> True when it has said STATE 2"""
        s, relay = self.s, self.relay
        if not owner:
            raise Fault("NO_SESSION", "no owner is known", relay=True)
        link = dial(owner, seconds=2)
        link.deadline = time.monotonic() + 2
        handshake(link, [k for k in (pub(relay.key), relay.next_key) if k])
        with s.cond:
            h = s.heads[-1] if s.heads else None
            start, stream, seq, epoch = (AT, h.stream, s.next, h.epoch) if h else (OLDEST, 0, 0, 0)
        link.ctl(JOIN, join_body(link.h, s.sid, CONSUMER, LINK, start, 0, stream, seq, u64(epoch) + bytes(8),
                                 cred=link_cred(relay.cluster_keys[0])))
        link.deadline = time.monotonic() + 3
        read_joined(link)
        if link.linked is None:
            raise Fault("PROTOCOL", "this JOINED is not for a link")
        j, link.deadline, link.idle = link.joined, None, 3.0
        with s.cond:
            if not self.mine():
                link.ctl(BYE)
                return False
            self.link, self.up, self.refused, self.tail = link, True, False, link.linked[1:]
            self.here = (j.id, j.seq) if j.id else None      # of the first HEAD
            self.cur = self.pending = self.gap = None
            self.due = bool(j.id) and (j.id, j.seq) != (stream, seq)
            s.exists, s.state, s.expiry = True, j.flags >> 1 & 1, None
            s.changed()
        event("linkUp", owner=owner, id=j.id, seq=j.seq, overflow=link.linked[0], tail=list(self.tail), asked=[stream, seq, epoch])
        threading.Thread(target=self.keep, args=(link,), daemon=True).start()
        return self.read(link)

    def keep(self, link):
        """COUNT on a change, PING every second."""
        s, told, due = self.s, None, 0.0
        try:
            while True:
                with s.cond:
                    s.cond.wait_for(lambda: len(s.consumers) != told or self.link is not link, max(0.0, due - time.monotonic()))
                    if self.link is not link:
                        return
                    count = len(s.consumers)
                if count != told:
                    link.ctl(COUNT, u32(count))
                    told = count
                if time.monotonic() >= due:
                    link.ctl(PING, u64(now_ms()))
                    due = time.monotonic() + 1
                time.sleep(0.02)
        except OSError:
            pass

    def read(self, link):
        s = self.s
        while True:
            with s.cond:
                s.cond.wait_for(lambda: not s.full() or not self.mine())
            inner, typ, body = link.next()
            with s.cond:
                if not self.mine():
                    return False
                if not inner:
                    (self.on_head if typ == HEAD else self.on_frame)(body, typ)
                elif typ == GAP:
                    self.on_gap(*fields(">QQQ", body))
                elif typ == STATE:
                    state = fields(">B", body)[0]
                    if state == 2:
                        return True
                    s.state = state
                elif typ == ERROR:
                    raise relay_error(body)
                elif typ < 0xC0 and typ != PONG:
                    raise Fault("CORRUPT", "control %#x to an edge" % typ)
                s.changed()

    def on_gap(self, stream, start, to):
        g = self.gap
        if g and g[0] == stream and g[1] <= start <= g[2]:
            start, to = g[1], max(to, g[2])
        self.gap = (stream, start, to)

    def on_head(self, raw, _):
        s = self.s
        h, last = Head(raw, s.sid), s.heads[-1] if s.heads else None
        if not h.sig_ok() or not h.epoch or last and h.epoch > last.epoch and h.stream < last.stream:
            raise Fault("CORRUPT", "HEAD of a link")
        at = self.here[1] if self.here and self.here[0] == h.stream and self.here[1] >= h.first else h.first
        self.here, self.due, self.pending, self.at = None, False, None, at
        if last and h.epoch < last.epoch:
            raise Fault("STALE_EPOCH", "the owner is behind")
        if last and h.raw == last.raw:
            self.cur = last
        elif not last or h.stream != last.stream and h.epoch > last.epoch or h.epoch > last.epoch and at == s.next:
            self.begin(h, at)
        elif h.epoch == last.epoch or at > s.next:
            self.begin(h, at, True)
        else:
            self.pending = h                 # it repeats, or begins behind its first: the first frame will tell

    def begin(self, h, at, anew=False):
        s = self.s
        if anew:
            s.finish()
            event("newLog", epoch=h.epoch, seq=at)
        s.append(h, None, h.raw)
        s.begin_at(at)
        self.cur = h

    def on_frame(self, raw, typ):
        s = self.s
        seq = struct.unpack_from(">Q", raw, 5)[0] if len(raw) >= 29 else None
        h = self.pending or self.cur
        if not DATA <= typ <= CHECK or seq is None or h is None:
            raise Fault("CORRUPT", "relayed frame %#x of a link" % typ)
        due = self.at if self.at is not None else s.next     # at: of the first frame behind a HEAD
        if self.cur is not None and self.cur is s.heads[-1] and self.pending is None and self.cur.end > self.cur.start + 1:
            due = s.next if due < s.next else due            # the same HEAD again
        jump = self.gap and self.gap[0] == h.stream and any(self.gap[1] <= p and seq <= self.gap[2] for p in (due, h.first, s.next))
        if seq != due and not jump:
            raise Fault("CORRUPT", "seq %d of a link, %d is due" % (seq, due))
        if self.pending:
            self.begin(h, seq, anew=seq != s.next)
        elif seq != s.next:
            empty = h.end == h.start + 1
            if empty and (h is s.heads[0] or s.heads[-2].stream != h.stream):
                s.begin_at(seq)
            else:
                self.begin(Head(h.raw, s.sid), seq, True)
        self.pending = self.gap = self.at = None
        s.append(s.heads[-1], seq, raw)


class Relay:
    """With --cluster-key and --link-listen, or --owner: a node of a cluster. It owns the sessions whose producer is here, and
    mirrors the others from its --owner. On standard input: `owner HOST:PORT` (or `-`): what it owned is that node's now; `peers
    HOST:PORT…`: what PEERS says from now on."""
    LINGER = 30

    def __init__(self, args):
        self.key, self.cred, self.capacity = X25519PrivateKey.from_private_bytes(args.key), args.cred, args.log
        self.next_key = args.next_key
        self.lie, self.below = args.lie or (None, 0)
        self.sessions, self.lock = {}, threading.RLock()
        self.cluster_keys, self.peers, self.owner, self.heard = args.cluster_key or [], [], args.owner, 0
        self.server, where = self.listen(args.listen)
        line = "listening %s key %s" % (where, b64(pub(self.key)))
        if args.link_listen:
            self.links, where = self.listen(args.link_listen)
            line += " links %s" % where
        else:
            self.links = None
        print(line, flush=True)

    @staticmethod
    def listen(where):
        host, port = where.rsplit(":", 1)
        server = socket.create_server((host.strip("[]"), int(port)), backlog=128)
        return server, "%s:%d" % (host, server.getsockname()[1])

    def run(self):
        threading.Thread(target=self.janitor, daemon=True).start()
        if self.cluster_keys:
            threading.Thread(target=self.told, daemon=True).start()
        if self.links:
            threading.Thread(target=self.accept, args=(self.links, True), daemon=True).start()
        self.accept(self.server)

    def accept(self, server, links=False):
        while True:
            threading.Thread(target=self.serve, args=(server.accept()[0], links), daemon=True).start()

    def told(self):
        for line in sys.stdin:
            words = line.split()
            if words[:1] == ["owner"] and len(words) == 2:
                self.moved(None if words[1] == "-" else words[1])
            elif words[:1] == ["peers"]:
                self.peers = words[1:]
                with self.lock:
                    for s in self.sessions.values():
                        with s.cond:
                            for link in [s.producer, *s.consumers]:
                                link and self.tell_peers(link)

    def tell_key(self, link):
        if self.next_key:
            link.ctl(NEXT_KEY, self.next_key)

    def moved(self, owner):
        """What this node owned is another's now; so is what it mirrored."""
        with self.lock:
            self.owner, self.heard = owner, self.heard + 1
            for s in self.sessions.values():
                with s.cond:
                    if s.exists and not s.mirror and owner:
                        gone = [(s.producer, "REPLACED", None)] if s.producer else []
                        gone += [(link, "NO_SESSION", 200) for link in s.links]
                        for link, code, retry in gone:
                            threading.Thread(target=link.error, args=(code, retry), daemon=True).start()
                        s.producer, s.state, s.expiry, s.tokens, s.used = None, 0, None, [], time.monotonic()
                        s.links.clear()
                        s.mirror = Mirror(self, s)
                    elif s.mirror and s.mirror.link:
                        s.mirror.link.shut()             # it leads to the node that was the owner
                    s.changed()
        event("owner", owner=owner)

    def janitor(self):
        while True:
            time.sleep(0.25)
            with self.lock:
                for sid, s in list(self.sessions.items()):
                    with s.cond:
                        self.look(s, time.monotonic())
                        if not s.exists and not s.consumers and not s.mirror:
                            del self.sessions[sid]

    def look(self, s, now):
        """cond is held."""
        if s.expiry and now > s.expiry:
            if s.mirror:
                s.mirror.stop()
            s.forget()
            s.changed()
        m, s.used = s.mirror, now if s.consumers else s.used
        if m and now - s.used > self.LINGER:
            m.stop()
            s.forget()
        elif m and s.exists and s.state != 2 and not m.up and not m.refused and now - m.lost > 5:
            for link in list(s.consumers):               # another node may have more
                threading.Thread(target=link.error, args=("LIMIT", 1000), daemon=True).start()
                s.consumers.discard(link)
            s.changed()

    def serve(self, sock, links):
        link = Link(sock)
        link.deadline = time.monotonic() + 10
        try:
            if self.greet(link):
                self.join(link, links)
        except Fault as e:
            if e.code in ERRORS and not link.closing:
                link.error(e.code, e.retry or None)
        except (EOFError, OSError) as e:
            if isinstance(e, TimeoutError) and link.tx and link.max_inner == 4096:
                link.error("TIMEOUT")
        finally:
            link.drain()
            sock.close()

    def greet(self, link):
        for n in range(1, 9):
            link.need(n)
            if bytes(link.buf[:n]) != MAGIC[:n] and (n <= 5 or n == 8):
                if n == 8:
                    link.raw(MAGIC)
                return False
        link.take(8)
        noise = Noise()
        try:
            link.raw(noise.respond(link.take(32), self.key, X25519PrivateKey.generate()))
        except ValueError:
            return False
        link.rx, link.tx = noise.split()
        link.h = noise.h
        return True

    def join(self, link, links):
        inner, typ, body = link.next()
        if not inner or typ != JOIN:
            raise Fault("PROTOCOL", "no JOIN")
        role, flags, start, overflow, sid, id, seq, resume, owner, cid, cmac = fields(">BBBB64sQQ16s64s8s32s", body)
        linking = bool(flags & LINK)
        if start > 2 or overflow > 5:
            raise Fault("PROTOCOL")
        if role > 2 or (role == CONSUMER and overflow not in (0, 4, 5)):
            raise Fault("UNSUPPORTED")
        creds = [link_cred(k) for k in self.cluster_keys] if linking else [self.cred] if self.cred else [None]
        known = any(c is None or hmac.compare_digest(cid + cmac, cred_fields(c, link.h, role, sid)) for c in creds)
        if linking != links or linking and role != CONSUMER or role == ADMIN_ROLE or not known:
            raise Fault("UNAUTHORIZED")
        with self.lock:
            s = self.sessions.get(sid) or Session(sid, self.capacity)
            if not linking:
                self.sessions[sid] = s
        epoch = struct.unpack(">Q", resume[:8])[0]
        if role == CONSUMER and not linking and self.cluster_keys:
            self.await_log(s, epoch, flags & WAIT)
        with s.cond:
            if linking:
                run = self.join_link(link, s, start, id, seq, epoch)
            elif role == PRODUCER:
                run = self.join_producer(link, s, start, id, resume, owner)
            else:
                run = self.join_consumer(link, s, flags, start, id, seq)
            s.changed()
        link.deadline, link.max_inner = None, 65536 + 64
        run(link, s)

    def tell_peers(self, link):
        """PEERS: this node's own address for clients first."""
        if not self.peers:
            return
        try:
            link.ctl(PEERS, bytes([len(self.peers)]) + b"".join(bytes([len(p)]) + p.encode() for p in self.peers))
        except OSError:
            pass                                         # it is gone

    def await_log(self, s, epoch, wait):
        """A consumer's JOIN is answered when this node knows enough of the session."""
        with s.cond:
            if not s.mirror and not s.exists and self.owner:
                s.mirror, s.used = Mirror(self, s), time.monotonic()

            def known():
                m = s.mirror
                return m.ready(epoch) or m.refused and not epoch or s.state == 2 and s.exists if m else s.highest >= epoch
            if not s.cond.wait_for(known, 3):
                raise Fault("LIMIT", "this node is behind", retry=1000)

    def join_consumer(self, link, s, flags, start, id, seq):
        if not s.exists and not flags & WAIT:
            raise Fault("NO_SESSION")
        s.consumers.add(link)
        tail = s.mirror.tail if s.mirror and start == LIVE else (0, 0)
        if self.lie:
            view = Liar(s, start, id, seq, self.lie, self.below)
        elif tail[0] and tail > (s.stream, s.next):      # what comes over the link up to there is not for it
            view = View(s, start, id, seq, (s.end(), tail, None, tail))
            view.tail = True
        else:
            view = View(s, start, id, seq)
        live = s.state == 1 if s.mirror else s.producer is not None
        link.ctl(JOINED, struct.pack(">BIQQ16sH", 2 * live, MAX_FRAME, *view.joined, bytes(16), self.LINGER))
        self.tell_key(link)
        self.tell_peers(link)
        threading.Thread(target=self.feed, args=(link, s, view, flags & WAIT, s.state, s.gen), daemon=True).start()
        return self.consumer

    def join_link(self, link, s, start, id, seq, epoch):
        if not s.exists or s.mirror:
            raise Fault("NO_SESSION", "not the owner", retry=200)
        s.links[link], link.bye = 0, False
        link.view = LinkView(s, start, id, seq, epoch)
        i, tail, _, _ = s.place(LIVE, 0, 0)
        link.ctl(JOINED, struct.pack(">BIQQ16sHBQQ", 2 * (s.producer is not None), MAX_FRAME, *link.view.joined, bytes(16), self.LINGER,
                                     s.overflow, *tail))
        threading.Thread(target=self.feed, args=(link, s, link.view, False, s.state, s.gen), daemon=True).start()
        return self.edge

    def edge(self, link, s):
        link.idle = 3.0
        try:
            while not link.bye:
                inner, typ, body = link.next()
                if not inner:
                    raise Fault("PROTOCOL", "relayed frame from an edge")
                if typ == COUNT:
                    with s.cond:
                        if link in s.links:
                            s.links[link] = link.view.counts = fields(">I", body)[0]
                            s.trim()
                            s.changed()
                else:
                    link.bye = self.control(link, typ, body)
        finally:
            with s.cond:
                s.links.pop(link, None)
                s.changed()

    def join_producer(self, link, s, start, id, resume, owner):
        known = any(hmac.compare_digest(resume, t) for t in s.tokens)
        if s.owned:
            if not ed_ok(s.sid[:32], owner, L("owner") + link.h + s.sid):
                raise Fault("NOT_OWNER")
            if s.producer and start == AT and 0 < id < (s.heads[-1].epoch if s.heads else 0):
                raise Fault("REPLACED")                  # it slept while another took over
        elif s.producer and not known:
            raise Fault("PRODUCER_EXISTS")
        if s.producer:
            threading.Thread(target=s.producer.error, args=("REPLACED",), daemon=True).start()
        link.resumed = bool(start == 2 and s.heads and id == s.heads[-1].epoch and (s.owned or known))
        if self.lie == "forgets":                        # whatever it was sent, and says nothing of it
            s.forget()
            link.resumed = False
        token = bytes(16) if s.owned else os.urandom(16)
        s.tokens = [] if s.owned else [token] + s.tokens[:1]
        if s.mirror:                                     # it becomes this session's log
            s.mirror.stop()
        s.producer, s.exists, s.state, s.expiry = link, True, 1, None
        link.ctl(JOINED, struct.pack(">BIQQ16sH", 2 | 4 * link.resumed, MAX_FRAME, s.highest,
                                     s.next if link.resumed else 0, token, self.LINGER))
        self.tell_key(link)
        self.tell_peers(link)
        return self.producer

    def producer(self, link, s):
        if self.lie != "forgets":
            threading.Thread(target=self.acks, args=(link, s), daemon=True).start()
        ready, bye = link.resumed, False
        try:
            while not bye:
                with s.cond:
                    s.cond.wait_for(lambda: not s.full() or s.producer is not link)
                inner, typ, body = link.next()
                if link.closing:
                    return
                with s.cond:
                    if s.producer is not link:
                        return
                    if inner:
                        bye = self.control(link, typ, body)
                        continue
                    if typ == HEAD:
                        h = Head(body, s.sid)
                        if h.epoch > now_ms() + 86400000 or not h.sig_ok() or \
                                h.epoch <= s.highest or h.stream < s.stream:
                            raise Fault("PROTOCOL", "HEAD epoch, stream or sig")
                        if self.cluster_keys and s.heads and h.stream == s.stream and h.first < s.next:
                            s.finish()                   # a ring that repeats frames of this log
                        s.append(h, None, body)
                        ready = True
                    else:
                        if not DATA <= typ <= CHECK or len(body) < 29 or not ready or body[5:13] != u64(s.next):
                            raise Fault("PROTOCOL", "relayed frame %#x" % typ)
                        s.append(s.heads[-1], s.next, body)
                    s.tokens = s.tokens[:1]
                    s.changed()
                    if self.lie == "forgets" and s.next >= self.below:
                        link.shut()
        finally:
            with s.cond:
                if s.producer is link:
                    s.producer, s.state, s.expiry = None, 2 if bye else 0, time.monotonic() + self.LINGER
                    s.changed()

    def control(self, link, typ, body):
        if typ == PING:
            link.ctl(PONG, u64(*fields(">Q", body)))
        elif typ < 0xC0 and typ != BYE:
            raise Fault("PROTOCOL", "control %#x" % typ)
        return typ == BYE

    def acks(self, link, s):
        """ACK on a change, every 10 s, and every second while the producer is not read; UNREAD once a second when it has grown."""
        seen, told, due = None, 0, 0.0
        try:
            while True:
                with s.cond:
                    more = s.unread() > told
                    pause = 1 if s.full() else max(0, min(due - time.monotonic(), 10)) if more else 10
                    s.cond.wait_for(lambda: s.version != seen or s.producer is not link, pause)
                    if s.producer is not link:
                        return
                    h, seen, told = s.heads[-1] if s.heads else None, s.version, min(told, s.unread())
                    grown = s.unread() > told and time.monotonic() >= due
                    unread = struct.pack(">QQQ", h.stream, s.oldest(), s.unread()) if grown else None
                    told = s.unread() if grown else told
                    ack = struct.pack(">Q8sQI", h.epoch if h else 0, H(h.raw)[:8] if h else bytes(8), s.next, s.count())
                link.ctl(ACK, ack)
                if unread:
                    link.ctl(UNREAD, unread)
                    due = time.monotonic() + 1
                time.sleep(0.02)
        except OSError:
            pass

    def consumer(self, link, s):
        try:
            while True:
                inner, typ, body = link.next()
                if not inner:
                    raise Fault("PROTOCOL", "relayed frame from a consumer")
                if self.control(link, typ, body):
                    return
        finally:
            with s.cond:
                s.consumers.discard(link)
                s.changed()                          # the feed lets go of its view

    def feed(self, link, s, view, wait, told, gen):
        if told == 2:
            told = 0                                      # a joiner after BYE is told STATE 2 too, after the rest
        try:
            while True:
                with s.cond:
                    s.cond.wait_for(lambda: not view.waits() or s.state != told or s.gen != gen or not s.has(link), 5)
                    if not s.has(link):
                        return
                    gone = s.gen != gen and not wait
                    items, state, gen, last = [] if gone else view.take(), s.state, s.gen, view.waits()
                self.give(link, s, view, items)
                if gone or (state == 2 and last):
                    link.ctl(STATE, b"\2")
                    link.closing = True
                    link.sock.shutdown(socket.SHUT_WR)
                    return
                if state != told and state != 2:
                    link.ctl(STATE, bytes([state]))
                    told = state
        except OSError:
            pass
        except Fault as e:
            link.error(e.code)
        finally:
            if isinstance(view, LinkView) and not link.bye and not link.closing:
                time.sleep(5)                             # its edge may come back
            with s.cond:
                s.views.discard(view)
                s.trim()
                s.changed()

    def give(self, link, s, view, items):
        out, last = [], None
        for kind, h, *rest in items:
            if kind == GAP:
                link.raw(b"".join(out))
                link.ctl(GAP, struct.pack(">QQQ", *h))
                out = []
            else:
                seq, raw = rest
                out.append(raw)
                last = (h, seq) if seq is not None else last
        link.raw(b"".join(out))
        with s.cond:
            if last and view.counts:
                s.gave(*last)
            if view.held != view.at:
                view.held = view.at
                s.trim()
                s.cond.notify_all()


# ---------------------------------------------------------------- hostile and merely odd clients
ATTACKS, SLOW = {}, set()
STRICT, LINKS = set(), set()    # STRICT: for a relay to which loopback is an address as all others; LINKS: for a node of a cluster,
EDGES = set()                   # as owner; EDGES: for one as edge


def attack(name, expected, cite, slow=False, strict=False):
    def add(fn):
        ATTACKS[name] = (expected, cite, fn)
        STRICT.update([name] if strict else [])
        LINKS.update([name] if name.startswith("link-") else [])
        EDGES.update([name] if name.startswith("edge-") else [])
        SLOW.update([name] if slow else [])
        return fn
    return add


class Foe:
    """One attack's client side: a fresh session (plain until own() is called), a log of what the relay did."""
    def __init__(self, args):
        self.a, self.sid, self.skey, self.seed = args, os.urandom(64), os.urandom(32), None
        self.info, self.links = {}, []

    def own(self):
        self.seed = os.urandom(32)
        self.sid = owned_sid(self.seed, os.urandom(16))
        return self

    def tcp(self, source=None, relay=None):
        self.t0, link = time.monotonic(), dial(relay or self.a.relay, source)
        link.sock.settimeout(None)
        self.links.append(link)
        return link

    def hs(self, source=None):
        return handshake(self.tcp(source), self.a.relay_key)

    def body(self, link, role=PRODUCER, **kw):
        return join_body(link.h, self.sid, role, **{"seed": self.seed, "cred": self.a.cred, **kw})

    def join(self, role=PRODUCER, **kw):
        link = self.hs()
        link.ctl(JOIN, self.body(link, role, **kw))
        link.deadline = time.monotonic() + 8
        return read_joined(link)

    def try_join(self, role=PRODUCER, source=None, **kw):
        link = self.hs(source)
        link.ctl(JOIN, self.body(link, role, **kw))
        return self.watch(link, until=lambda f: f[1] == JOINED)

    def linking(self, relay=None, **kw):
        """A connection that has asked for a link, as an edge that has nothing yet; cred and what JOIN has may differ."""
        link = handshake(self.tcp(relay=relay or self.a.links), self.a.relay_key)
        epoch = kw.pop("epoch", 0)
        kw = {"role": CONSUMER, "flags": LINK, "start": OLDEST, "cred": link_cred(self.a.cluster_key), **kw}
        link.ctl(JOIN, join_body(link.h, self.sid, resume=u64(epoch) + bytes(8), **kw))
        return link

    def link(self, **kw):
        link = self.linking(**kw)
        link.deadline = time.monotonic() + 8
        return read_joined(link)

    def head(self, link, send=True, **kw):
        epoch = max(now_ms(), link.joined.id + 1)
        kw = {"epoch": epoch, "stream": kw.get("epoch", epoch), "first": 0, "seed": self.seed, **kw}
        raw, self.keys = make_head(self.sid, self.skey, **kw)
        if send:
            link.raw(raw)
        self.last_head = raw
        return raw

    def producer(self, frames=0, role=PRODUCER, **kw):
        link = self.join(role, **kw)
        self.head(link)
        link.raw(b"".join(self.keys.seal(DATA, i, b"x") for i in range(frames)))
        return link

    def await_ack(self, link, nxt):
        """Waits until the relay's log holds everything below nxt."""
        self.watch(link, until=lambda f: f[1] == ACK and f[2][16:24] == u64(nxt))

    def watch(self, link, secs=8, until=lambda f: False):
        """Reads until EOF, secs or a wanted frame. -> ERROR's name, SILENT, or the frame's name / OPEN."""
        seen, closed, error, base = None, "no", None, link.nread
        self.frames = []
        link.deadline, link.max_inner, link.max_frame = time.monotonic() + secs, (1 << 20) + 64, MAX_FRAME
        try:
            while not seen:
                f = link.next()
                self.frames.append(f)
                if f[:2] == (True, ERROR):
                    error = relay_error(f[2]).code
                    retry = struct.unpack_from(">I", f[2], 2)[0]
                    joined = hasattr(link, "joined") and error in ("PROTOCOL", "TOO_BIG")
                    self.info["error"], self.info["retryMs"] = error, retry
                    if retry != (0 if joined else RETRY.get(error, NEVER)):
                        error += "(retryMs %d)" % retry
                elif until(f):
                    seen = {JOINED: "JOINED", PONG: "OPEN"}.get(f[1], "%02X" % f[1])
        except EOFError as e:
            closed = "eof" if "between" in e.args[0] else "eof inside a frame"
        except TimeoutError:
            pass
        except ConnectionError:
            closed = "reset"
        self.info.update(bytes=link.nread - base, closed=closed, seconds=round(time.monotonic() - self.t0, 2))
        if seen:
            return seen
        tail = {"eof": "", "no": "+noclose"}.get(closed, "+" + closed)
        return (error or ("SILENT" if closed in ("eof", "reset") else "NOTHING" if closed == "no" else "SILENT")) + tail

    def alive(self, link, token=0x1122334455667788):
        link.ctl(PING, u64(token))
        return self.watch(link, until=lambda f: f[:2] == (True, PONG) and f[2] == u64(token))

    def took(self, seen, low, high):
        secs = time.monotonic() - self.t0
        return seen if low <= secs <= high else "%s after %.1f s" % (seen, secs)


def raw_attack(name, expected, cite, stage, payload):
    """Something sent at a stage: tcp, hs, prod (JOINED), head (HEAD sent), owned (JOINED, owned sid), cons."""
    def fn(foe):
        link = {"tcp": foe.tcp, "hs": foe.hs, "prod": foe.join, "head": foe.producer, "owned": lambda: foe.own().join(),
                "cons": lambda: foe.join(CONSUMER, flags=2)}[stage]()
        data = payload(foe, link)
        link.raw(data)
        return foe.alive(link) if expected == "OPEN" else foe.watch(link)
    attack(name, expected, cite)(fn)


def join_attack(name, expected, cite, owned=False, **kw):
    def fn(foe):
        if owned:
            foe.own()
        return foe.try_join(**kw)
    attack(name, expected, cite)(fn)


def inner(typ, body=b""): return lambda foe, link: link.seal(frame(typ, body))
def flip(b): return b[:-1] + bytes([b[-1] ^ 1])
def bad_record(foe, link): return flip(link.seal(frame(PING, bytes(8))))


raw_attack("bad-magic", "SILENT", "1 (if classic is off)", "tcp", lambda f, l: b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(40))
LOW_ORDER = [bytes(32), b"\1" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f", b"\xed" + b"\xff" * 30 + b"\x7f",
             b"\xee" + b"\xff" * 30 + b"\x7f", bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
             bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"), bytes(31) + b"\x80"]
for i_, point_ in enumerate(LOW_ORDER):
    raw_attack("low-order-%d" % i_, "SILENT", "7 DH error", "tcp", lambda f, l, p=point_: MAGIC + p)
for name_, stage_ in (("prejoin", "hs"), ("joined", "prod")):
    raw_attack("len-0-" + name_, "PROTOCOL", "2, 7", stage_, lambda f, l: u32(0))
    raw_attack("len-over-max-" + name_, "TOO_BIG", "2, 7", stage_, lambda f, l: u32(MAX_FRAME + 1))
    raw_attack("len-ffffffff-" + name_, "TOO_BIG", "2, 7", stage_, lambda f, l: b"\xff" * 4 + b"\x11")
    raw_attack("sealed-bad-tag-" + name_, "SILENT", "7 SEALED tag", stage_, bad_record)
    raw_attack("sealed-16-" + name_, "PROTOCOL", "2", stage_, lambda f, l: frame(SEALED, bytes(16)))
    raw_attack("sealed-65536-" + name_, "PROTOCOL", "2", stage_, lambda f, l: frame(SEALED, bytes(65536)))
    raw_attack("nested-sealed-" + name_, "PROTOCOL", "2", stage_, lambda f, l: l.seal(frame(SEALED, bytes(40))))
    raw_attack("inner-len-0-" + name_, "PROTOCOL", "2", stage_, lambda f, l: l.seal(u32(0)))
    raw_attack("unknown-90-" + name_, "PROTOCOL", "2", stage_, inner(0x90, b"abc"))
    raw_attack("outer-control-" + name_, "PROTOCOL", "2", stage_, lambda f, l: frame(PING, bytes(8)))
    raw_attack("outer-unknown-16-" + name_, "PROTOCOL", "2", stage_, lambda f, l: frame(0x16, bytes(40)))
    raw_attack("inner-relayed-" + name_, "PROTOCOL", "2", stage_, inner(DATA, bytes(40)))
raw_attack("unknown-C0-prejoin", "PROTOCOL", "2, 4", "hs", inner(0xC0, b"abc"))
raw_attack("unknown-C0-FF-joined", "OPEN", "2", "prod",
           lambda f, l: l.seal(b"".join(frame(t, b"abc") for t in range(0xC0, 0x100)) + frame(0xFF)))
raw_attack("unknown-C0-64K", "OPEN", "2", "prod", lambda f, l: l.seal(frame(0xC0, bytes(65536))))
raw_attack("inner-over-64K", "TOO_BIG", "2", "prod", lambda f, l: l.seal(u32(65536 + 65) + b"\xc0"))
raw_attack("inner-over-4K-prejoin", "TOO_BIG", "2", "hs", lambda f, l: l.seal(frame(JOIN, f.body(l) + bytes(4000))))
raw_attack("inner-over-4K-header-only", "TOO_BIG", "2", "hs", lambda f, l: l.seal(u32(4101)))
raw_attack("ping-before-join", "PROTOCOL", "4", "hs", inner(PING, bytes(8)))
raw_attack("head-before-join", "PROTOCOL", "4", "hs", lambda f, l: make_head(f.sid, f.skey, now_ms(), now_ms(), 0)[0])
raw_attack("join-truncated", "PROTOCOL", "2, 7", "hs", lambda f, l: l.seal(frame(JOIN, f.body(l)[:-1])))
raw_attack("join-twice", "PROTOCOL", "7 wrong state", "prod", lambda f, l: l.seal(frame(JOIN, f.body(l))))
raw_attack("control-from-relay-side", "PROTOCOL", "7 wrong role", "prod", inner(PONG, bytes(8)))
raw_attack("admin-from-producer", "PROTOCOL", "7 wrong role", "prod", inner(ADMIN, u32(1) + b"{}"))
raw_attack("ping-truncated", "PROTOCOL", "2", "prod", inner(PING, bytes(7)))
raw_attack("ping-trailing", "OPEN", "2", "prod", inner(PING, bytes(12)))
raw_attack("consumer-sends-head", "PROTOCOL", "7", "cons", lambda f, l: make_head(f.sid, f.skey, now_ms(), now_ms(), 0)[0])
raw_attack("consumer-sends-data", "PROTOCOL", "7", "cons", lambda f, l: frame(DATA, bytes(40)))
raw_attack("data-before-head", "PROTOCOL", "6, 7", "prod", lambda f, l: frame(DATA, bytes(40)))
raw_attack("seq-skipped", "PROTOCOL", "6", "head", lambda f, l: f.keys.seal(DATA, 1, b"x"))
raw_attack("seq-repeated", "PROTOCOL", "6", "head", lambda f, l: f.keys.seal(DATA, 0, b"x") * 2)
raw_attack("relayed-len-24", "PROTOCOL", "7", "head", lambda f, l: frame(DATA, u64(0) + bytes(15)))
raw_attack("relayed-bad-tag", "OPEN", "7 unchecked", "head", lambda f, l: flip(f.keys.seal(DATA, 0, b"x")))
raw_attack("relayed-empty-message", "OPEN", "6", "head", lambda f, l: f.keys.seal(DATA, 0, b""))


def head_attack(name, cite, stage="prod", cut=0, expected="PROTOCOL", **kw):
    def payload(f, l):
        args = {k: v() if callable(v) else v for k, v in kw.items()}
        raw = f.head(l, send=False, **args)
        body = raw[4:len(raw) - cut] if cut >= 0 else raw[4:] + bytes(-cut)
        return u32(len(body)) + body
    raw_attack(name, expected, cite, stage, payload)


head_attack("head-good", "6", expected="OPEN")
head_attack("head-good-owned", "6", "owned", expected="OPEN")
head_attack("head-stream-over-epoch", "5", epoch=now_ms, stream=lambda: now_ms() + 5000)
head_attack("head-stream-is-epoch-first-5", "5", first=5)
head_attack("head-far-future", "6", epoch=lambda: now_ms() + 86400000 + 60000)
head_attack("head-nearly-24h", "6", expected="OPEN", epoch=lambda: now_ms() + 86400000 - 60000)
head_attack("head-unknown-flag", "5", flags=2)
head_attack("head-signed-on-plain", "5, 6", flags=1)
head_attack("head-n-on-plain", "5, 6", n=1, stanzas=bytes(84))
head_attack("head-n-without-stanza", "7", "owned", n=1)
head_attack("head-n-513", "5", "owned", n=513, stanzas=bytes(84 * 513))
head_attack("head-n-512-owned", "5", "owned", expected="OPEN", n=512, stanzas=bytes(84 * 512))
head_attack("head-short", "7", cut=1)
head_attack("head-trailing-byte", "7", cut=-1)
head_attack("head-tiny", "7", cut=50)
head_attack("head-sig-on-plain", "7", cut=-64)
head_attack("head-owned-no-sig", "7", "owned", seed=None)
head_attack("head-bad-sig", "6", "owned", bad_sig=True)
head_attack("head-signed-owned", "6", "owned", expected="OPEN", flags=1)
head_attack("head-epoch-0", "6", epoch=0)

join_attack("join-plain", "JOINED", "4")
join_attack("join-owned", "JOINED", "4", owned=True)
join_attack("join-unknown-flags", "JOINED", "2", role=CONSUMER, flags=0xA1 | WAIT)
join_attack("join-bad-owner", "NOT_OWNER", "4.3", owned=True, seed=os.urandom(32))
join_attack("join-no-owner", "NOT_OWNER", "4.3", owned=True, seed=None)
join_attack("join-start-3", "PROTOCOL", "2, 4.1", start=3)
join_attack("join-overflow-6", "PROTOCOL", "2, 4.1", overflow=6)
join_attack("join-start-3-role-3", "PROTOCOL", "4.1 in order", start=3, role=3)
join_attack("join-role-3", "UNSUPPORTED", "4.1", role=3)
join_attack("join-consumer-overflow-1", "UNSUPPORTED", "2, 4.1", role=CONSUMER, flags=2, overflow=1)
join_attack("join-consumer-overflow-3", "UNSUPPORTED", "2, 4.1", role=CONSUMER, flags=0, overflow=3)
join_attack("join-consumer-overflow-4", "JOINED", "2", role=CONSUMER, flags=2, overflow=4)
join_attack("join-admin-no-credential", "UNAUTHORIZED", "4.2", role=ADMIN_ROLE, cred=None)
join_attack("join-admin-wrong-credential", "UNAUTHORIZED", "4.2", role=ADMIN_ROLE, cred=bytes(32))
join_attack("join-no-session", "NO_SESSION", "4.4", role=CONSUMER)
join_attack("join-no-session-at", "NO_SESSION", "4.4", role=CONSUMER, start=2, id=5, seq=5)


@attack("other-version", "MAGIC+eof", "1")
def _(foe):
    link = foe.tcp()
    link.raw(b"HYDRA3\r\n" + bytes(32))
    link.deadline = time.monotonic() + 8
    try:
        while True:
            link.need(len(link.buf) + 1)
    except EOFError:
        return "MAGIC+eof" if link.buf == MAGIC else link.buf.hex() + "+eof"


def silence(name, data, low, high, expected="SILENT", hs=False):
    def fn(foe):
        link = foe.hs() if hs else foe.tcp()
        link.raw(data)
        return foe.took(foe.watch(link, 20), low, high)
    attack(name, expected, "7: 10 s from accept to JOIN", slow=True)(fn)


silence("half-magic", MAGIC[:6], 8, 13)
silence("half-handshake", MAGIC + bytes(10), 8, 13)
silence("no-join", b"", 8, 13, "TIMEOUT", True)


@attack("drip-join", "TIMEOUT", "7: from accept, not from the last byte", slow=True)
def _(foe):
    link = foe.hs()
    data, end = link.seal(frame(JOIN, foe.body(link))), time.monotonic() + 20
    for i in range(len(data)):
        link.raw(data[i:i + 1])
        if select.select([link.sock], [], [], 0.5)[0] or time.monotonic() > end:
            break
    return foe.took(foe.watch(link), 8, 13)


@attack("silence-45", "SILENT", "7: 45 s of silence", slow=True)
def _(foe):
    link = foe.join()
    seen = foe.took(foe.watch(link, 60), 43, 50)      # the code of an ERROR, if any, is not specified
    return "SILENT" if seen == "TIMEOUT" else seen


@attack("join-split", "JOINED", "2: a frame may span records; 1-byte segments")
def _(foe):
    link = foe.hs()
    for b in link.seal(frame(JOIN, foe.body(link)), step=1):
        link.raw(bytes([b]))
    return foe.watch(link, until=lambda f: f[1] == JOINED)


@attack("join-and-head-at-once", "PROTOCOL|JOINED", "4: no relayed frame before JOINED (a race: either is right)")
def _(foe):
    link = foe.hs()
    e = now_ms()
    link.raw(link.seal(frame(JOIN, foe.body(link))) + make_head(foe.sid, foe.skey, e, e, 0)[0])
    return foe.watch(link, until=lambda f: f[1] == JOINED)


@attack("join-trailing-bytes", "JOINED", "2")
def _(foe):
    link = foe.hs()
    link.ctl(JOIN, foe.body(link) + bytes(4096 - 205))
    return foe.watch(link, until=lambda f: f[1] == JOINED)


@attack("join-and-ping-in-one-record", "OPEN", "2")
def _(foe):
    link = foe.hs()
    link.raw(link.seal(frame(JOIN, foe.body(link)) + frame(PING, u64(7))))
    return foe.watch(link, until=lambda f: f[:2] == (True, PONG) and f[2] == u64(7))


@attack("second-producer-plain", "PRODUCER_EXISTS", "4.3")
def _(foe):
    foe.join()
    return foe.try_join()


@attack("second-producer-wrong-token", "PRODUCER_EXISTS", "4.3")
def _(foe):
    foe.join()
    return foe.try_join(start=2, resume=os.urandom(16))


def takeover(name, owned):
    def fn(foe):
        if owned:
            foe.own()
        old = foe.join()
        foe.join(resume=old.joined.resume)
        return foe.watch(old)
    attack(name, "REPLACED", "4.3")(fn)


takeover("takeover-with-token", False)
takeover("takeover-owned", True)


@attack("token-before-last", "REPLACED", "4.3: valid until a relayed frame arrives on the new connection")
def _(foe):
    first = foe.join()
    foe.join(resume=first.joined.resume)
    third = foe.join(resume=first.joined.resume)
    return foe.watch(foe.links[-2]) if third else ""


@attack("token-spent", "PRODUCER_EXISTS", "4.3")
def _(foe):
    first = foe.join()
    second = foe.join(resume=first.joined.resume)
    foe.head(second)
    foe.alive(second)
    return foe.try_join(resume=first.joined.resume)


def resume(name, owned):
    def fn(foe):
        if owned:
            foe.own()
        old = foe.producer(3)
        foe.await_ack(old, 3)
        epoch = struct.unpack_from(">Q", foe.last_head, 5)[0]
        new = foe.join(start=2, id=epoch, seq=1, resume=old.joined.resume)
        new.raw(foe.keys.seal(DATA, 3, b"y"))
        foe.watch(new, until=lambda f: f[1] == ACK and f[2][16:24] == u64(4))
        j = new.joined
        return "flags %d, id %s, seq %d, then %s" % (j.flags & 4, j.id == epoch, j.seq, foe.alive(new))
    attack(name, "flags 4, id True, seq 3, then OPEN", "4, JOINED to a producer")(fn)


resume("resume-plain", False)
resume("resume-owned", True)


@attack("resume-without-token", "flags 0, id True, then PROTOCOL", "4: plain, free slot, no valid token: not resumed")
def _(foe):
    old = foe.producer(3)
    foe.await_ack(old, 3)
    old.sock.close()
    epoch = struct.unpack_from(">Q", foe.last_head, 5)[0]
    time.sleep(0.5)
    new = foe.join(start=2, id=epoch, seq=1)
    new.raw(foe.keys.seal(DATA, 3, b"y"))
    return "flags %d, id %s, then %s" % (new.joined.flags & 4, new.joined.id == epoch, foe.watch(new))


def epoch_of(foe): return struct.unpack_from(">Q", foe.last_head, 5)[0]


def slept(name, expected, gone=False, **kw):
    """An owner comes back after another process of the owner has opened a later epoch, and may still be there."""
    def fn(foe):
        foe.own()
        foe.await_ack(foe.producer(2), 2)
        kw_ = {k: v(epoch_of(foe)) if callable(v) else v for k, v in kw.items()}
        other = foe.producer(2)
        foe.await_ack(other, 2)
        if gone:
            other.sock.shutdown(socket.SHUT_RDWR)
            time.sleep(0.5)
        seen = foe.try_join(**kw_)
        return seen if gone else "%s, other %s" % (seen, foe.alive(other))
    attack(name, expected, "4, producer, owned sid: the takeover rule")(fn)


slept("owner-that-slept", "REPLACED, other OPEN", start=AT, id=lambda e: e)
slept("owner-that-slept-older", "REPLACED, other OPEN", start=AT, id=1)
slept("owner-that-slept-no-other", "JOINED", gone=True, start=AT, id=lambda e: e)
slept("owner-new-process", "JOINED, other REPLACED")
slept("owner-new-process-with-id", "JOINED, other REPLACED", start=LIVE, id=lambda e: e)
slept("owner-no-epoch", "JOINED, other REPLACED", start=AT, id=0)
slept("owner-head-on-the-way", "JOINED, other REPLACED", start=AT, id=lambda e: e + 10 ** 6)


def unread(name, expected, after=lambda foe, p: None, joins=False, frames=28):
    """More frames of 1 MiB than a relay keeps for nobody; then what UNREAD says. (Expects less than 24 MiB of retention.)"""
    def fn(foe):
        foe.own()
        p = foe.producer()
        after(foe, p)
        for i in range(frames):
            p.raw(foe.keys.seal(DATA, i, bytes(1 << 20)))
        foe.await_ack(p, frames)
        if joins:
            p = foe.join(start=AT, id=epoch_of(foe), seq=frames)
        foe.watch(p, 3 if not joins else 1.5)
        told = [f for f in foe.frames if f[1] == UNREAD]
        if not told:
            return "no UNREAD"
        stream, oldest, n = fields(">QQQ", told[-1][2])
        return "stream %s, oldest %s, unread %s" % (stream == epoch_of(foe), 0 < oldest <= frames, n == oldest)
    attack(name, expected, "15 UNREAD")(fn)


def reading(foe, p):
    """A consumer that takes all of it."""
    c = foe.join(CONSUMER, start=OLDEST)
    c.deadline = None

    def read():
        try:
            while True:
                c.next()
        except (OSError, EOFError, Fault):
            pass
    threading.Thread(target=read, daemon=True).start()


unread("unread", "stream True, oldest True, unread True")
unread("unread-after-joined", "stream True, oldest True, unread True", joins=True)
unread("unread-all-taken", "no UNREAD", after=reading)
unread("unread-all-kept", "no UNREAD", frames=3)


@attack("unread-new-stream", "no UNREAD", "15 UNREAD: of the session's last stream only")
def _(foe):
    p = foe.own().producer()
    for i in range(28):
        p.raw(foe.keys.seal(DATA, i, bytes(1 << 20)))
    foe.await_ack(p, 28)
    before = len(foe.frames)                        # where all that took a second, UNREAD of the first stream was due
    p.raw(make_head(foe.sid, foe.skey, epoch_of(foe) + 5000, epoch_of(foe) + 5000, 0, seed=foe.seed)[0])
    q = foe.join()
    foe.watch(q, 1.5)
    return "UNREAD" if any(f[1] == UNREAD for f in foe.frames[before:]) else "no UNREAD"


@attack("ack-while-not-read", "not read, ACKs", "2 ACK: every second while the relay is not reading the producer")
def _(foe):
    p = foe.producer()
    foe.join(CONSUMER, start=OLDEST)                # reads nothing more: the relay keeps all for it, as long as it can
    sent = [0]

    def write():
        try:
            while True:
                p.raw(foe.keys.seal(DATA, sent[0], bytes(1 << 20)))
                sent[0] += 1
        except OSError:
            pass
    threading.Thread(target=write, daemon=True).start()
    acks, last, end = [], -1, time.monotonic() + 25
    while time.monotonic() < end and len(acks) < 5:
        if foe.watch(p, 3, until=lambda f: f[1] == ACK) != "%02X" % ACK:
            return "an ACK missing"
        acks = acks + [time.monotonic()] if sent[0] == last else []
        last = sent[0]
    foe.info["MiB"] = last
    p.sock.shutdown(socket.SHUT_RDWR)
    gaps = [b - a for a, b in zip(acks, acks[1:])]
    return "not read, ACKs" if len(gaps) == 4 and max(gaps) < 2 else "not read, ACKs %s apart" % gaps


def second_head(name, cite, expected, **kw):
    def fn(foe):
        link = foe.producer(2)
        e = struct.unpack_from(">Q", foe.last_head, 5)[0]
        link.raw(make_head(foe.sid, foe.skey, e + kw["epoch"], e + kw["stream"], kw["first"])[0])
        return foe.alive(link) if expected == "OPEN" else foe.watch(link)
    attack(name, expected, cite)(fn)


second_head("head2-same-epoch", "6", "PROTOCOL", epoch=0, stream=0, first=0)
second_head("head2-epoch-past", "6", "PROTOCOL", epoch=-1, stream=-1, first=0)
second_head("head2-stream-below", "6", "PROTOCOL", epoch=1, stream=-1, first=0)
second_head("head2-same-stream", "6", "OPEN", epoch=1, stream=0, first=2)
second_head("head2-first-back", "6", "OPEN", epoch=1, stream=0, first=0)
second_head("head2-first-ahead", "6", "OPEN", epoch=1, stream=0, first=9)
second_head("head2-new-stream", "6", "OPEN", epoch=7, stream=7, first=0)


@attack("ping-flood", "OPEN", "2: one PONG pending, the newest is answered")
def _(foe):
    link = foe.join()
    writer = threading.Thread(target=lambda: [link.raw(link.seal(frame(PING, u64(i)))) for i in range(1, 20001)])
    writer.start()
    seen = foe.watch(link, 30, until=lambda f: f[:2] == (True, PONG) and f[2] == u64(20000))
    foe.info["pongs"] = sum(f[1] == PONG for f in foe.frames)
    writer.join()
    return seen


def heads(foe, count, stanzas=0, ends=True):
    """HEADs of one stream with an END each, as a producer sends that seals a ring of epochs anew, or of a stream each
    without frames. -> the last epoch, all bytes"""
    epoch, blob, filler = now_ms(), [], os.urandom(84) * stanzas
    for i in range(count):
        stream, first = (epoch, i) if ends else (epoch + i, 0)
        head, keys = make_head(foe.sid, foe.skey, epoch + i, stream, first, seed=foe.seed, n=stanzas, stanzas=filler)
        blob.append(head)
        if ends:
            blob.append(keys.seal(END, i, u64(now_ms()) + b"\2"))
    return epoch + count - 1, b"".join(blob)


def flood(foe, links, blobs, secs):
    """Sends all blobs at once while a bystander asks for PONGs. -> ACK, when all HEADs were taken and no PONG was late"""
    side, seen, worst = Foe(foe.a), [], 0
    other = side.join()
    foe.links += side.links
    def run(link, last, blob):
        sender = threading.Thread(target=link.raw, args=(blob,), daemon=True)
        sender.start()
        seen.append(foe_watch(foe, link, secs, last))
        sender.join()
    workers = [threading.Thread(target=run, args=(l, *b), daemon=True) for l, b in zip(links, blobs)]
    [w.start() for w in workers]
    while any(w.is_alive() for w in workers):
        t = time.monotonic()
        other.ctl(PING, u64(7))
        side.watch(other, 20, until=lambda f: f[1] == PONG)
        worst = max(worst, time.monotonic() - t)
    foe.info["worst_pong"] = round(worst, 3)
    return "LATE" if worst > 1 else "ACK" if all(x == "ACK" for x in seen) else str(seen)


def foe_watch(foe, link, secs, last):
    """Foe.watch for many links at a time: waits for the ACK of an epoch."""
    mine = Foe(foe.a)
    mine.t0 = time.monotonic()
    seen = mine.watch(link, secs, until=lambda f: f[1] == ACK and f[2][:8] == u64(last))
    return "ACK" if mine.frames and mine.frames[-1][:2] == (True, ACK) and mine.frames[-1][2][:8] == u64(last) else seen


@attack("head-ring-64", "ACK", "6: a ring of 64 epochs with 512 recipients, sealed anew at once")
def _(foe):
    foe.own()
    link = foe.join()
    last, blob = heads(foe, 64, 512)
    link.raw(blob)
    return foe_watch(foe, link, 30, last)


@attack("head-tiny-20000", "ACK", "6: no HEAD is refused for its number")
def _(foe):
    link = foe.join()
    last, blob = heads(foe, 20000, ends=False)
    return flood(foe, [link], [(last, blob)], 60)


@attack("head-flood", "ACK", "7: signatures are not checked on a loop", slow=True)
def _(foe):
    foe.own()
    return flood(foe, [foe.join()], [heads(foe, 4000, ends=False)], 150)


@attack("head-flood-12", "ACK", "7: nor those of twelve connections", slow=True)
def _(foe):
    links, blobs = [], []
    for _ in range(12):
        foe.own()
        links.append(foe.join())
        blobs.append(heads(foe, 1000, ends=False))
    return flood(foe, links, blobs, 150)


@attack("head-records", "ACK", "2: records between HEADs move down once", slow=True)
def _(foe):
    foe.own()
    link = foe.join()
    epoch, blob = now_ms(), []
    for i in range(2000):
        blob += [link.seal(frame(PING, u64(i))),
                 make_head(foe.sid, foe.skey, epoch + i, epoch + i, 0, seed=foe.seed)[0]]
    return flood(foe, [link], [(epoch + 1999, b"".join(blob))], 150)


@attack("head-large", "ACK", "6: 67 MB of HEADs are within the relay's memory", slow=True)
def _(foe):
    links, blobs = [], []
    for _ in range(10):
        foe.own()
        links.append(foe.join())
        blobs.append(heads(foe, 156, 512))
    return flood(foe, links, blobs, 150)


@attack("head-end-bye-fin", "ENDED", "6: what had come before FIN is taken, also behind a HEAD")
def _(foe):
    foe.own()
    consumer = foe.join(CONSUMER, flags=2)
    link = foe.join()
    last, blob = heads(foe, 5, 100)
    link.raw(blob + link.seal(frame(BYE)))
    link.sock.shutdown(socket.SHUT_WR)
    seen = foe.watch(consumer, 8, until=lambda f: f[:2] == (True, STATE) and f[2] == b"\2")
    return "ENDED" if [t for i, t, _ in foe.frames if not i] == [HEAD, END] * 5 else seen


@attack("rekey", "OPEN", "2: Rekey after 2^20 records", slow=True)
def _(foe):
    link = foe.join()
    for i in range(0, (1 << 20) + 4096, 4096):       # 4096 records a turn: 4095 ignored frames and a PING
        link.raw(link.seal(b"\0\0\0\1\xc0" * 4095, step=5) + link.seal(frame(PING, u64(i))))
        foe.watch(link, 20, until=lambda f: f[:2] == (True, PONG) and f[2] == u64(i))
    foe.info["records"] = link.tx.n
    return foe.alive(link)


def crowd(name, expected, phases, sources, each, newcomer):
    """So many connections of each source that do not join, as far as the relay lets them; then a newcomer joins."""
    def fn(foe):
        for i in range(each):
            for source in sources:
                link = foe.tcp(source)
                try:
                    link.raw(phases[i % len(phases)])
                except OSError:
                    pass                                # it has been closed already
        return foe.try_join(source=newcomer)
    attack(name, expected, "7: 64 that have not joined per address", strict=True)(fn)


FOUR = ["127.80.0.%d" % i_ for i_ in range(1, 5)]
crowd("crowd-silent", "JOINED", [b""], FOUR, 1000, "127.80.1.1")
crowd("crowd-half-magic", "JOINED", [MAGIC[:3]], FOUR, 300, "127.80.1.2")
crowd("crowd-mixed", "JOINED", [b"", MAGIC[:3], MAGIC + bytes(9)], FOUR, 300, "127.80.1.3")
crowd("crowd-many-addresses", "JOINED", [b""], ["127.81.0.%d" % i_ for i_ in range(1, 251)], 16, "127.81.1.1")


@attack("crowd-65th", "SILENT", "7: 64 that have not joined per address", strict=True)
def _(foe):
    links = [foe.tcp("127.82.0.1") for _ in range(64)]
    foe.info["open"] = sum(not readable(link.sock, 0.01) for link in links)
    last = foe.watch(foe.tcp("127.82.0.1"))
    return last if foe.info["open"] == 64 else "only %d stay" % foe.info["open"]


def interleave(name, spread):
    def fn(foe):
        link, n = foe.producer(), 40
        data = b""
        for i in range(n):
            ping = frame(PING, u64(1000 + i))
            if spread:         # a record, a relayed frame, the rest of the inner frame
                data += link.seal(ping[:6]) + foe.keys.seal(DATA, i, b"x") + link.seal(ping[6:], step=3)
            else:
                data += foe.keys.seal(DATA, i, b"x") + link.seal(ping)
        link.raw(data)
        want, got = {u64(1000 + n - 1), H(foe.last_head)[:8] + u64(n)}, set()

        def done(f):
            got.add(f[2] if f[1] == PONG else f[2][8:24] if f[1] == ACK else b"")
            return want <= got
        foe.watch(link, until=done)
        return foe.alive(link) if want <= got else "PONG or ACK missing"
    attack(name, "OPEN", "2: relayed frames between records")(fn)


interleave("ping-between-frames", False)
interleave("ping-across-frames", True)


@attack("ack-first", "ACK 0 0", "2: ACK right after JOINED")
def _(foe):
    link = foe.join()
    foe.watch(link, 3, until=lambda f: f[1] == ACK)
    f = foe.frames[0] if foe.frames else (0, 0, b"")
    return "ACK %d %d" % struct.unpack(">Q8xQ4x", f[2][:28]) if f[1] == ACK else "no ACK"


@attack("error-under-load", "PROTOCOL", "7: FIN, then read and discard; no RST")
def _(foe):
    link = foe.producer()

    def write():
        try:
            link.raw(foe.keys.seal(DATA, 7, b"x") + foe.keys.seal(DATA, 8, bytes(16 << 20)))
        except OSError:
            pass
    threading.Thread(target=write, daemon=True).start()
    time.sleep(0.7)
    return foe.watch(link)


def consumer_view(name, expected, cite, kw, before=lambda foe, link: None, after=lambda foe, link: None, end=True, secs=3, edge=False):
    """A producer with 5 frames (4 DATA and END, or 5 DATA); then a consumer, or an edge; what it sees, in short."""
    def fn(foe):
        p = foe.producer(4)
        p.raw(foe.keys.seal(END, 4, u64(now_ms()) + b"\1") if end else foe.keys.seal(DATA, 4, b"x"))
        foe.stream = struct.unpack_from(">Q", foe.last_head, 5)[0]
        foe.await_ack(p, 5)
        before(foe, p)
        kw_ = {k: v(foe) if callable(v) else v for k, v in kw.items()}
        c = foe.link(**kw_) if edge else foe.join(CONSUMER, **kw_)
        after(foe, p)
        rest = foe.watch(c, secs)
        out = ["J%+d/%d" % (c.joined.id - foe.stream, c.joined.seq) if c.joined.id else "J0/%d" % c.joined.seq]
        if edge:
            policy, stream, seq = c.linked or (0, 0, 0)
            out.append("tail%+d/%d policy %d" % (stream - foe.stream, seq, policy))
        for inside, typ, body in foe.frames:
            if typ == GAP:
                s, a, b = struct.unpack(">QQQ", body)
                out.append("GAP%+d/%d-%s" % (s - foe.stream, a, b if b < U64 else "max"))
            elif inside:
                out += ["S%d" % body[0] if typ == STATE else "%02X" % typ] * (typ != PEERS)
            else:
                out.append("HEAD" if typ == HEAD else "%d" % struct.unpack_from(">Q", body, 5)[0])
        return " ".join(out) + (" eof" if rest == "SILENT" else "" if rest == "NOTHING+noclose" else " " + rest)
    attack(name, expected, cite)(fn)


def bye(foe, p): p.ctl(BYE); foe.watch(p, 5)
def frame5(foe, p): p.raw(foe.keys.seal(DATA, 5, b"x"))
def two_more(foe, p): p.raw(foe.keys.seal(DATA, 5, b"x") + foe.keys.seal(DATA, 6, b"x"))
def stream2(foe, p): p.raw(make_head(foe.sid, foe.skey, foe.stream + 9, foe.stream + 9, 0)[0])
def epoch2(first): return lambda foe, p: p.raw(make_head(foe.sid, foe.skey, foe.stream + 9, foe.stream, first)[0]
                                               + frame(DATA, u64(first) + bytes(17)))


AT_STREAM = {"start": AT, "id": lambda foe: foe.stream}
consumer_view("view-oldest", "J+0/0 HEAD 0 1 2 3 4", "4, 6", {"start": 1})
consumer_view("view-live-after-end", "J+0/4 HEAD 4", "4: gets that END", {})
consumer_view("view-live-after-end-of-last-stream-only", "J+9/0|J+9/0 HEAD", "4: gets that END, not an older one", {}, before=lambda f, p: (
    stream2(f, p), f.watch(p, until=lambda x: x[1] == ACK and x[2][:8] == u64(f.stream + 9))))
consumer_view("view-live-after-rotation", "J+0/5|J+0/5 HEAD", "6 END: the stream goes on", {}, before=lambda f, p: (
    p.raw(make_head(f.sid, f.skey, f.stream + 9, f.stream, 5)[0]),
    f.watch(p, until=lambda x: x[1] == ACK and x[2][:8] == u64(f.stream + 9))))
consumer_view("view-live", "J+0/5 HEAD 5", "4", {}, after=frame5, end=False)
consumer_view("view-at", "J+0/2 HEAD 2 3 4", "4", {**AT_STREAM, "seq": 2})
consumer_view("view-at-next", "J+0/5 HEAD 5", "4", {**AT_STREAM, "seq": 5}, after=frame5, end=False)
consumer_view("view-at-future", "J+0/6 HEAD 6", "4: wait for it", {**AT_STREAM, "seq": 6}, after=two_more, end=False)
consumer_view("view-at-other-stream", "J+0/0 GAP-1/7-max HEAD 0 1 2 3 4", "4", {"start": 2, "id": lambda f: f.stream - 1, "seq": 7})
consumer_view("view-future-lost-stream", "J+0/9 GAP+0/9-max HEAD|J+0/9 HEAD GAP+0/9-max HEAD|J+0/9 HEAD HEAD GAP+0/9-max|J+0/9 HEAD GAP+0/9-max",
              "4: can no longer come", {**AT_STREAM, "seq": 9}, after=stream2, end=False)
consumer_view("view-future-lost-first", "J+0/9 GAP+0/9-20 HEAD 20|J+0/9 HEAD GAP+0/9-20 HEAD 20|J+0/9 HEAD GAP+0/9-20 20|J+0/9 HEAD HEAD GAP+0/9-20 20",
              "4: first > seq", {**AT_STREAM, "seq": 9}, after=epoch2(20), end=False)
consumer_view("view-new-epoch-back", "J+0/5 HEAD 3|J+0/5 HEAD HEAD 3", "6: new HEAD and its frames from first", {}, after=epoch2(3), end=False)
consumer_view("view-bye", "J+0/0 HEAD 0 1 2 3 4 S2 eof", "6: the rest, STATE 2, FIN", {"start": 1}, after=bye, secs=8)
consumer_view("view-after-bye", "J+0/0 HEAD 0 1 2 3 4 S2 eof", "6 (STATE 2 for later joiners: unclear)", {"start": 1}, before=bye, secs=8)
consumer_view("view-producer-away", "J+0/4 HEAD 4 S0", "2 STATE", {}, after=lambda foe, p: p.sock.shutdown(2))


@attack("view-live-after-signed-end", "J4 HEAD 4:14 5:15", "4: gets that END; its CHECK is behind it")
def _(foe):
    p = foe.own().join()
    foe.head(p, flags=1)
    frames = [foe.keys.seal(DATA, i, b"x") for i in range(4)] + [foe.keys.seal(END, 4, u64(now_ms()) + b"\0")]
    p.raw(b"".join(frames) + make_check(foe.keys, 5, 0, frames, foe.seed))
    foe.await_ack(p, 6)
    c = foe.join(CONSUMER)
    foe.watch(c, 3)
    out = ["HEAD" if t == HEAD else "%d:%02X" % (fields(">Q", b[5:])[0], t) for i, t, b in foe.frames if not i]
    return " ".join(["J%d" % c.joined.seq] + out)


@attack("wait-consumer", "J0/0 S1 HEAD 0", "4: JOINED at once, (0, 0)")
def _(foe):
    c = foe.join(CONSUMER, flags=2)
    p = foe.producer(1)
    foe.await_ack(p, 1)
    foe.watch(c, 2)
    out = sorted(("S%d" % b[0] if i else "HEAD" if t == HEAD else "%d" % b[12]) for i, t, b in foe.frames)
    order = [x for x in ("S1", "HEAD", "0") if x in out]
    return "J%d/%d " % (c.joined.id, c.joined.seq) + " ".join(order)


# ---- clients that make little bytes cost much: what each is told must stay right

def first_frame(foe, link):
    """The seq of the first relayed frame that comes, or what came instead."""
    seen = foe.watch(link, 8, until=lambda f: not f[0] and f[1] != HEAD)
    gaps = ["GAP%d-%s" % (fields(">QQQ", b)[1], "max" if fields(">QQQ", b)[2] == U64 else fields(">QQQ", b)[2])
            for i, t, b in foe.frames if i and t == GAP]
    last = foe.frames[-1] if foe.frames else (True, 0, b"")
    return " ".join(gaps + ([str(fields(">Q", last[2][5:])[0])] if not last[0] else [seen]))


def quiet(foe, link):
    """Whether it is there and nothing but its PONG comes."""
    seen = foe.alive(link)
    return seen if all(f[0] for f in foe.frames) else "frames that were not its"


def parked(name, seqs, play, want):
    """Consumers that wait for these seqs of a stream; then the producer plays, and each gets what it should."""
    def fn(foe):
        p = foe.producer()
        foe.stream = epoch_of(foe)
        foe.watch(p, until=lambda f: f[1] == ACK and f[2][:8] == u64(foe.stream))
        cs = [foe.join(CONSUMER, start=AT, id=foe.stream, seq=s) for s in seqs]
        play(foe, p, cs)
        bad = ["%d: %s, not %s" % (s, got, want(s)) for s, c in zip(seqs, cs)
               for got in [quiet(foe, c) if want(s) == "OPEN" else first_frame(foe, c)] if got != want(s)]
        return "; ".join(bad[:3]) or foe.alive(p)
    attack(name, "OPEN", "4: the seq in the future, wait for it")(fn)


def one_by_one(frames, heads=0):
    """Frames, each of which the relay has before the next comes; epochs of the same stream in front of some."""
    def play(foe, p, cs):
        for i in range(frames):
            if heads and i % heads == 0:
                foe.head(p, epoch=epoch_of(foe) + 1, stream=foe.stream, first=i)
            p.raw(foe.keys.seal(DATA, i, b"x"))
            if i % 8 == 7:
                foe.await_ack(p, i + 1)
        if frames % 8:
            foe.await_ack(p, frames)
    return play


def leave_in_front(foe, p, cs):
    for c in cs[::2]:
        c.sock.close()
        foe.links.remove(c)
    one_by_one(40)(foe, p, cs)


def next_stream(foe, p, cs):
    one_by_one(8)(foe, p, cs)
    foe.head(p, epoch=foe.stream + 99)
    p.raw(foe.keys.seal(DATA, 0, b"x"))


def epoch_behind(foe, p, cs):
    one_by_one(8)(foe, p, cs)
    foe.head(p, epoch=foe.stream + 9, stream=foe.stream, first=60)
    p.raw(foe.keys.seal(DATA, 60, b"x"))


NEVER_SEQ = 1 << 40
parked("parked-each-its-own", range(1, 41), one_by_one(41), lambda s: str(s))
parked("parked-all-the-same", [20] * 40, one_by_one(41), lambda s: str(s))
parked("parked-from-behind", range(40, 0, -1), one_by_one(41), lambda s: str(s))
parked("parked-never", [NEVER_SEQ + s for s in range(40)], one_by_one(64), lambda s: "OPEN")
parked("parked-at-the-limit", [(1 << 62) - 1 - s for s in range(20)], one_by_one(16), lambda s: "OPEN")
parked("parked-half-of-them", [s if s % 2 else NEVER_SEQ + s for s in range(1, 41)], one_by_one(41),
       lambda s: str(s) if s % 2 else "OPEN")
parked("parked-many-epochs", list(range(1, 41)) + [NEVER_SEQ] * 20, one_by_one(41, heads=2),
       lambda s: "OPEN" if s == NEVER_SEQ else str(s))
parked("parked-another-stream", [30 + s for s in range(20)], next_stream, lambda s: "GAP%d-max 0" % s)
parked("parked-epoch-behind", [30 + s for s in range(20)], epoch_behind, lambda s: "GAP%d-60 60" % s)


@attack("parked-half-leave", "OPEN", "4: who is gone waits no more")
def _(foe):
    p = foe.producer()
    foe.stream = epoch_of(foe)
    cs = [foe.join(CONSUMER, start=AT, id=foe.stream, seq=s) for s in range(1, 31)]
    leave_in_front(foe, p, cs)
    got = [first_frame(foe, c) for c in cs[1::2]]
    return foe.alive(p) if got == [str(s) for s in range(2, 31, 2)] else repr(got)


@attack("parked-bye", "10 S2", "6: after BYE STATE 2 and FIN")
def _(foe):
    p = foe.producer()
    cs = [foe.join(CONSUMER, start=AT, id=epoch_of(foe), seq=NEVER_SEQ + s) for s in range(30)]
    p.ctl(BYE)
    seen = set()
    for c in cs:
        foe.watch(c)
        seen.add(" ".join("S%d" % b[0] if t == STATE else "%02X" % t for i, t, b in foe.frames))
    return " ".join(sorted(seen))


def ping_storm(name, role, pack):
    """Many PINGs at once: the newest is answered, and not each with a write of its own."""
    def fn(foe):
        link, n = foe.join(role, flags=2), 5000
        pings = [frame(PING, u64(i)) for i in range(1, n + 1)]
        data = pack(link, pings)
        writer = threading.Thread(target=lambda: link.raw(data))
        writer.start()
        seen = foe.watch(link, 30, until=lambda f: f[:2] == (True, PONG) and f[2] == u64(n))
        writer.join()
        foe.info["pongs"] = pongs = sum(f[1] == PONG for f in foe.frames)
        return seen if pongs <= n // 10 else "%d PONGs for %d PINGs" % (pongs, n)
    attack(name, "OPEN", "2: one PONG pending, the newest is answered")(fn)


def halves(link, pings):                           # each PING begins in one record and ends in the next
    inner, out = b"".join(pings), [link.seal(pings[0][:6])]
    return b"".join(out + [link.seal(inner[6 + 13 * i:19 + 13 * i]) for i in range(len(pings))])


for who_, role_ in (("producer", PRODUCER), ("consumer", CONSUMER)):
    ping_storm("ping-storm-one-record-" + who_, role_, lambda l, p: l.seal(b"".join(p)))
    ping_storm("ping-storm-records-" + who_, role_, lambda l, p: b"".join(map(l.seal, p)))
    ping_storm("ping-storm-tens-" + who_, role_, lambda l, p: b"".join(l.seal(b"".join(p[i:i + 10])) for i in range(0, len(p), 10)))
    ping_storm("ping-storm-halves-" + who_, role_, halves)


def small_frames(foe, n):
    p = foe.producer()
    p.raw(b"".join(u32(25) + bytes([DATA]) + u64(i) + bytes(16) for i in range(n)))
    foe.await_ack(p, n)
    foe.stream = epoch_of(foe)
    return p


@attack("small-frames-join-at", "OPEN", "4: the seq held, there; 36,000 frames in a segment")
def _(foe):
    small_frames(foe, 90000)
    for seq in (0, 1, 564, 565, 566, 35999, 36000, 47111, 89998, 89999):
        got = first_frame(foe, foe.join(CONSUMER, start=AT, id=foe.stream, seq=seq))
        if got != str(seq):
            return "%s at %d" % (got, seq)
    return foe.alive(foe.links[0])


@attack("small-frames-and-pings", "OPEN", "2: a PONG never inside a frame, the frames in order")
def _(foe):
    p = foe.producer()
    c, n = foe.join(CONSUMER, start=OLDEST), 300000
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    p.raw(b"".join(u32(25) + bytes([DATA]) + u64(i) + bytes(16) for i in range(n)))
    want, pongs = 0, 0
    c.deadline = time.monotonic() + 60
    while want < n:
        inside, typ, body = c.next()
        if inside:
            pongs += typ == PONG
        elif typ != HEAD:
            if fields(">Q", body[5:])[0] != want:
                return "frame %d where %d is due" % (fields(">Q", body[5:])[0], want)
            want += 1
            if want % 500 == 0:
                c.ctl(PING, u64(want))
    foe.info["pongs"] = pongs
    return foe.alive(c) if pongs else "no PONG between frames"


# ---- an edge at the port for links of a node: --links and --cluster-key
def link_view(name, expected, kw, **more):
    consumer_view("link-" + name, expected, "14 Links", kw, secs=2, edge=True, **more)


def ring_of_5(foe, p):
    """Sealed anew, from the third frame on, when the first five have been sent on; and two more."""
    time.sleep(0.5)
    epoch2(2)(foe, p)
    p.raw(b"".join(frame(DATA, u64(i) + bytes(17)) for i in range(3, 7)))


def leaves(foe, p): p.sock.shutdown(socket.SHUT_RDWR)


IN_EPOCH = {**AT_STREAM, "epoch": lambda foe: foe.stream}
link_view("oldest", "J+0/0 tail+0/5 policy 1 HEAD 0 1 2 3 4", {}, end=False)
link_view("behind-end", "J+0/0 tail+0/4 policy 1 HEAD 0 1 2 3 4", {})
link_view("at", "J+0/2 tail+0/5 policy 1 HEAD 2 3 4", {**IN_EPOCH, "seq": 2}, end=False)
link_view("at-tail", "J+0/5 tail+0/5 policy 1 HEAD 5", {**IN_EPOCH, "seq": 5}, end=False, after=frame5)
link_view("at-future", "J+0/6 tail+0/5 policy 1 HEAD 6", {**IN_EPOCH, "seq": 6}, end=False, after=two_more)
link_view("at-its-end", "J+0/5 tail+0/6 policy 1 HEAD 5", {**IN_EPOCH, "seq": 5}, end=False, before=epoch2(5))
link_view("through-epochs", "J+0/3 tail+0/6 policy 1 HEAD 3 4 HEAD 5", {**IN_EPOCH, "seq": 3}, end=False, before=epoch2(5))
link_view("ring-sealed-anew", "J+0/2 tail+0/3 policy 1 HEAD 2", {**IN_EPOCH, "seq": 5}, end=False, before=epoch2(2))
RING = "J+0/0%s HEAD 0 1 2 3 4 GAP+0/2-5 HEAD 5 6|J+0/0%s HEAD 0 1 2 3 4 HEAD GAP+0/2-5 5 6|J+0/0%s HEAD 0 1 2 3 4 HEAD 2 3 4 5 6"
link_view("stays-through-a-ring", RING % ((" tail+0/5 policy 1",) * 3), {}, end=False, after=ring_of_5)
consumer_view("link-consumer-of-the-owner", RING % ("", "", ""), "14 Mirrors: the owner does so too", {"start": 1}, end=False, after=ring_of_5)
link_view("unknown-epoch", "J+0/0 tail+0/5 policy 1 HEAD 0 1 2 3 4", {**AT_STREAM, "seq": 2, "epoch": 9}, end=False)
link_view("unknown-epoch-hole", "J+0/7 tail+0/8 policy 1 HEAD 7|J+0/7 tail+0/8 policy 1 GAP+0/5-7 HEAD 7",
          {**AT_STREAM, "seq": 5, "epoch": lambda foe: foe.stream + 5}, end=False, before=epoch2(7))
link_view("unknown-stream", "J+0/0 tail+0/5 policy 1 HEAD 0 1 2 3 4|J+0/0 tail+0/5 policy 1 GAP-7/3-max HEAD 0 1 2 3 4",
          {"start": AT, "id": lambda foe: foe.stream - 7, "epoch": lambda foe: foe.stream - 7, "seq": 3}, end=False)
link_view("owner-is-behind", "J+0/0 tail+0/5 policy 1 HEAD 0 1 2 3 4", {**AT_STREAM, "seq": 9, "epoch": lambda foe: foe.stream + 99},
          end=False)
link_view("owner-is-behind-idle", "J+9/0 tail+9/0 policy 1 HEAD|J+9/0 tail+9/0 policy 1 GAP+99/5-max HEAD"
          "|J+0/0 tail+9/0 policy 1 HEAD 0 1 2 3 4 HEAD",
          {"start": AT, "id": lambda foe: foe.stream + 99, "epoch": lambda foe: foe.stream + 99, "seq": 5}, end=False, before=stream2)
link_view("session-over", "J+0/0 tail+0/4 policy 1 HEAD 0 1 2 3 4 S2 eof", {}, before=bye)
link_view("session-ends", "J+0/0 tail+0/4 policy 1 HEAD 0 1 2 3 4 S2 eof", {}, after=bye)
link_view("producer-leaves", "J+0/5 tail+0/5 policy 1 S0|J+0/5 tail+0/5 policy 1 HEAD S0", {**IN_EPOCH, "seq": 5}, end=False, after=leaves)


def refused_link(name, expected, where=None, session=True, **kw):
    def fn(foe):
        if session:
            foe.producer(2)
        return foe.watch(foe.linking(foe.a.relay if where == "clients" else None, **kw))
    attack("link-" + name, expected, "14 Links")(fn)


refused_link("no-session", "NO_SESSION(retryMs 200)", session=False)
refused_link("at-the-clients-port", "UNAUTHORIZED", where="clients")
refused_link("no-credential", "UNAUTHORIZED", cred=None)
refused_link("wrong-credential", "UNAUTHORIZED", cred=bytes(32))
refused_link("no-session-no-credential", "UNAUTHORIZED", cred=None, session=False)
refused_link("without-flag", "UNAUTHORIZED", flags=0)
refused_link("start-3", "PROTOCOL", start=3)
refused_link("overflow-1", "UNSUPPORTED", overflow=1)


@attack("link-no-producer-yet", "NO_SESSION(retryMs 200)", "14 Links: a waiting consumer makes no session")
def _(foe):
    foe.join(CONSUMER, flags=WAIT)
    return foe.watch(foe.linking())


@attack("link-no-head-yet", "J0/0 tail0/0, HEAD 0", "14 Links: no HEAD yet")
def _(foe):
    p = foe.join()
    link = foe.link()
    foe.head(p)
    p.raw(foe.keys.seal(DATA, 0, b"x"))
    foe.watch(link, until=lambda f: f[1] == DATA)
    return "J%d/%d tail%d/%d, %s" % (*link.joined[2:4], *link.linked[1:], " ".join("HEAD" if f[1] == HEAD else "0" for f in foe.frames))


def counted(foe, p, n):
    """The count in the next ACK that has changed to it."""
    seen = foe.watch(p, 4, until=lambda f: f[1] == ACK and f[2][24:28] == u32(n))
    return n if seen == "%02X" % ACK else seen


@attack("link-count", "0 1000 1024 1025 25 1", "14: ACK tells the sum of the COUNTs and the node's own consumers")
def _(foe):
    p = foe.producer(1)
    foe.await_ack(p, 1)
    a, b = foe.link(), foe.link()
    stop = threading.Event()

    def beat():
        while not stop.wait(1):
            for link in (a, b):
                try:
                    link.ctl(PING, u64(1))
                except OSError:
                    pass
    threading.Thread(target=beat, daemon=True).start()
    foe.watch(p, 0.5, until=lambda f: f[1] == ACK and f[2][24:28] != bytes(4))
    out = [0 if not any(f[1] == ACK and f[2][24:28] != bytes(4) for f in foe.frames) else "a link counts"]
    a.ctl(COUNT, u32(1000))
    out.append(counted(foe, p, 1000))
    b.ctl(COUNT, u32(24))
    out.append(counted(foe, p, 1024))
    foe.join(CONSUMER, start=OLDEST)
    out.append(counted(foe, p, 1025))
    a.ctl(BYE)
    out.append(counted(foe, p, 25))
    b.shut()
    out.append(counted(foe, p, 1))
    stop.set()
    return " ".join(map(str, out))


@attack("link-ping", "OPEN", "14 Links: PING")
def _(foe):
    foe.producer(1)
    return foe.alive(foe.link())


@attack("link-sends-frames", "PROTOCOL", "14 Links: relayed frames from an edge")
def _(foe):
    foe.producer(1)
    link = foe.link()
    link.raw(frame(DATA, bytes(40)))
    return foe.watch(link)


@attack("link-short-count", "PROTOCOL", "2: missing bytes")
def _(foe):
    foe.producer(1)
    link = foe.link()
    link.ctl(COUNT, bytes(3))
    return foe.watch(link)


@attack("link-silent", "SILENT", "14 Links: three seconds without a byte", slow=True)
def _(foe):
    foe.producer(1)
    return foe.took(foe.watch(foe.link(), 20), 2.5, 6)


@attack("link-takeover", "OPEN", "14 Links: the session's producer, not its connection")
def _(foe):
    first = foe.own().producer(1)
    foe.await_ack(first, 1)
    link = foe.link()
    foe.head(foe.join())
    seen = foe.watch(link, until=lambda f: f[1] == HEAD and f[2] == foe.last_head)
    return foe.alive(link) if seen == "10" else seen


# ---- a node as an edge, whose owner is played here: --owner-listen, --key, --cluster-key, --links
class PlayedOwner:
    """Takes links, and hands them to the session that they are for."""
    def __init__(self, args):
        self.key, self.cluster_key = X25519PrivateKey.from_private_bytes(args.key), args.cluster_key
        self.queues, self.lock = {}, threading.Lock()
        self.server, where = Relay.listen(args.owner_listen)
        threading.Thread(target=self.accept, daemon=True).start()
        print("owner", where, flush=True)
        sys.stdin.readline()

    def queue(self, sid):
        with self.lock:
            return self.queues.setdefault(sid, queue.Queue())

    def accept(self):
        while True:
            threading.Thread(target=self.serve, args=(self.server.accept()[0],), daemon=True).start()

    def serve(self, sock):
        link = Link(sock)
        link.deadline, link.seen, link.silent, link.over, link.since = time.monotonic() + 10, [], False, threading.Event(), time.monotonic()
        try:
            Relay.greet(self, link)
            _, typ, body = link.next()
            link.asked = fields(">BBBB64sQQ16s64s8s32s", body)
            cred = cred_fields(link_cred(self.cluster_key), link.h, CONSUMER, link.asked[4])
            link.known = typ == JOIN and link.asked[9] + link.asked[10] == cred
            link.deadline, link.max_inner, link.idle = None, 65536 + 64, 60
            self.queue(link.asked[4]).put(link)
            while True:
                f = link.next()
                link.seen.append((time.monotonic(),) + f)
                if f[1] == PING and not link.silent:
                    link.ctl(PONG, f[2])
        except (Fault, OSError, EOFError, ValueError):   # ValueError: closed here
            pass
        link.over.set()


class PlayedSession:
    """A session whose owner is played, and its consumers at the edge."""
    def __init__(self, foe, name):
        self.foe, self.mine = foe, None
        foe.sid = H(name.encode() + b"\0") + H(name.encode() + b"\1")
        self.queue = foe.a.played.queue(foe.sid)
        self.stream = now_ms()
        self.keys = {}

    # ---- the owner's part
    def link(self, secs=8):
        try:
            link = self.queue.get(timeout=secs)
        except queue.Empty:
            raise Fault("NO_LINK") from None
        self.foe.links.append(link)
        return link

    def asked(self, link):
        role, flags, start, overflow, _, id, seq, resume, owner = link.asked[:9]
        rest = resume[8:] + owner
        return "role %d flags %d start %d overflow %d at %s/%d epoch %s cred %s rest %s" % (
            role, flags, start, overflow, "%+d" % (id - self.stream) if id else 0, seq,
            "%+d" % (struct.unpack(">Q", resume[:8])[0] - self.stream) if any(resume[:8]) else 0, link.known, rest.strip(b"\0").hex() or 0)

    def joined(self, link, seq=None, tail=None, flags=2, linked=True):
        here = (self.stream, seq) if seq is not None else (0, 0)
        tail = (self.stream, tail) if tail is not None else here
        link.ctl(JOINED, struct.pack(">BIQQ16sH", flags, MAX_FRAME, *here, bytes(16), 30) + struct.pack(">BQQ", 1, *tail) * linked)

    def head(self, link, more=0, first=0, salt=None):
        """An epoch of the stream; its number and its first frame."""
        raw, self.keys[link] = make_head(self.foe.sid, self.foe.skey, self.stream + more, self.stream, first, salt=salt or bytes([more]) * 32)
        link.raw(raw)

    def frames(self, link, *seqs):
        link.raw(b"".join(self.keys[link].seal(DATA, i, b"x") for i in seqs))

    def serve(self, seqs, secs=8, **kw):
        """A link that gets a HEAD and these frames."""
        link = self.link(secs)
        self.joined(link, seqs[0] if seqs else 0, **kw)
        self.head(link)
        self.frames(link, *seqs)
        return link

    # ---- a consumer's
    def consume(self, secs=3, states=False, **kw):
        """Joins at the edge; -> a function that gives what it has seen by then, of STATE only 2 (the others have no place)."""
        foe, result = Foe(self.foe.a), []
        foe.sid, kw = self.foe.sid, {"flags": WAIT, "start": OLDEST, **kw}

        def run():
            try:
                c = foe.join(CONSUMER, **kw)
                out, rest = ["J%+d/%d" % (c.joined.id - self.stream, c.joined.seq) if c.joined.id else "J0/0"], foe.watch(c, secs)
                for inside, typ, body in foe.frames:
                    if typ == GAP:
                        s, a, b = struct.unpack(">QQQ", body)
                        out.append("GAP%+d/%d-%s" % (s - self.stream, a, b if b < U64 else "max"))
                    elif typ == STATE:
                        out += ["S%d" % body[0]] * (states or body[0] == 2)
                    elif inside:
                        out += ["%02X" % typ] * (typ not in (PEERS, ERROR))
                    else:
                        out.append("HEAD" if typ == HEAD else "%d" % struct.unpack_from(">Q", body, 5)[0])
                result.append(" ".join(out) + (" eof" if rest == "SILENT" else "" if rest == "NOTHING+noclose" else " " + rest))
            except Fault as e:
                usual = RETRY.get(e.code, NEVER)
                result.append(e.code + ("" if e.retry == usual else "(retryMs %d)" % e.retry))
            except (OSError, EOFError, ValueError) as e:
                result.append(repr(e))
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.foe.links.append(foe)
        foe.sock = foe                               # closed with the rest

        def seen():
            thread.join(secs + 12)
            return result[0] if result else "nothing"
        foe.close = lambda: [link.sock.close() for link in foe.links]
        seen.leave = lambda: [link.shut() for link in foe.links]
        return seen


def edge_view(name, expected, play, secs=3, cite="14 Mirrors", **kw):
    """What a consumer at the edge sees of what the owner plays."""
    def fn(played):
        seen = played.consume(secs, **kw)
        play(played)
        return seen()
    attack("edge-" + name, expected, cite)(fn)


def again(first, play):
    """A link with these frames, which breaks; then another one, which is played to."""
    def both(played):
        link = played.serve(first)
        await_frames(played, link)
        link.shut()
        play(played, played.link())
    return both


def await_frames(played, link):
    """The edge has had all that was sent: it has asked and been answered."""
    begin, seen = time.monotonic(), len(link.seen)
    while time.monotonic() < begin + 5 and not any(f[2] == PING for f in link.seen[seen:]):
        time.sleep(0.02)
    time.sleep(0.1)


def ring_anew(played, link):
    played.joined(link, 2, 7)
    played.head(link, 9, 2)
    played.frames(link, 2, 3, 4, 5, 6)


def hole(played, link):
    played.joined(link, 8, 10)
    link.ctl(GAP, struct.pack(">QQQ", played.stream, 5, 8))
    played.head(link)
    played.frames(link, 8, 9)


def above_a_head(played, link):
    """An owner that has the next epoch from its fourth frame on; it comes piece by piece."""
    played.joined(link, 3, 7)
    played.head(link, 9)
    for part in (3, 4), (5,), (6,):
        played.frames(link, *part)
        time.sleep(0.4)


def other_head(played, link):
    played.joined(link, 0, 7)
    played.head(link, 0, 0, b"z" * 32)
    played.frames(link, *range(7))


def goes_on(played, link):
    played.joined(link, 5)
    played.head(link)
    played.frames(link, 5, 6)


def next_epoch(played, link):
    played.joined(link, 5, 7)
    played.head(link, 9, 5)
    played.frames(link, 5, 6)


def through_a_ring(played):
    """One link: the owner crosses into a log that repeats frames, as it should: with GAP, behind what the edge has."""
    link = played.serve(range(5))
    link.ctl(GAP, struct.pack(">QQQ", played.stream, 2, 5))
    played.head(link, 9, 2)
    played.frames(link, 5, 6)


def behind(played):
    """An owner with a lower epoch is given up; nothing of it is seen."""
    link = played.link()
    played.joined(link, 0)
    played.head(link, 9)
    played.frames(link, *range(5))
    await_frames(played, link)
    link.shut()
    link = played.link()
    played.joined(link, 0, 3)
    played.head(link, 4)
    if not link.over.wait(3):
        raise Fault("KEPT")
    link = played.link()
    played.joined(link, 5, 7)
    played.head(link, 20, 5)
    played.frames(link, 5, 6)


def states(played):
    link = played.serve(range(2))
    for state in (0, 1, 0):
        await_frames(played, link)
        link.ctl(STATE, bytes([state]))


def over(played):
    link = played.serve(range(5))
    link.ctl(STATE, b"\2")
    link.sock.shutdown(socket.SHUT_WR)


def with_tail(position, tail):
    def play(played):
        link = played.link()
        played.joined(link, position, tail)
        played.head(link)
        await_frames(played, link)               # the consumer is joined then
        played.frames(link, *range(position, tail + 2))
    return play


edge_view("frames", "J+0/0 HEAD 0 1 2 3 4", lambda played: played.serve(range(5)))
edge_view("late-beginning", "J+0/3 HEAD 3 4 5", lambda played: played.serve(range(3, 6)))
edge_view("goes-on", "J+0/0 HEAD 0 1 2 3 4 5 6", again(range(5), goes_on), 5)
edge_view("next-epoch", "J+0/0 HEAD 0 1 2 3 4 HEAD 5 6", again(range(5), next_epoch), 5)
edge_view("ring-sealed-anew", "J+0/0 HEAD 0 1 2 3 4 GAP+0/2-5 HEAD 5 6|J+0/0 HEAD 0 1 2 3 4 HEAD GAP+0/2-5 5 6",
          again(range(5), ring_anew), 5)
edge_view("lands-above-a-head", "J+0/0 HEAD 0 1 2 3 4 GAP+0/0-5 HEAD 5 6|J+0/0 HEAD 0 1 2 3 4 HEAD GAP+0/0-5 5 6", again(range(5), above_a_head), 6)
edge_view("crosses-with-its-owner", "J+0/0 HEAD 0 1 2 3 4 GAP+0/2-5 HEAD 5 6|J+0/0 HEAD 0 1 2 3 4 HEAD GAP+0/2-5 5 6", through_a_ring)
HOLE = "J+0/0 HEAD 0 1 2 3 4 GAP+0/5-8 HEAD 8 9|J+0/0 HEAD 0 1 2 3 4 GAP+0/5-8 8 9" \
       "|J+0/0 HEAD 0 1 2 3 4 GAP+0/5-8 HEAD GAP+0/0-8 8 9|J+0/0 HEAD 0 1 2 3 4 GAP+0/5-8 GAP+0/0-8 HEAD 8 9"
edge_view("hole", HOLE, again(range(5), hole), 5)
edge_view("other-head", "J+0/0 HEAD 0 1 2 3 4 GAP+0/0-5 HEAD 5 6|J+0/0 HEAD 0 1 2 3 4 HEAD GAP+0/0-5 5 6",
          again(range(5), other_head), 5)
edge_view("owner-is-behind", "J+0/0 HEAD 0 1 2 3 4 HEAD 5 6", behind, 8)
edge_view("state", "J+0/0 HEAD 0 1 S0 S1 S0", states, 5, states=True)
edge_view("session-ends", "J+0/0 HEAD 0 1 2 3 4 S2 eof", over)
edge_view("live", "J+0/3 HEAD 3 4", with_tail(0, 3), start=LIVE)
edge_view("live-at-the-tail", "J+0/3 HEAD 3 4", with_tail(3, 3), start=LIVE)
edge_view("live-in-front-of-the-oldest", "J+0/4 HEAD 4 5", with_tail(2, 4), start=LIVE)
edge_view("no-tail-in-joined", "LIMIT(retryMs 1000)", lambda played: played.joined(played.link(), 0, linked=False), 5, "14 Links")
edge_view("no-answer", "LIMIT(retryMs 1000)", lambda played: played.link(), 5)
edge_view("no-head-promised", "LIMIT(retryMs 1000)", lambda played: played.joined(played.link(), 0), 5)
edge_view("no-head-yet", "J0/0 HEAD 0", lambda played: nothing_then(played), 4)
edge_view("consumer-is-ahead", "LIMIT(retryMs 1000)", lambda played: played.serve(range(5)), 5, start=AT, id=5, seq=5,
          resume=u64(1 << 62) + bytes(8))


def nothing_then(played):
    link = played.link()
    played.joined(link)
    await_frames(played, link)
    played.head(link)
    played.frames(link, 0)


def unannounced(played, link):
    """Frames that do not follow end the link; what it brought is not seen."""
    played.joined(link, 5, 9)
    played.head(link)
    played.frames(link, 7)
    if not link.over.wait(3):
        raise Fault("KEPT")
    goes_on(played, played.link())


edge_view("unannounced", "J+0/0 HEAD 0 1 2 3 4 5 6", again(range(5), unannounced), 8)


@attack("edge-asks", "role 2 flags 8 start 1 overflow 0 at 0/0 epoch 0 cred True rest 0, then"
        " role 2 flags 8 start 2 overflow 0 at +0/5 epoch +9 cred True rest 0", "14 Links: JOIN")
def _(played):
    played.consume()
    link = played.link()
    first = played.asked(link)
    played.joined(link, 0)
    played.head(link)
    played.frames(link, 0, 1, 2)
    played.head(link, 9, 3)
    played.frames(link, 3, 4)
    await_frames(played, link)
    link.shut()
    return first + ", then " + played.asked(played.link())


@attack("edge-counts-and-pings", "1 2 1, PING every second", "14 Links: COUNT, PING")
def _(played):
    one = played.consume(30)
    link = played.serve(range(3))

    def count(n, end):
        while time.monotonic() < end:
            told = [f[3] for f in list(link.seen) if f[2] == COUNT]
            if told and told[-1] == u32(n):
                return str(n)
            time.sleep(0.02)
        return "no COUNT %d" % n
    out = [count(1, time.monotonic() + 2)]
    two = played.consume(30)
    out.append(count(2, time.monotonic() + 6))
    one.leave()
    out.append(count(1, time.monotonic() + 6))
    time.sleep(5)
    pings = [f[0] for f in link.seen if f[2] == PING]
    gaps = [b - a for a, b in zip(pings, pings[1:])]
    two.leave()
    return " ".join(out) + (", PING every second" if len(gaps) > 2 and max(gaps) < 2.5 and sum(gaps) / len(gaps) > 0.7 else ", PING %s" % gaps)


@attack("edge-silent-owner", "again", "14 Links: three seconds without a byte")
def _(played):
    played.consume(20)
    link = played.link()
    link.silent = True
    played.joined(link, 0)
    played.head(link)
    begin = time.monotonic()
    if not link.over.wait(10):
        return "kept"
    secs = time.monotonic() - begin
    played.link()
    return "again" if 2.5 < secs < 6 else "given up after %.1f s" % secs


@attack("edge-no-session", "again in time, HEAD 0", "14 Links: NO_SESSION, 200 ms")
def _(played):
    seen, times = played.consume(6), []
    for _ in range(2):
        link = played.link()
        times.append(time.monotonic())
        link.error("NO_SESSION", 200)
    played.serve(range(1))
    gaps = [b - a for a, b in zip(times, times[1:] + [time.monotonic()])]
    got = seen()
    return ("again in time, " if all(0.15 < g < 2.5 for g in gaps) else "links %s apart, " % gaps) + ("HEAD 0" if "HEAD 0" in got else got)


@attack("edge-no-link-after-the-end", "no link", "14 Links: never at an owner that has said STATE 2")
def _(played):
    played.consume()
    over(played)
    try:
        played.link(3)
    except Fault:
        return "no link"
    return "another link"


@attack("edge-is-no-owner", "NO_SESSION(retryMs 200)", "14 Links: a link never leads to a link")
def _(played):
    played.consume()
    link = played.serve(range(3))
    await_frames(played, link)
    return played.foe.watch(played.foe.linking())


@attack("edge-five-seconds", "J+0/0 HEAD 0 1 2 LIMIT|J+0/0 HEAD 0 1 2 LIMIT(retryMs 1000)", "14 Links: after 5 s its consumers go elsewhere", slow=True)
def _(played):
    seen = played.consume(20)
    link = played.serve(range(3))
    await_frames(played, link)
    begin = time.monotonic()
    link.shut()
    stop = threading.Event()

    def refuse():
        while not stop.is_set():
            try:
                played.link(1).shut()
            except Fault:
                pass
    threading.Thread(target=refuse, daemon=True).start()
    out, secs = seen(), time.monotonic() - begin
    stop.set()
    return out if 4 < secs < 10 else "%s after %.1f s" % (out, secs)


def run_attack(name, args):
    expected, cite, fn = ATTACKS[name]
    foe, t0 = Foe(args), time.monotonic()
    try:
        seen = fn(PlayedSession(foe, name)) if name in EDGES else fn(foe)
    except Fault as e:
        seen = "early " + e.code
    except (OSError, EOFError) as e:
        seen = "early " + repr(e)
    for link in foe.links:
        link.sock.close()
    foe.info.setdefault("seconds", round(time.monotonic() - t0, 2))
    return {"name": name, "expected": expected, "cite": cite, "seen": seen, "ok": seen in expected.split("|"), **foe.info}


def attack_main(args):
    if args.name == "list":
        print("\n".join("%-32s %-24s section %s" % (n, e, c) for n, (e, c, _) in ATTACKS.items()))
        return 0
    if args.owner_listen:
        args.played = PlayedOwner(args)
    if args.name != "all":
        names = [n for n in ATTACKS if n == args.name or (args.name.endswith("*") and n.startswith(args.name[:-1]))]
        if not names:
            sys.exit("no such attack; try: attack list")
    else:
        names = sorted((n for n in ATTACKS if (args.slow or n not in SLOW) and (args.strict or n not in STRICT)
                        and (args.links or n not in LINKS) and (args.owner_listen or n not in EDGES)), key=lambda n: n not in SLOW)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = list(pool.map(lambda n: run_attack(n, args), names))
    bad = [r for r in results if not r["ok"]]
    for r in results:
        if args.name != "all" or args.json:
            print(json.dumps(r))
        else:
            print("%-9s %-32s expected %-24s seen %-24s [%s]" % ("OK" if r["ok"] else "DIFFERENT", r["name"], r["expected"],
                                                              r["seen"], r["cite"]))
    print("%d attacks, %d DIFFERENT" % (len(results), len(bad)), file=sys.stderr)
    return min(len(bad), 125)


# ---------------------------------------------------------------- known answers (appendix)
CLIENT_E = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a"
RELAY_S = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893"
RELAY_E = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b"
ED_SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
CACOPHONY = ("4c756477696720766f6e204d69736573", "4d757272617920526f746862617264",
             "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088435783d9758cb7e00c45a7d00ddc333aae968443c64f650b5"
             "4a2ea7e0c1b67c27553968441fb058c1e460d676214dfbca9a3d5a445439da611c7a5697b6e6d488332952854c05202c76277d5e02b374d",
             "3011330d120f21c20d157acf436e8ae24828bee5376bc97108575beb04563b45")
KNOWN = """
message1 = ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944
message2 = 95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088435783d9758cb7e00c45a7d00ddc333aae968443c64f650b54a2ea7e0c1b67c275c62ed8316f7c2072df3f3d1afbb8e23b94592197123bd4fff0b0e47f94578dbb
h = 85b3776071a156a26ad92bf184a8ee027fa7b478ba04b75cbf8c2dea36945b98
c2s = 502cd35c252d0ec797d3f76bd41204dfc53976439436e58c073ccd985a75f690
s2c = 00ef13351861a5e5c962a47b22ab8e123a439884c851bbe9acf4f1e209ea1511
Rekey(c2s) = b3ebe654b7d4576e789308a341edd5dfad64d0bada24e4b888b6ad209886aca6
sid = d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a404142434445464748494a4b4c4d4e4f6565a70be105c3148a3df08d6191a7d3
owner = 49b57f74976ec725a599fa90178b11aa644364aa2c25ba4d18c5fb4701cbbdad6dd722efa2c58b0396b562a5b63bf38e4a9bb61658aa355be2a485b29ec2360e
credId = 891f7e903ca4f2bc
credMac = f359a26ce340f7033f018b4c4ff743db9d329c1cb27ba371a8f63b0e09291c92
H(SEALED) = f3755e36024233c68f97e680e14e65a1bdb89df1ab6eeaf944c05a4b91113639
T = 30c5eddd1ed3aaa6c6da3489b1e2c584f7e423af4b978e6339752f25c4c0ea6e
PRK = a27b86e7a70a029cba778d6f738d952696d6d8361b95103dd84ae9df6af063af
commit = 94a520cefb7699dfc6dc19c898c16a89fd2b9b48c5e5a6cd54cb25cf44a0641d
HEAD = 0000009c10000001941f297c00000001941f297c00000000000000000001202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f000094a520cefb7699dfc6dc19c898c16a89fd2b9b48c5e5a6cd54cb25cf44a0641ddac10c160860fbe944b9f0afe33128dea13e2b4cd6c15f1cd3c826b8a57c351f74cc8403b1f5e2a1f68444c1b118202f85dd9dca7e808aec28683f0e2f4cee0f
key_0 iv_0 = 851b4096dbe0c0fcf61b3a2d8a08a75cdf374f1759a39c389265332f28afb5b7 996768fdeda695cc1e9ae951
key_1 iv_1 = eba8c964fbb05532e0051e19df0483277f01ec33b32359f8df3cde5212b8da4f 407e20992849813507787f7a
DATA 0 = 0000001e110000000000000000842c32575dbf204598a6f31173686ce4d7ba34a97e
BATCH 1 = 00000028120000000000000001dbd0f15c13dc977bc064dcf699d44dac4e288797242ec80cf4ba6a6fb16bb1
CHECK 2 = 000000a11500000000000000021da89a39700462b40a661a589f1aec6b7280aa53cedc16211b8826d6ef57d6ae124121c42db353f16c02993b69293419dcc188844d280b09f07aaf93a1fa081d7caa595dad4ba96533297334b838957a05e6c50a046cc212d93f3ddd7b8dd9f5f7a0c8ba3e23aec899c40a8078bca674543650f8b20cf23486dd6083f40e65dd71172ae9ba4c34e0de8176e94293386fd706e1c2a5dee52f
END 3 = 000000221400000000000000035704e73df31c24ff81bd3751b12c31741a146ae70ce4e6b0d5
DATA 4096 = 0000001d110000000000001000fa789c52630fd27340730d1722faf84e8a2bdd63
HEAD2 = 0000009c10000001941f298f88000001941f297c00000000000000000200606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f00008fea2c13696468b84f664a6e13078bde5daa88d81ca7dac222c791d268f51b2ae6d5f82d7ab12829c7b76254b774b6b8f65a66b09158044bd563985a82a978211e91d433d50d6a179bb0278da781f1192b04cd69b65e8a0f6309528c51e51707
DATA 2 under HEAD2 = 0000001e1100000000000000024609f7642665429afd236fcebfc6c07d254a6c9720
COUNT = 00000005c0000003e8
PEERS = 00000024c1020e612e6578616d706c653a34333730125b323030313a6462383a3a315d3a34333730
H(consumer's JOIN) = 0e42ce86119b39a73a907c44bcf53bd6f257d7223bc0439dfe9655e0dc64f8a6
UNREAD = 00000019c5000001941f297c0000000000000010000000000000000ffa
NEXT_KEY = 00000021c8a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf
ticket of two keys = hydra://relay.example:4711,[2001:db8::1]:4370/11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURpAQUJDREVGR0hJSktMTU5PZWWnC-EFwxSKPfCNYZGn0w?relay=11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo,oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8#AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8
link credKey = 70891365b6bff7f266f6a4006309ebf1ed44343fd91b91c55f707799e5746d3d
link credId = 0916f0c9347606d2
link credMac = 7e0ec6800af6fd44606a2aa6019c5bfe9abf6ebce2dd34cc2a54a6e5b5dfd45a
LINK JOIN = 000000cd8002080200d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a404142434445464748494a4b4c4d4e4f6565a70be105c3148a3df08d6191a7d3000001941f297c000000000000000007000001941f298f880000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000916f0c9347606d27e0ec6800af6fd44606a2aa6019c5bfe9abf6ebce2dd34cc2a54a6e5b5dfd45a
JOINED to it = 00000039810204000400000001941f297c00000000000000000700000000000000000000000000000000001e01000001941f297c000000000000000009
"""


def selftest(_):
    want, bad = dict(line.rsplit(" = ", 1) for line in KNOWN.strip().splitlines()), []

    def check(name, value):
        value = value if isinstance(value, str) else value.hex()
        ok = value == want.pop(name)
        bad.extend([] if ok else [name])
        print("%-4s %s" % ("ok" if ok else "BAD", name), "" if ok else value)

    x = lambda k: X25519PrivateKey.from_private_bytes(bytes.fromhex(k))
    p1, p2, m2, ch = map(bytes.fromhex, CACOPHONY)               # the Noise vector itself, which has payloads
    r = Noise(b"John Galt")
    for part in (pub(x(CLIENT_E)), p1, pub(x(RELAY_E))):
        r.mix(part)
    r.dh(x(RELAY_E), pub(x(CLIENT_E)))
    s = r.seal(pub(x(RELAY_S)))
    r.dh(x(RELAY_S), pub(x(CLIENT_E)))
    want.update(cacophony2=m2.hex(), cacophonyH=ch.hex())
    check("cacophony2", pub(x(RELAY_E)) + s + r.seal(p2))
    check("cacophonyH", r.h)

    i, r = Noise(), Noise()
    m1 = i.start(x(CLIENT_E))
    m2 = r.respond(m1, x(RELAY_S), x(RELAY_E))
    check("message1", m1)
    check("message2", m2)
    want["relay static"], want["initiator h"] = pub(x(RELAY_S)).hex(), r.h.hex()
    check("relay static", i.finish(m2))
    check("initiator h", i.h)
    check("h", r.h)
    (c2s, s2c), (rx, _) = i.split(), r.split()
    check("c2s", c2s.key)
    check("s2c", s2c.key)
    rx.rekey()
    check("Rekey(c2s)", rx.key)

    seed, skey, cred, epoch = bytes.fromhex(ED_SEED), bytes(range(32)), b"\x5a" * 32, 1735689600000
    sid = owned_sid(seed, bytes(range(0x40, 0x50)))
    check("sid", sid)
    body = join_body(i.h, sid, PRODUCER, seed=seed, cred=cred)
    check("owner", body[100:164])
    check("credId", body[164:172])
    check("credMac", body[172:])
    sealed = frame(SEALED, c2s.seal(frame(JOIN, body)))
    want["JOIN size"] = "230"
    check("JOIN size", str(len(sealed)))
    check("H(SEALED)", H(sealed))
    head, k = make_head(sid, skey, epoch, epoch, 0, 1, bytes(range(0x20, 0x40)), seed)
    check("T", k.T)
    check("PRK", k.prk)
    check("commit", k.commit)
    check("HEAD", head)
    parsed = Head(head, sid)
    want["HEAD parses"] = "True"
    check("HEAD parses", str(parsed.sig_ok() and parsed.T == k.T and parsed.commit == k.commit))
    check("key_0 iv_0", " ".join(v.hex() for v in k.key(0)[:2]))
    check("key_1 iv_1", " ".join(v.hex() for v in k.key(1)[:2]))
    d0, b1 = k.seal(DATA, 0, b"hello"), k.seal(BATCH, 1, pack_batch([b"a", b"", b"bc"]))
    check("DATA 0", d0)
    check("BATCH 1", b1)
    check("CHECK 2", make_check(k, 2, 0, [d0, b1], seed))
    check("END 3", k.seal(END, 3, u64(epoch + 1000) + b"\1"))
    check("DATA 4096", k.seal(DATA, 4096, b"gen1"))
    want["opens"] = b"hello".hex()
    check("opens", k.open(d0))
    head2, k2 = make_head(sid, skey, epoch + 5000, epoch, 2, 0, bytes(range(0x60, 0x80)), seed)
    check("HEAD2", head2)
    check("DATA 2 under HEAD2", k2.seal(DATA, 2, b"again"))
    check("COUNT", frame(COUNT, struct.pack(">I", 1000)))
    peers = [b"a.example:4370", b"[2001:db8::1]:4370"]
    check("PEERS", frame(PEERS, bytes([len(peers)]) + b"".join(bytes([len(p)]) + p for p in peers)))
    check("H(consumer's JOIN)", H(frame(JOIN, join_body(bytes(32), sid, CONSUMER, 2, AT, id=epoch, seq=7,
                                                        resume=u64(epoch + 5000) + bytes(8)))))
    check("UNREAD", frame(UNREAD, struct.pack(">QQQ", epoch, 4096, 4090)))
    other = bytes(range(0xA0, 0xC0))
    check("NEXT_KEY", frame(NEXT_KEY, other))
    check("ticket of two keys", "hydra://relay.example:4711,[2001:db8::1]:4370/%s?relay=%s,%s#%s"
          % (b64(sid), b64(sid[:32]), b64(other), b64(skey)))
    cred = link_cred(b"\x33" * 32)
    body = join_body(i.h, sid, CONSUMER, LINK, AT, id=epoch, seq=7, resume=u64(epoch + 5000) + bytes(8), cred=cred)
    check("link credKey", cred)
    check("link credId", body[164:172])
    check("link credMac", body[172:])
    check("LINK JOIN", frame(JOIN, body))
    check("JOINED to it", frame(JOINED, struct.pack(">BIQQ16sHBQQ", 2, MAX_FRAME, epoch, 7, bytes(16), 30, 1, epoch, 9)))
    bad += list(want)
    print("%d wrong or unchecked: %s" % (len(bad), bad))
    return 1 if bad else 0


# ---------------------------------------------------------------- command line
def sized(n):
    def parse(s):
        b = bytes.fromhex(s)
        if len(b) != n:
            raise argparse.ArgumentTypeError("%d bytes of hex wanted" % n)
        return b
    return parse


def relay_keys(text):
    keys = [unb64(k) for k in text.split(",")]
    if len(keys) > 2 or len(set(keys)) < len(keys) or any(len(k) != 32 for k in keys):
        raise argparse.ArgumentTypeError("a relay key, or two that differ, in base64url")
    return keys


def lie(text):
    name, _, below = text.partition(":")
    if name not in Liar.LIES:
        raise argparse.ArgumentTypeError("one of %s, and how many frames" % ", ".join(Liar.LIES))
    return name, int(below)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    sub = ap.add_subparsers(dest="cmd", required=True)
    peer = argparse.ArgumentParser(add_help=False)
    peer.add_argument("--relay", required=True, metavar="HOST:PORT", help="produce and consume: one or more, comma between")
    peer.add_argument("--relay-key", type=relay_keys, metavar="B64[,B64]")
    peer.add_argument("--cred", type=sized(32), metavar="HEX")
    peer.add_argument("--heartbeat", type=float, default=15, metavar="SECONDS", help="between PINGs; silent for three: the relay is gone")
    session = argparse.ArgumentParser(add_help=False)
    session.add_argument("--session-id", type=sized(64), required=True, metavar="HEX")
    session.add_argument("--session-key", type=sized(32), required=True, metavar="HEX")
    sub.add_parser("selftest").set_defaults(run=selftest)
    p = sub.add_parser("sid", help="print a fresh session id")
    p.add_argument("--owner-seed", type=sized(32), metavar="HEX")
    p.set_defaults(run=lambda a: print((owned_sid(a.owner_seed, os.urandom(16)) if a.owner_seed else os.urandom(64)).hex()))
    p = sub.add_parser("produce", parents=[peer, session])
    p.add_argument("--owner-seed", type=sized(32), metavar="HEX")
    p.add_argument("--count", type=int, default=10)
    p.add_argument("--size", type=int, default=1000, help="bytes of a message (with --stdin: of a block)")
    p.add_argument("--stdin", action="store_true")
    p.add_argument("--batch", type=int, default=0, metavar="K")
    p.add_argument("--signed", action=argparse.BooleanOptionalAction, default=False, help="SIGNED epoch with CHECKs (owned only)")
    p.add_argument("--end", action=argparse.BooleanOptionalAction, default=True)
    p.add_argument("--hold", type=float, default=0, help="seconds between the last message and END")
    p.add_argument("--wait-consumers", type=int, default=0, metavar="N", help="send nothing before N consumers are there")
    p.add_argument("--rotate", type=int, default=0, metavar="N", help="new keys after every N frames of messages")
    p.add_argument("--first", type=int, default=0, metavar="K",
                   help="begin with a later epoch of the stream, at frame K: as one that has started over and whose ring lost the first")
    p.add_argument("--reconnect", type=float, default=0, metavar="SECONDS", help="how long a lost connection is made again")
    p.set_defaults(run=lambda a: Producer(a).run())
    p = sub.add_parser("consume", parents=[peer, session])
    p.add_argument("--start", choices=("beginning", "oldest", "live", "at"), default="beginning")
    p.add_argument("--stream", type=int, default=0)
    p.add_argument("--seq", type=int, default=0)
    p.add_argument("--no-wait", action="store_true")
    p.add_argument("--count", type=int, default=0, help="stop after so many messages")
    p.add_argument("--verify-size", type=int, metavar="N", help="check the deterministic content of N-byte messages")
    p.add_argument("--end-wait", type=float, default=3, help="seconds to wait for STATE 2 and EOF after END")
    p.add_argument("--reconnect", type=float, default=0, metavar="SECONDS", help="how long a lost connection is made again")
    p.add_argument("-o", metavar="FILE")
    p.set_defaults(run=lambda a: Consumer(a).run())
    p = sub.add_parser("relay")
    p.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT")
    p.add_argument("--key", type=sized(32), default=os.urandom(32), metavar="HEX")
    p.add_argument("--next-key", type=unb64, metavar="B64", help="the public key that clients are told of")
    p.add_argument("--cred", type=sized(32), metavar="HEX", help="demand this credential of everybody")
    p.add_argument("--log", type=int, default=64 << 20, metavar="BYTES", help="of a session's log that are kept")
    p.add_argument("--cluster-key", type=sized(32), action="append", metavar="HEX", help="a second one is only accepted")
    p.add_argument("--link-listen", metavar="HOST:PORT", help="for links")
    p.add_argument("--owner", metavar="HOST:PORT", help="where links go: the node that owns what this one does not")
    p.add_argument("--lie", type=lie, metavar="LIE:K", help="to consumers, about the first K frames: left-out, joined, gap; from frame K on: turns, far;"
                   " to producers, after K frames: forgets")
    p.set_defaults(run=lambda a: Relay(a).run())
    p = sub.add_parser("attack", parents=[peer])
    p.add_argument("name", help="a name, a prefix*, all or list")
    p.add_argument("--jobs", type=int, default=4)
    p.add_argument("--slow", action=argparse.BooleanOptionalAction, default=True, help="all: also those that take 10-60 s")
    p.add_argument("--strict", action="store_true", help="all: also those for a relay that limits loopback addresses")
    p.add_argument("--links", metavar="HOST:PORT", help="the relay's port for links: also what begins with link-")
    p.add_argument("--cluster-key", type=sized(32), metavar="HEX")
    p.add_argument("--owner-listen", metavar="HOST:PORT", help="plays the owner there: also what begins with edge-. Prints where, and"
                   " begins after a line on standard input; NAME's session id is H(NAME || 0) || H(NAME || 1)")
    p.add_argument("--key", type=sized(32), metavar="HEX", help="the relays' key, to play one")
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=attack_main)
    args = ap.parse_args()
    try:
        sys.exit(args.run(args))
    except Fault as e:
        event(e.code, relay=e.relay, text=e.text)
        sys.exit({"GAP": 3, "TRUNCATED": 4}.get(e.code, 2 if e.relay or e.code in ("TIMEOUT", "EOF") else 5))
    except (OSError, EOFError) as e:
        event("io", text=repr(e))
        sys.exit(2)


if __name__ == "__main__":
    main()
